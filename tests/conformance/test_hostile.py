"""Attacks by a trader that was taken over, at everyday length (`make hostile`: a million)."""

from pathlib import Path

import pytest
from eth_account import Account

from tests.conformance import hostile
from tests.conformance.hostile import BUY, OFFER, RULES, SPENDER
from tests.conformance.kit import ACCOUNT_KEY
from tests.conformance.ledger import Breach, Ledger
from tests.conformance.owner import FEES, NATIVE, TOKEN
from tests.conformance.transactions import Tx, call
from tests.conformance.wire import Code

REQUESTS = 10_000
# What a trader must have met, or it has not tried hard enough.
MET = {
    Code.OK,
    Code.CLAIM_EMPTY,
    Code.CLAIM_POLICY,
    Code.MALFORMED,
    Code.ROLE,
    Code.NONCE_USED,
    Code.POLICY_ALLOWANCE,
    Code.POLICY_AMOUNT,
    Code.POLICY_ARGUMENT,
    Code.POLICY_CHAIN,
    Code.POLICY_CONTRACT,
    Code.POLICY_FEE,
    Code.POLICY_SELECTOR,
    Code.POLICY_SIZE,
    Code.POLICY_VALUE,
    Code.TX_MALFORMED,
    Code.TX_SENDER,
}
METER_MET = {
    Code.CLAIM_CHANGED,
    Code.CLAIM_OPEN,
    Code.POLICY_MARKET,
    Code.POLICY_TRADE_ENERGY,
    Code.REGISTER_BACKWARDS,
    Code.REGISTER_GROWTH,
    Code.TRADE_FINAL,
    Code.TRADE_MISMATCH,
    Code.TRADE_OPEN,
    Code.TRADE_UNKNOWN,
}


@pytest.mark.parametrize("meter", [False, True], ids=["node", "node and meter"])
def test_a_trader_that_was_taken_over(home_kind: str, tmp_path: Path, meter: bool) -> None:
    """It gets what the policy gives anybody, and not a unit more (else: Breach)."""
    trader = hostile.attack(tmp_path, REQUESTS, 7, home=home_kind, meter=meter, deaths=4)
    assert trader.codes.keys() >= MET | (METER_MET if meter else set())
    assert trader.deaths >= 4
    ledger = trader.ledger
    for asset in (TOKEN, NATIVE):  # it did drain what there was
        assert ledger.spent[asset] > 0.5 * ledger.most(asset, trader.uptime_s)
    assert any(len(payloads) > 1 for payloads in ledger.payloads.values())
    if meter:
        assert sum(len(one.readings) for one in trader.book.trades.values()) > 100
        assert any(one.final for one in trader.book.trades.values())
        assert len(trader.book.claims) > 10


GOOD = Tx(nonce=1, value=1000, gas=10**5, data=call(BUY, 3 * 10**6, 10**6))


def judge(*signed: Tx, key: bytes = ACCOUNT_KEY) -> Ledger:
    ledger = Ledger(RULES, bytes.fromhex(Account.from_key(ACCOUNT_KEY).address[2:]))
    for tx in signed:
        ledger.take(tx.signed_by(key), uptime_s=0)
    return ledger


def test_the_judge_lets_the_good_pass() -> None:
    ledger = judge(GOOD, GOOD, GOOD.but(tip=2, max_fee=3), GOOD.but(nonce=2, kind=0))
    assert ledger.spent == {TOKEN: 6000, NATIVE: 2000, FEES: 5 * 10**5}


@pytest.mark.parametrize(
    "breach",
    [
        [GOOD, GOOD.but(value=999)],
        [GOOD, GOOD.but(tip=1, max_fee=3)],
        [GOOD, GOOD.but(tip=2, max_fee=3, gas=10**5 + 1)],
        [GOOD.but(value=1001)],
        [GOOD.but(to=SPENDER)],
        [GOOD.but(chain_id=1)],
        [GOOD.but(data=call(BUY, 3 * 10**6, 10**6 + 1))],
        [GOOD.but(data=call(BUY, 3 * 10**6))],
        [GOOD.but(data=call(OFFER, 10, 6), value=0)],
        [GOOD.but(data=call(OFFER, 9, 5), value=0)],
        [GOOD.but(max_fee=10**7 + 1)],
        [GOOD.but(nonce=n) for n in range(1, 102)],
    ],
)
def test_the_judge_sees_a_breach(breach: list[Tx]) -> None:
    with pytest.raises(Breach):
        judge(*breach)


def test_the_judge_knows_the_signer() -> None:
    with pytest.raises(Breach):
        judge(GOOD, key=b"\x01" * 32)
