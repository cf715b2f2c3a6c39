"""The policy that the command writes: exactly the calls of a role, each bounded."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.chain import abi
from normal_world.chain.address_book import AddressBook
from normal_world.cli import policy_words
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.rules import rules_for
from normal_world.cli.wishes import Wishes, worth_rounded_up
from normal_world.trade.calls import Market
from secure_world.policy_check import Law
from secure_world.policy_paper import read_rules
from secure_world.protocol import FEES, NATIVE, Allowance, SecureWorldRefused, encode_rlp
from secure_world.transactions import LEGACY, Unsigned

BOOK = AddressBook(31337, "0x" + "11" * 20, "0x" + "33" * 20, "0x" + "22" * 20, 1, 10, 300, 1000)
TERMS = ("ref", "buyer_meter", "amount_uwh", "price", "salt")
LAST = 2**32 - 1  # of numbers, and of versions
TOKEN, MARKET = bytes([0x11]) * 20, bytes([0x22]) * 20
METER, OWNER, PEER, OTHER = (bytes([number]) * 20 for number in (0xA1, 0xA2, 0xA3, 0xA4))
MOST_UWH, PRICE = 1_000, 10**12
ZERO = "0x" + bytes(20).hex()


def wishes(*roles: str, **changes: Any) -> Wishes:
    fields: dict[str, Any] = {
        "roles": roles,
        "owner": OWNER,
        "max_price": PRICE,
        "min_price": PRICE // 2,
        "max_trade_uwh": MOST_UWH,
        "max_day_uwh": 10 * MOST_UWH,
    }
    return Wishes(**{**fields, **changes})


def law(*roles: str, **changes: Any) -> Law:
    return Law(rules_for(wishes(*roles, **changes), BOOK, METER))


def verdict(rules: Law, to: bytes, data: bytes, value: int = 0) -> Any:
    """What it spends, or the code of the refusal."""
    call = Unsigned(LEGACY, 31337, 0, 1, 1, 21_000, to, value, data, b"", (), None)
    try:
        spent = rules.charges(call)
    except SecureWorldRefused as error:
        return error.code
    return {asset: amount for asset, amount in spent.items() if asset != FEES}


def hexadecimal(address: bytes) -> str:
    return "0x" + address.hex()


def market(function: str, *arguments: Any) -> bytes:
    return abi.encode("EnergyMarket", function, arguments)


def token(function: str, *arguments: Any) -> bytes:
    return abi.encode("EnergyToken", function, arguments)


def offer_id(meter: bytes, number: int = 0) -> int:
    return int.from_bytes(meter, "big") << 32 | number


def ref(meter: bytes, number: int = 0, version: int = 1) -> int:
    return offer_id(meter, number) << 32 | version


def terms(seller: bytes, buyer: bytes, number: int = 0, version: int = 1) -> tuple[Any, ...]:
    return (ref(seller, number, version), hexadecimal(buyer), 5, PRICE, 7)


def final() -> tuple[Any, ...]:
    return (0, 1, 1, bytes(32), bytes(32))


def shown() -> tuple[Any, ...]:
    return (hexadecimal(METER), 0, 1, 1, 1, bytes(32), bytes(32))


def settle(seller: bytes, buyer: bytes, number: int = 0, version: int = 1) -> bytes:
    return market("settle", terms(seller, buyer, number, version), final(), final())


SELL = [
    ("own", hexadecimal(METER), MOST_UWH, PRICE // 2, {}),
    ("another's meter", hexadecimal(PEER), MOST_UWH, PRICE, "POLICY-ARGUMENT"),
    ("too much", hexadecimal(METER), MOST_UWH + 1, PRICE, "POLICY-ARGUMENT"),
    ("too cheap", hexadecimal(METER), MOST_UWH, PRICE // 2 - 1, "POLICY-ARGUMENT"),
]


@pytest.mark.parametrize(("meter", "amount", "price", "expected"), [row[1:] for row in SELL])
def test_a_seller_offers_its_own_energy_at_its_price(
    meter: str, amount: int, price: int, expected: Any
) -> None:
    rules = law("seller")
    assert verdict(rules, MARKET, market("offer", meter, LAST, amount, price, 3)) == expected


def before(meter: bytes) -> bytes:
    return (int.from_bytes(meter, "big") - 1).to_bytes(20, "big")


def after(meter: bytes) -> bytes:
    return (int.from_bytes(meter, "big") + 1).to_bytes(20, "big")


def test_a_seller_reprices_and_cancels_offers_of_its_own_meter_alone() -> None:
    rules = law("seller")
    for own in (offer_id(METER, 0), offer_id(METER, 7), offer_id(METER, LAST)):
        assert verdict(rules, MARKET, market("reprice", own, PRICE // 2)) == {}
        assert verdict(rules, MARKET, market("reprice", own, PRICE // 2 - 1)) == "POLICY-ARGUMENT"
        assert verdict(rules, MARKET, market("cancel", own)) == {}
        assert verdict(rules, MARKET, market("cancel", own), value=1) == "POLICY-VALUE"
    for other in (offer_id(before(METER), LAST), offer_id(after(METER)), offer_id(PEER), 7):
        assert verdict(rules, MARKET, market("reprice", other, PRICE)) == "POLICY-ARGUMENT"
        assert verdict(rules, MARKET, market("cancel", other)) == "POLICY-ARGUMENT"


def test_a_seller_promises_and_deposits_nothing() -> None:
    rules = law("seller")
    assert verdict(rules, TOKEN, token("approve", BOOK.market, 1)) == "POLICY-CONTRACT"
    own = market("deposit", hexadecimal(METER), 1)
    assert verdict(rules, MARKET, own) == "POLICY-SELECTOR"
    assert verdict(rules, MARKET, buy()) == "POLICY-SELECTOR"


@pytest.mark.parametrize(
    ("role", "function"), [("buyer", "deposit"), ("buyer", "withdraw"), ("seller", "withdraw")]
)
def test_money_moves_between_the_own_purse_and_account_alone(role: str, function: str) -> None:
    """It is charged where it leaves them: promised by `approve`, spent by `buy`."""
    rules, whole = law(role), 2**128 - 1
    assert verdict(rules, MARKET, market(function, hexadecimal(METER), whole)) == {}
    assert verdict(rules, MARKET, market(function, hexadecimal(PEER), 1)) == "POLICY-ARGUMENT"
    assert verdict(rules, MARKET, market(function, hexadecimal(METER), 1), value=1) == (
        "POLICY-VALUE"
    )
    longer = market(function, hexadecimal(METER), 1) + bytes(32)
    assert verdict(rules, MARKET, longer) == "POLICY-SIZE"


def buy(
    meter: bytes = METER,
    amount: int = MOST_UWH,
    price: int = PRICE,
    offers: int = 1,
    salt: int = 256,
) -> bytes:
    refs = [ref(PEER, number) for number in range(offers)]
    return market("buy", refs, hexadecimal(meter), amount, price, salt)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (buy(), {MARKET: MOST_UWH * PRICE // 10**9}),
        (buy(amount=1, price=1), {MARKET: 1}),
        (buy(offers=64), {MARKET: MOST_UWH * PRICE // 10**9}),
        (buy(offers=65), "POLICY-SIZE"),
        (buy(meter=PEER), "POLICY-ARGUMENT"),
        (buy(amount=MOST_UWH + 1), "POLICY-ARGUMENT"),
        (buy(price=PRICE + 1), "POLICY-ARGUMENT"),
        (buy(salt=2**40 - 1), {MARKET: MOST_UWH * PRICE // 10**9}),
        (buy(salt=2**40), "POLICY-ARGUMENT"),  # nobody shall use up all salts of a meter
        (buy()[:-32], {MARKET: MOST_UWH * PRICE // 10**9}),  # the contract refuses it
        (buy()[:-1], "POLICY-SIZE"),
    ],
)
def test_a_buyer_buys_for_its_own_meter_within_energy_and_price(data: bytes, expected: Any) -> None:
    assert verdict(law("buyer"), MARKET, data) == expected


def test_a_buyer_promises_tokens_to_the_market_alone() -> None:
    rules = law("buyer", token_allowance=(500, 5))
    assert verdict(rules, TOKEN, token("approve", BOOK.market, 500)) == {TOKEN: 500}
    assert verdict(rules, TOKEN, token("approve", BOOK.market, 501)) == "POLICY-AMOUNT"
    assert verdict(rules, TOKEN, token("approve", ZERO, 1)) == "POLICY-ARGUMENT"
    assert verdict(rules, TOKEN, token("approve", BOOK.market, 2**256 - 1)) == "POLICY-AMOUNT"


def test_a_buyer_carries_money_into_buying_tokens_only() -> None:
    rules = law("buyer", max_value_wei=9_900)
    assert verdict(rules, TOKEN, token("buyTokens"), value=9_900) == {NATIVE: 9_900}
    assert verdict(rules, TOKEN, token("buyTokens"), value=9_901) == "POLICY-VALUE"
    assert verdict(rules, MARKET, buy(), value=1) == "POLICY-VALUE"
    assert verdict(rules, MARKET, market("offer", ZERO, 1, 1, 1, 1)) == "POLICY-SELECTOR"


def test_nobody_may_transfer_tokens_or_touch_the_proceeds() -> None:
    rules = law("seller", "buyer")
    for function, arguments in (
        ("transfer", [ZERO, 1]),
        ("transferFrom", [ZERO, ZERO, 1]),
        ("permit", [ZERO, ZERO, 1, 1, 1, bytes(32), bytes(32)]),
        ("withdraw", [ZERO]),
        ("transferOwnership", [ZERO]),
    ):
        assert verdict(rules, TOKEN, token(function, *arguments)) == "POLICY-SELECTOR"


@pytest.mark.parametrize(("role", "trade"), [("seller", (METER, PEER)), ("buyer", (PEER, METER))])
def test_both_sides_settle_report_and_close_trades_of_their_own(
    role: str, trade: tuple[bytes, bytes]
) -> None:
    rules = law(role)
    known = terms(*trade)
    for data in (
        settle(*trade),
        market("report", known, shown()),
        market("close", known),
    ):
        assert verdict(rules, MARKET, data) == {}
        assert verdict(rules, MARKET, data + bytes(32)) == "POLICY-SIZE"
    assert verdict(rules, MARKET, settle(trade[1], trade[0])) == "POLICY-ARGUMENT"
    assert verdict(law("seller", "buyer"), MARKET, settle(trade[1], trade[0])) == {}


@pytest.mark.parametrize("function", ["settle", "report", "close"])
def test_the_seller_is_the_meter_in_the_ref_whatever_number_and_version(function: str) -> None:
    def call(seller: bytes, number: int, version: int) -> bytes:
        rest = {"settle": (final(), final()), "report": (shown(),), "close": ()}[function]
        return market(function, terms(seller, PEER, number, version), *rest)

    rules = law("seller")
    for number, version in ((0, 0), (LAST, LAST), (3, 5)):
        assert verdict(rules, MARKET, call(METER, number, version)) == {}
        assert verdict(rules, MARKET, call(PEER, number, version)) == "POLICY-ARGUMENT"
    assert verdict(rules, MARKET, call(before(METER), LAST, LAST)) == "POLICY-ARGUMENT"
    assert verdict(rules, MARKET, call(after(METER), 0, 0)) == "POLICY-ARGUMENT"


def test_counterparts_bound_what_is_settled() -> None:
    rules = law("buyer", counterparts=(PEER,))
    assert verdict(rules, MARKET, settle(PEER, METER, LAST, LAST)) == {}
    assert verdict(rules, MARKET, settle(OTHER, METER)) == "POLICY-ARGUMENT"
    rules = law("seller", counterparts=(PEER,))
    assert verdict(rules, MARKET, settle(METER, PEER)) == {}
    assert verdict(rules, MARKET, settle(METER, OTHER)) == "POLICY-ARGUMENT"


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(UsageInvalid, match="seller or buyer"):
        law("operator")


@given(st.integers(1, 10**9), st.integers(1, 10**24), st.sampled_from(["seller", "buyer"]))
def test_every_wish_is_a_policy_that_the_device_reads(uwh: int, price: int, role: str) -> None:
    rules = rules_for(wishes(role, max_trade_uwh=uwh, max_price=price), BOOK, METER)
    assert read_rules(encode_rlp(rules.to_rlp())) == rules


@given(st.integers(1, 10**12), st.integers(1, 10**24))
def test_the_dearest_trade_passes_whole(uwh: int, price: int) -> None:
    """Tokens bought, promised and spent as noded does it for a trade at both ceilings."""
    rules = law("buyer", max_trade_uwh=uwh, max_day_uwh=uwh, max_price=price)
    escrow = uwh * price // 10**9
    assert verdict(rules, TOKEN, token("buyTokens"), value=escrow) in ({NATIVE: escrow}, {})
    assert verdict(rules, TOKEN, token("approve", BOOK.market, escrow)) in ({TOKEN: escrow}, {})
    assert verdict(rules, MARKET, buy(amount=uwh, price=price)) == {
        MARKET: worth_rounded_up(uwh, price)
    }


def test_noded_makes_no_call_that_its_role_may_not() -> None:
    """The calldata of the node's own functions, for a trade within the bounds."""
    side = Market(None, BOOK)  # type: ignore[arg-type]
    meter, peer = hexadecimal(METER), hexadecimal(PEER)
    offer = {"number": 3, "amount_uwh": 5, "price": PRICE, "min_credit": 0}
    bought = {"refs": [ref(PEER)], "amount_uwh": 5, "max_price": PRICE, "salt": 256}
    assert verdict(law("seller"), MARKET, side.offer(meter, offer)) == {}
    assert verdict(law("seller"), MARKET, side.cancel(offer_id(METER, 3))) == {}
    assert verdict(law("buyer"), MARKET, side.buy(meter, bought)) == {MARKET: 5_000}
    assert verdict(law("buyer"), TOKEN, side.approve(5_000)) == {TOKEN: 5_000}
    assert verdict(law("buyer"), TOKEN, side.buy_tokens(), value=5_000) == {NATIVE: 5_000}
    assert verdict(law("buyer"), MARKET, side.deposit(meter, 5_000)) == {}
    reading = {"from": 1, "to": 6, "sequence": 2, "state": 1, "signature": "0x" + "07" * 64}
    for role in ("seller", "buyer"):
        rules = law(role)
        seller, buyer = (METER, PEER) if role == "seller" else (PEER, METER)
        row: dict[str, Any] = {
            "role": role,
            "terms": dict(zip(TERMS, terms(seller, buyer), strict=True)),
            "reading": reading | {"meter": meter},
            "peer_reading": reading | {"meter": peer},
        }
        assert verdict(rules, MARKET, side.withdraw(meter, 2**100)) == {}
        assert verdict(rules, MARKET, side.settle(row)) == {}
        assert verdict(rules, MARKET, side.report(row, row["peer_reading"])) == {}
        assert verdict(rules, MARKET, side.close(row)) == {}


def test_words_give_no_two_contracts_one_name() -> None:
    honest = rules_for(wishes("buyer"), BOOK, METER)
    twins = [call.replace(to=OTHER) for call in honest.calls if call.to == TOKEN]
    rules = honest.replace(
        calls=(*twins, *honest.calls),
        allowances=(Allowance(OTHER, 2**255, 0), *honest.allowances),
    )
    told = policy_words.words(rules, METER)
    assert len(told["allowances"]) == len(rules.allowances)
    text = policy_words.text(told)
    assert hexadecimal(OTHER) in text
    assert hexadecimal(TOKEN) in text


def test_the_words_name_every_bound() -> None:
    rules = rules_for(
        wishes("seller", "buyer", counterparts=(PEER,), release=OTHER, tamper_marks=1), BOOK, METER
    )
    text = policy_words.text(policy_words.words(rules, METER))
    for part in (
        "market: offer",
        "meter is this meter",
        "offerId is of this meter",
        "terms.ref is of this meter",
        f"terms.ref is of {hexadecimal(PEER)}",
        "market: deposit, withdraw",
        "price at least 0.0000005 token a kWh",
        "amountUwh at most 1.000 mWh",
        "maxPrice at most 0.000001 token a kWh",
        "spender is market",
        "market: settle, report, close",
        f"terms.buyerMeter is {hexadecimal(PEER)}",
        f"signed by {hexadecimal(OTHER)}",
        "case-opened destroys the keys",
    ):
        assert part in text, part
