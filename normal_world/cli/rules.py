"""The policy of a trader in words of the contracts: the calls that a role needs, each bounded."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from normal_world.cli import claim_rules
from normal_world.cli.abi_words import selector, word, words_of
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.wishes import FEES_A_DAY, Wishes, a_day, worth_rounded_up

if TYPE_CHECKING:
    from normal_world.chain.address_book import AddressBook
    from secure_world.protocol import Allowance, Bound, Call, Rules

MARKET, TOKEN = "EnergyMarket", "EnergyToken"
ROLES = ("seller", "buyer")
ANY = 2**256 - 1
BUY_WORDS = 6 + 64  # as many offers as a node looks at
NUMBER_BITS, REF_BITS = 32, 64  # what follows the meter in an offer's id, and in a ref


def rules_for(wishes: Wishes, book: "AddressBook", meter: bytes) -> "Rules":
    """The rules of these roles for the contracts of an address book and the meter's own trades."""
    from secure_world.protocol import Rules

    for role in wishes.roles:
        if role not in ROLES:
            raise UsageInvalid(f"role {role!r}: seller or buyer expected")
    maker = _Maker(wishes, _bytes(book.market), _bytes(book.token), meter)
    rules = Rules(
        chain_id=book.chain_id,
        market=maker.market,
        owner=wishes.owner,
        release=wishes.release,
        calls=tuple(maker.calls()),
        allowances=tuple(maker.allowances()),
        max_fee_wei=wishes.max_fee_wei,
        max_trade_uwh=wishes.max_trade_uwh,
        max_day_uwh=wishes.max_day_uwh,
        tamper_marks=wishes.tamper_marks,
    )
    return claim_rules.with_uses(rules, wishes, book, meter)


def owned(meter: int, bits: int) -> tuple[int, int]:
    """First and last number that begins with a meter, with so many bits behind it."""
    first = meter << bits
    return first, first | (1 << bits) - 1


@dataclass(frozen=True)
class _Maker:
    """`market`, `token` and `meter` are addresses of 20 bytes."""

    wishes: Wishes
    market: bytes
    token: bytes
    meter: bytes

    def calls(self) -> "Iterable[Call]":
        roles = dict.fromkeys(self.wishes.roles)
        if "seller" in roles:
            yield from self._selling()
        if "buyer" in roles:
            yield from self._buying()
        # Between the account and its own meter's purse: nothing is spent by that.
        yield _call(
            self.market, MARKET, "withdraw", bounds=[self._is("withdraw", "meter", self.meter)]
        )
        for role in roles:
            for function in ("settle", "report", "close"):
                yield self._ending(role, function)

    def allowances(self) -> "Iterable[Allowance]":
        from secure_world.protocol import FEES, NATIVE, Allowance

        yield Allowance(FEES, *(self.wishes.fee_allowance or a_day(FEES_A_DAY)))
        if "buyer" not in self.wishes.roles:
            return
        capacity, per_hour = self.wishes.tokens
        if (most := self.wishes.most_value_wei) > 0:
            yield Allowance(NATIVE, max(most, capacity), per_hour)
        yield Allowance(self.token, capacity, per_hour)
        yield Allowance(self.market, capacity, per_hour)

    def _selling(self) -> "Iterable[Call]":
        offer = [
            self._is("offer", "meter", self.meter),
            self._within("offer", "amountUwh", 1, self.wishes.max_trade_uwh),
            self._within("offer", "price", self.wishes.min_price, ANY),
        ]
        yield _call(self.market, MARKET, "offer", bounds=offer)
        own = self._of("cancel", "offerId", self.meter, NUMBER_BITS)
        yield _call(self.market, MARKET, "cancel", bounds=[own])
        reprice = [
            self._of("reprice", "offerId", self.meter, NUMBER_BITS),
            self._within("reprice", "price", self.wishes.min_price, ANY),
        ]
        yield _call(self.market, MARKET, "reprice", bounds=reprice)

    def _buying(self) -> "Iterable[Call]":
        """Tokens are promised to the market alone; what it may take is charged twice over.

        Once as promised, and once as bought: so what the purse holds already, or was promised
        before this policy, is bounded too. A deposit into the own purse spends nothing: only
        what was promised can be deposited, and it comes out by `buy` or to the own account.
        """
        from secure_world.protocol import Charge

        wishes, ceiling = self.wishes, self.wishes.tokens[0]
        yield _call(self.token, TOKEN, "buyTokens", max_value=wishes.most_value_wei)
        spender = _bound(word(TOKEN, "approve", "spender"), *2 * (_number(self.market),))
        amount = Charge(self.token, word(TOKEN, "approve", "value"), 255, ceiling)
        yield _call(self.token, TOKEN, "approve", bounds=[spender], charges=[amount])
        energy, price = (word(MARKET, "buy", name) for name in ("amountUwh", "maxPrice"))
        escrow = worth_rounded_up(wishes.max_trade_uwh, wishes.max_price)
        bounds = [
            self._is("buy", "meter", self.meter),
            self._within("buy", "amountUwh", 1, wishes.max_trade_uwh),
            self._within("buy", "maxPrice", 1, wishes.max_price),
            self._within("buy", "salt", 1, wishes.max_salt),
        ]
        product = Charge(self.market, energy, price, escrow)
        yield _call(self.market, MARKET, "buy", words=BUY_WORDS, bounds=bounds, charges=[product])
        yield _call(
            self.market, MARKET, "deposit", bounds=[self._is("deposit", "meter", self.meter)]
        )

    def _ending(self, role: str, function: str) -> "Call":
        """Of trades in which this meter has the role, and the other one is of the counterparts."""
        party = {
            "seller": lambda meter: self._of(function, "terms.ref", meter, REF_BITS),
            "buyer": lambda meter: self._is(function, "terms.buyerMeter", meter),
        }
        other = "buyer" if role == "seller" else "seller"
        bounds = [party[role](self.meter)]
        bounds += [party[other](meter) for meter in self.wishes.counterparts]
        return _call(self.market, MARKET, function, bounds=bounds)

    @staticmethod
    def _is(function: str, name: str, address: bytes) -> "Bound":
        return _bound(word(MARKET, function, name), _number(address), _number(address))

    @staticmethod
    def _of(function: str, name: str, meter: bytes, bits: int) -> "Bound":
        """The argument begins with the meter; the bits behind it are free."""
        return _bound(word(MARKET, function, name), *owned(_number(meter), bits))

    @staticmethod
    def _within(function: str, name: str, low: int, high: int) -> "Bound":
        return _bound(word(MARKET, function, name), low, high)


def _call(
    to: bytes,
    contract: str,
    function: str,
    *,
    max_value: int = 0,
    words: int | None = None,
    bounds: Iterable["Bound"] = (),
    charges: Iterable["object"] = (),
) -> "Call":
    from secure_world.protocol import Call

    count = len(words_of(contract, function)) if words is None else words
    return Call(
        to,
        selector(contract, function),
        max_value,
        count,
        tuple(bounds),
        tuple(charges),  # type: ignore[arg-type]
    )


def _bound(number: int, low: int, high: int) -> "Bound":
    from secure_world.protocol import Bound

    return Bound(number, low, high)


def _number(address: bytes) -> int:
    return int.from_bytes(address, "big")


def _bytes(address: str) -> bytes:
    return bytes.fromhex(address[2:])
