"""The policy of a trader in words of the contracts: the calls that a role needs, each bounded."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from normal_world.cli.abi_words import selector, word, words_of
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.wishes import FEES_A_DAY, Wishes, a_day, worth_rounded_up

if TYPE_CHECKING:
    from normal_world.chain.address_book import AddressBook
    from secure_world.protocol import Allowance, Bound, Call, Rules

MARKET, TOKEN = "EnergyMarket", "EnergyToken"
ROLES = ("seller", "buyer")
ANY = 2**256 - 1
BUY_WORDS = 8 + 2 * 64  # as many offers as a node looks at
REPORT_WORDS, SETTLE_WORDS = 17, 27


def rules_for(wishes: Wishes, book: "AddressBook", meter: bytes) -> "Rules":
    """The rules of these roles for the contracts of an address book and the meter's own trades."""
    from secure_world.protocol import Rules

    for role in wishes.roles:
        if role not in ROLES:
            raise UsageInvalid(f"role {role!r}: seller or buyer expected")
    maker = _Maker(wishes, _bytes(book.market), _bytes(book.token), meter)
    return Rules(
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
        for role in roles:
            for function, words in (
                ("settle", SETTLE_WORDS),
                ("report", REPORT_WORDS),
                ("close", None),
            ):
                yield self._ending(role, function, words)

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
        yield _call(self.market, MARKET, "cancel")
        price = self._within("reprice", "price", self.wishes.min_price, ANY)
        yield _call(self.market, MARKET, "reprice", bounds=[price])

    def _buying(self) -> "Iterable[Call]":
        """Tokens are promised to the market alone; what it may take is charged twice over.

        Once as promised, and once as bought: so a promise of before this policy is bounded too.
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
        ]
        product = Charge(self.market, energy, price, escrow)
        yield _call(self.market, MARKET, "buy", words=BUY_WORDS, bounds=bounds, charges=[product])

    def _ending(self, role: str, function: str, words: int | None) -> "Call":
        """Of trades in which this meter has the role, and the other one is of the counterparts."""
        own, other = ("sellerMeter", "buyerMeter")[:: 1 if role == "seller" else -1]
        bounds = [self._is(function, f"terms.{own}", self.meter)]
        others = self.wishes.counterparts
        bounds += [self._is(function, f"terms.{other}", meter) for meter in others]
        return _call(self.market, MARKET, function, words=words, bounds=bounds)

    @staticmethod
    def _is(function: str, name: str, address: bytes) -> "Bound":
        return _bound(word(MARKET, function, name), _number(address), _number(address))

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
