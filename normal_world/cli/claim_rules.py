"""What a policy allows beside the market: auction, rewards, energy of operator and grid, bills.

Each is a `use` of an owner's wishes: its calls, each bounded, and the claims of measured energy
that it needs (secure_world/claims.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from normal_world.cli.abi_words import selector, word, words_of
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.wishes import Wishes, worth_rounded_up

if TYPE_CHECKING:
    from normal_world.chain.address_book import AddressBook
    from secure_world.protocol import Allowance, Bound, Call, Charge, ClaimRule, Rules

TOKEN, AUCTION, OPERATOR = "EnergyToken", "EnergyAuction", "GridOperator"
SMART_METER, LEDGER = "SmartMeter", "GridLedger"
# The contract that is called for each use, as the address book names it.
USES = {"auction": "auction", "reward": "smart_meter", "energy": "operator", "grid": "ledger"}
USES |= {"bill": "ledger"}
_NEEDED = {**{use: (name,) for use, name in USES.items()}, "reward": ("smart_meter", "operator")}
MOST_WORDS = 255  # of packed orders and payouts: 8 KiB, all that is signed at once
MOST_PRICE = 2**96 - 1
_ALONE = 255  # a charge of one word


def with_uses(rules: "Rules", wishes: Wishes, book: "AddressBook", meter: bytes) -> "Rules":
    """The rules and what the wished uses need. Raises UsageInvalid for one that cannot be."""
    if not wishes.uses:
        return rules
    check(wishes.uses, book)
    if "grid" in wishes.uses and not wishes.grids:  # anyone can be a grid there, and is paid
        raise UsageInvalid("--use grid: --grid ADDRESS, whose storage it is, expected with it")
    maker = _Maker(wishes, book, meter)
    claims = tuple(maker.claims())
    return rules.replace(
        calls=(*rules.calls, *maker.calls({call.to + call.selector for call in rules.calls})),
        allowances=(*rules.allowances, *maker.allowances({a.asset for a in rules.allowances})),
        registry=_bytes(book.registry) if claims else None,
        claims=claims,
    )


def check(uses: Iterable[str], book: "AddressBook") -> None:
    """Raises UsageInvalid for a name that is no use, or whose contracts the book has not."""
    for use in uses:
        if use not in USES:
            raise UsageInvalid(f"--use {use!r}: one of {', '.join(USES)} expected")
        for name in _NEEDED[use]:
            if not getattr(book, name):
                raise UsageInvalid(f"--use {use}: an address book that names {name} expected")


@dataclass(frozen=True)
class _Maker:
    wishes: Wishes
    book: "AddressBook"
    meter: bytes

    def claims(self) -> "Iterator[ClaimRule]":
        """Of the auction by role, at its prices; of the operator's rewards."""
        from secure_world.protocol import EXPORT, IMPORT, ClaimRule

        wishes = self.wishes
        if "auction" in wishes.uses and "seller" in wishes.roles:
            yield ClaimRule(self._at("auction"), EXPORT, wishes.least_sold, MOST_PRICE)
        if "auction" in wishes.uses and "buyer" in wishes.roles:
            yield ClaimRule(self._at("auction"), IMPORT, 0, wishes.most_bought)
        if "reward" in wishes.uses:
            operator = _bytes(self.book.operator)
            yield ClaimRule(operator, EXPORT, wishes.reward_floor, MOST_PRICE)

    def calls(self, known: set[bytes]) -> "Iterator[Call]":
        """Those that are not among the `known` (contract and function) yet."""
        if self._spenders:
            yield from self._paying(known)
        made = {
            "auction": self._auction,
            "reward": self._reward,
            "energy": self._energy,
            "grid": self._grid,
            "bill": self._bill,
        }
        for use in dict.fromkeys(self.wishes.uses):
            yield from made[use]()

    def allowances(self, known: set[bytes]) -> "Iterator[Allowance]":
        """Tokens that are promised; what is bought of operator and grid; coins for tokens."""
        from secure_world.protocol import NATIVE, Allowance

        capacity, per_hour = self.wishes.tokens
        if not self._spenders:
            return
        coins = max(self.wishes.most_value_wei, capacity)
        wanted = {_bytes(self.book.token): capacity}
        wanted |= {NATIVE: coins} if self.wishes.most_value_wei else {}
        wanted |= {self._at(use): capacity for use in ("energy", "grid") if use in self.wishes.uses}
        for asset, most in wanted.items():
            if asset not in known:
                yield Allowance(asset, most, per_hour)

    @property
    def _spenders(self) -> list[bytes]:
        """Contracts that take tokens."""
        free = ("reward", "bill")
        return [self._at(use) for use in dict.fromkeys(self.wishes.uses) if use not in free]

    def _paying(self, known: set[bytes]) -> "Iterator[Call]":
        from secure_world.protocol import Charge

        wishes, token = self.wishes, _bytes(self.book.token)
        if token + selector(TOKEN, "buyTokens") not in known:
            yield _call(token, TOKEN, "buyTokens", max_value=wishes.most_value_wei)
        amount = Charge(token, word(TOKEN, "approve", "value"), _ALONE, wishes.tokens[0])
        bounds = [_is(TOKEN, "approve", "spender", spender) for spender in self._spenders]
        yield _call(token, TOKEN, "approve", bounds=bounds, charges=[amount])

    def _auction(self) -> "Iterator[Call]":
        """The own meter's money and commitments; orders, rounds and payouts of anybody."""
        at = self._at("auction")
        for function in ("deposit", "withdraw", "commit", "collect"):
            own = _is(AUCTION, function, "meter", self.meter)
            yield _call(at, AUCTION, function, bounds=[own])
        for function in ("place", "clear", "pay"):
            yield _call(at, AUCTION, function, words=MOST_WORDS)

    def _reward(self) -> "Iterator[Call]":
        own = _is(SMART_METER, "reportProduction", "meter", self.meter)
        yield _call(self._at("reward"), SMART_METER, "reportProduction", bounds=[own])

    def _energy(self) -> "Iterator[Call]":
        yield self._purchase("energy", OPERATOR, "buyEnergy", ("amountUwh", "maxPrice"))

    def _grid(self) -> "Iterator[Call]":
        """A purchase is paid to the grid at once: to those that the owner names only."""
        grids = [_is(LEDGER, "purchase", "grid", grid) for grid in self.wishes.grids]
        call = self._purchase("grid", LEDGER, "purchase", ("quantityUwh", "maxRate"))
        yield call.replace(bounds=(*grids, *call.bounds))
        for function in ("acknowledge", "fault"):
            yield _call(self._at("grid"), LEDGER, function)

    def _bill(self) -> "Iterator[Call]":
        """A digest under a purchaser: no money moves."""
        yield _call(self._at("bill"), LEDGER, "fileBill")

    def _purchase(self, use: str, contract: str, name: str, factors: tuple[str, str]) -> "Call":
        """Energy for tokens: both bounded, their product charged to purchases of this contract."""
        from secure_world.protocol import Charge

        wishes, at = self.wishes, self._at(use)
        energy, price = (word(contract, name, factor) for factor in factors)
        most = worth_rounded_up(wishes.max_trade_uwh, wishes.max_price)
        bounds = [
            _within(contract, name, factors[0], 1, wishes.max_trade_uwh),
            _within(contract, name, factors[1], 1, wishes.max_price),
        ]
        charge = Charge(at, energy, price, most)
        return _call(at, contract, name, bounds=bounds, charges=[charge])

    def _at(self, use: str) -> bytes:
        address: str = getattr(self.book, USES[use])
        return _bytes(address)


def _call(
    to: bytes,
    contract: str,
    function: str,
    *,
    max_value: int = 0,
    words: int | None = None,
    bounds: "Iterable[Bound]" = (),
    charges: "Iterable[Charge]" = (),
) -> "Call":
    from secure_world.protocol import Call

    count = len(words_of(contract, function)) if words is None else words
    chosen = selector(contract, function)
    return Call(to, chosen, max_value, count, tuple(bounds), tuple(charges))


def _is(contract: str, function: str, name: str, address: bytes) -> "Bound":
    number = int.from_bytes(address, "big")
    return _within(contract, function, name, number, number)


def _within(contract: str, function: str, name: str, low: int, high: int) -> "Bound":
    from secure_world.protocol import Bound

    return Bound(word(contract, function, name), low, high)


def _bytes(address: str) -> bytes:
    return bytes.fromhex(address[2:])
