"""The policy on transactions and trades, and the nonce guard, refusal by refusal."""

from typing import Any

import pytest
from eth_account import Account

from secure_world.commands import Command, OpenTrade, Role, SignReading
from secure_world.errors import SecureWorldRefused
from secure_world.policy_rules import FEES, NATIVE, ONE, Allowance, Bound, Call, Charge
from secure_world.structures import EXPORT, IMPORT
from secure_world.trades import KEPT_TRADES
from tests.secure_world.calls import GAS, kaia, left, legacy, refusal, sign, unsigned, words
from tests.secure_world.owner import law
from tests.secure_world.rig import ACCOUNT_KEY, CHAIN, MARKET, MAX_FEE, MAX_VALUE, SELECTOR, Rig

ACCOUNT = Account.from_key(ACCOUNT_KEY).address
TOKEN, APPROVE = b"\x0c" * 20, b"\x01\x02\x03\x04"
METER, STRANGER = 0xAA, 0xBB
SCALE = 10**9
PRODUCT = 5_000  # the most that a purchase may cost
SPENT = Call(
    to=TOKEN,
    selector=APPROVE,
    max_value=0,
    max_words=4,
    bounds=(Bound(0, METER, METER), Bound(0, 1, 3), Bound(1, 0, 100)),
    charges=(Charge(TOKEN, 1, ONE, 80), Charge(MARKET, 2, 3, PRODUCT)),
)


def rule(rig: Rig, *calls: Call, **changes: Any) -> None:
    rig.rule(law(calls=calls or law().calls, **changes))


def allowances(*more: Allowance, fee: int = 10**18, coins: int = 10**19) -> tuple[Allowance, ...]:
    return (Allowance(FEES, fee, 0), Allowance(NATIVE, coins, 0), *more)


SPENDABLE = allowances(Allowance(TOKEN, 150, 60), Allowance(MARKET, 10**6, 0))


def approve(nonce: int, *numbers: int, **changes: Any) -> bytes:
    return unsigned(nonce, to=TOKEN, data=words(*numbers, selector=APPROVE), **changes)


def test_signs_for_its_account(rig: Rig) -> None:
    signed = sign(rig, unsigned(value=MAX_VALUE, max_fee=MAX_FEE // GAS))
    assert Account.recover_transaction(signed) == ACCOUNT


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (unsigned(chain=CHAIN + 1), "POLICY-CHAIN"),
        (unsigned(to=b"\x0b" * 20), "POLICY-CONTRACT"),
        (unsigned(data=b"\xaa\xbb\xcc\xde"), "POLICY-SELECTOR"),
        (unsigned(data=b""), "POLICY-SELECTOR"),
        (unsigned(data=SELECTOR[:3]), "POLICY-SELECTOR"),
        (unsigned(value=MAX_VALUE + 1), "POLICY-VALUE"),
        (unsigned(max_fee=MAX_FEE // GAS + 1), "POLICY-FEE"),
        (legacy(0, MAX_FEE // GAS + 1), "POLICY-FEE"),
        (kaia(0x31, 0, MAX_FEE // GAS + 1, bytes.fromhex(ACCOUNT[2:])), "POLICY-FEE"),
        (kaia(0x30, 0, 1, b"\x0d" * 20), "TX-SENDER"),
        (unsigned(data=SELECTOR + b"other"), "POLICY-SIZE"),
        (unsigned(data=words(*range(33))), "POLICY-SIZE"),
    ],
)
def test_refuses_what_no_rule_allows(rig: Rig, raw: bytes, code: str) -> None:
    assert refusal(rig, raw) == code
    assert sign(rig, unsigned(data=words(*range(32))))  # and no nonce was spent on it


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ((METER, 80), "POLICY-SIZE"),
        ((METER, 80, 1), "POLICY-SIZE"),
        ((METER, 80, 1, 1, 1), "POLICY-SIZE"),
        ((STRANGER, 80, 1, 1), "POLICY-ARGUMENT"),
        ((4, 80, 1, 1), "POLICY-ARGUMENT"),
        ((METER + (1 << 255), 80, 1, 1), "POLICY-ARGUMENT"),
        ((METER, 101, 1, 1), "POLICY-ARGUMENT"),
        ((METER, 81, 1, 1), "POLICY-AMOUNT"),
        ((METER, 80, PRODUCT, SCALE + 1), "POLICY-AMOUNT"),
        ((METER, 80, 2**256 - 1, 2**256 - 1), "POLICY-AMOUNT"),
    ],
)
def test_every_argument_that_is_bounded_counts(
    rig: Rig, numbers: tuple[int, ...], code: str
) -> None:
    rule(rig, SPENT, allowances=SPENDABLE)
    assert refusal(rig, approve(0, *numbers)) == code
    assert left(rig, TOKEN) == 150
    for nonce, first in enumerate((METER, 1, 3)):
        assert sign(rig, approve(nonce, first, 50, PRODUCT, SCALE))


def test_an_amount_is_charged_and_a_product_is_rounded_up(rig: Rig) -> None:
    rule(rig, SPENT, allowances=SPENDABLE)
    sign(rig, approve(0, METER, 80, 3, SCALE // 2))
    assert (left(rig, TOKEN), left(rig, MARKET)) == (70, 10**6 - 2)
    assert refusal(rig, approve(1, METER, 71, 0, 0)) == "POLICY-ALLOWANCE"
    sign(rig, approve(1, METER, 70, 0, 0))
    assert (left(rig, TOKEN), left(rig, MARKET)) == (0, 10**6 - 2)
    rig.clock.pass_s(59)
    assert refusal(rig, approve(2, METER, 1, 0, 0)) == "POLICY-ALLOWANCE"
    rig.clock.pass_s(1)
    assert sign(rig, approve(2, METER, 1, 0, 0))


def test_of_several_rows_one_must_fit_whole_and_the_furthest_tells(rig: Rig) -> None:
    calls = [
        Call(MARKET, SELECTOR, 0, 1, (Bound(0, 5, 5),), ()),
        Call(MARKET, SELECTOR, 10, 1, (Bound(0, 1, 2), Bound(0, 9, 9)), ()),
    ]
    rule(rig, *calls)
    assert refusal(rig, unsigned(value=11, data=words(9))) == "POLICY-VALUE"
    assert refusal(rig, unsigned(value=1, data=words(5))) == "POLICY-ARGUMENT"
    assert refusal(rig, unsigned(value=1, data=words(9, 9))) == "POLICY-SIZE"
    assert sign(rig, unsigned(0, data=words(5)))
    assert sign(rig, unsigned(1, value=10, data=words(9)))


def test_rules_do_not_mix(rig: Rig) -> None:
    other = Call(TOKEN, APPROVE, 0, 0, (), ())
    rule(rig, *law().calls, other)
    assert refusal(rig, unsigned(to=other.to)) == "POLICY-SELECTOR"
    assert refusal(rig, unsigned(to=other.to, data=other.selector, value=1)) == "POLICY-VALUE"
    assert sign(rig, unsigned(to=other.to, data=other.selector))


def test_an_asset_without_allowance_cannot_be_spent(rig: Rig) -> None:
    rule(rig, allowances=(Allowance(FEES, 10**18, 0),))
    assert refusal(rig, unsigned(value=1)) == "POLICY-ALLOWANCE"
    rule(rig, allowances=(Allowance(NATIVE, 10**18, 0),))
    assert refusal(rig, unsigned()) == "POLICY-ALLOWANCE"
    assert sign(rig, unsigned(tip=0, max_fee=0, value=1))


def test_the_same_payload_costs_once_and_a_bump_its_difference(rig: Rig) -> None:
    rule(rig, allowances=allowances(fee=100 * GAS, coins=7))
    first = sign(rig, unsigned(3, value=7))
    assert (left(rig, FEES), left(rig, NATIVE)) == (80 * GAS, 0)
    assert sign(rig, unsigned(3, value=7)) == first
    assert left(rig, FEES) == 80 * GAS
    sign(rig, unsigned(3, value=7, tip=11, max_fee=30))
    assert (left(rig, FEES), left(rig, NATIVE)) == (70 * GAS, 0)
    rig.restart()
    assert sign(rig, unsigned(3, value=7)) == first
    assert left(rig, FEES) == 70 * GAS
    too_much = unsigned(3, value=7, tip=12, max_fee=101)
    assert refusal(rig, too_much) == "POLICY-ALLOWANCE"
    sign(rig, unsigned(3, value=7, tip=12, max_fee=100))
    assert left(rig, FEES) == 0


def test_a_fee_that_another_pays_is_not_charged(rig: Rig) -> None:
    rule(rig, allowances=allowances(fee=GAS))
    account = bytes.fromhex(ACCOUNT[2:])
    sign(rig, kaia(0x31, 0, 5, account))
    sign(rig, kaia(0x31, 0, 6, account))
    assert left(rig, FEES) == GAS
    assert refusal(rig, kaia(0x30, 1, 2, account)) == "POLICY-ALLOWANCE"
    sign(rig, kaia(0x30, 1, 1, account))
    assert left(rig, FEES) == 0


def test_a_bump_gives_nothing_back_where_a_call_spends_coins_for_fees(rig: Rig) -> None:
    spent = Call(MARKET, SELECTOR, 0, 1, (), (Charge(FEES, 0, ONE, 10),))
    rule(rig, spent, allowances=allowances(fee=100 * GAS))
    account, data = bytes.fromhex(ACCOUNT[2:]), words(10)
    sign(rig, kaia(0x31, 0, 5, account, data))
    sign(rig, kaia(0x31, 0, 6, account, data))
    assert left(rig, FEES) == 100 * GAS - 10
    sign(rig, kaia(0x30, 1, 5, account, data))
    sign(rig, kaia(0x30, 1, 6, account, data))
    assert left(rig, FEES) == 94 * GAS - 20


def test_a_refused_nonce_is_not_charged(rig: Rig) -> None:
    rule(rig, allowances=allowances(coins=10))
    sign(rig, unsigned(3, value=1))
    assert refusal(rig, unsigned(3, value=2)) == "NONCE-USED"
    assert left(rig, NATIVE) == 9


def test_the_same_payload_gives_the_same_bytes_for_ever(rig: Rig) -> None:
    first = sign(rig, unsigned(3))
    assert sign(rig, unsigned(3)) == first
    rig.restart()
    assert sign(rig, unsigned(3)) == first


@pytest.mark.parametrize(
    "other",
    [
        unsigned(3, value=1),
        unsigned(3, data=words(1)),
        unsigned(3, gas=GAS + 1, tip=11, max_fee=21),
        unsigned(3, tip=11, max_fee=20),
        unsigned(3, tip=10, max_fee=21),
        unsigned(3, tip=9, max_fee=19),
        legacy(3, 50),
    ],
    ids=["value", "data", "gas", "only the tip", "only the fee", "lower", "type"],
)
def test_another_payload_for_a_nonce_is_refused(rig: Rig, other: bytes) -> None:
    sign(rig, unsigned(3))
    assert refusal(rig, other) == "NONCE-USED"
    rig.restart()
    assert refusal(rig, other) == "NONCE-USED"


def test_a_fee_bump_of_the_same_call_passes(rig: Rig) -> None:
    first = sign(rig, unsigned(3))
    bumped = sign(rig, unsigned(3, tip=11, max_fee=21))
    assert bumped != first
    assert sign(rig, unsigned(3)) == first  # what was signed once may be asked for again
    assert refusal(rig, unsigned(3, tip=11, max_fee=22)) == "NONCE-USED"
    assert sign(rig, legacy(4, 50)) != sign(rig, legacy(4, 51))


def test_what_the_next_policy_forbids_is_not_signed_again(rig: Rig) -> None:
    sign(rig, unsigned(3, value=2))
    rule(rig, Call(MARKET, SELECTOR, 1, 0, (), ()))
    assert refusal(rig, unsigned(3, value=2)) == "POLICY-VALUE"


def test_malformed_transactions_keep_their_codes_over_the_wire(rig: Rig) -> None:
    assert refusal(rig, b"\x01\xc0") == "TX-TYPE"
    assert refusal(rig, unsigned() + b"\0") == "TX-MALFORMED"
    assert refusal(rig, unsigned(data=SELECTOR + b"\1" * 8200)) in ("TOO-LARGE", "MALFORMED")


# -- trades ----------------------------------------------------------------------------------


def trade(number: int, amount_uwh: int, **changes: Any) -> OpenTrade:
    fields: dict[str, Any] = {
        "chain_id": CHAIN,
        "market": MARKET,
        "trade": bytes([number]) * 32,
        "direction": IMPORT,
        "amount_uwh": amount_uwh,
        "counterpart": b"\x0e" * 20,
        "self_check": bytes(32),
    }
    return OpenTrade(**{**fields, **changes})


def opened(rig: Rig, request: OpenTrade) -> str:
    """OK, or the code of the refusal."""
    try:
        rig.ask(Role.METER, Command.OPEN_TRADE, request)
    except SecureWorldRefused as error:
        return str(error.code)
    return "OK"


def ended(rig: Rig, request: OpenTrade, session: int, uwh: int) -> None:
    """FINAL of a trade after `uwh` in its direction."""
    totals = (uwh, 0) if request.direction == IMPORT else (0, uwh)
    reading = SignReading(request.trade, True, session, *totals)
    rig.ask(Role.METER, Command.SIGN_READING, reading)


def test_a_trade_is_of_the_policys_market_and_within_its_energy(rig: Rig) -> None:
    rule(rig, max_trade_uwh=1_000, max_day_uwh=1_500)
    assert opened(rig, trade(1, 1, chain_id=CHAIN + 1)) == "POLICY-MARKET"
    assert opened(rig, trade(1, 1, market=TOKEN)) == "POLICY-MARKET"
    assert opened(rig, trade(1, 1_001)) == "POLICY-TRADE-ENERGY"
    assert opened(rig, trade(1, 1_000)) == "OK"
    assert opened(rig, trade(1, 1_000)) == "OK"
    assert rig.device.policy.state().day_left_uwh == 500
    assert opened(rig, trade(2, 501, direction=EXPORT)) == "POLICY-DAY-ENERGY"
    assert opened(rig, trade(2, 500, direction=EXPORT)) == "OK"


def test_what_a_trade_did_not_use_comes_back_once(rig: Rig) -> None:
    rule(rig, max_trade_uwh=1_000, max_day_uwh=1_000)
    first = trade(1, 1_000)
    assert opened(rig, first) == "OK"
    ended(rig, first, 1, 300)
    assert rig.device.policy.state().day_left_uwh == 700
    ended(rig, first, 1, 300)
    rig.restart()
    assert rig.device.policy.state().day_left_uwh == 700
    rig.clock.pass_s(24 * 3600)
    assert rig.device.policy.state().day_left_uwh == 1_000


def test_no_final_is_forgotten_by_opening_many_trades(rig: Rig) -> None:
    for number in range(KEPT_TRADES // 4):
        request = trade(1, 1, trade=number.to_bytes(32, "big"))
        assert opened(rig, request) == "OK"
        ended(rig, request, 1, 0)
    rule(rig)  # another policy brings no more of them
    rig.restart()
    assert opened(rig, trade(255, 1)) == "POLICY-DAY-ENERGY"
    assert opened(rig, trade(1, 1, trade=bytes(32))) == "TRADE-FINAL"
    rig.clock.pass_s(24 * 3600 / (KEPT_TRADES // 2))
    assert opened(rig, trade(255, 1)) == "OK"


def test_what_a_seller_sends_beyond_its_amount_counts_too(rig: Rig) -> None:
    rule(rig, max_trade_uwh=100, max_day_uwh=1_000)
    rig.clock.pass_s(10)
    first = trade(1, 100, direction=EXPORT)
    assert opened(rig, first) == "OK"
    ended(rig, first, 1, 400)
    assert rig.device.policy.state().day_left_uwh == 600


def test_a_day_of_energy_comes_back_over_restarts_and_reboots(rig: Rig) -> None:
    rule(rig, max_trade_uwh=24, max_day_uwh=24)
    assert opened(rig, trade(1, 24)) == "OK"
    rig.clock.pass_s(3_600)
    rig.restart()
    assert rig.device.policy.state().day_left_uwh == 1
    rig.reboot(since_boot_s=7_200)
    assert rig.device.policy.state().day_left_uwh == 2
