"""Never two payloads for one nonce, but a fee bump of the same call."""

from tests.conformance import answers
from tests.conformance.kit import ACCOUNT_KEY, Kit
from tests.conformance.owner import CHAIN, ETHER, FEES, NATIVE, TOKEN
from tests.conformance.transactions import LEGACY, SELECTOR, Tx, call
from tests.conformance.wire import Code, Command

MOST_BUMPS = 64


def left(kit: Kit) -> dict[bytes, int]:
    return answers.policy(kit.ask(Command.GET_POLICY)).left


def test_another_payload_for_a_nonce(kit: Kit) -> None:
    first = Tx(nonce=7, tip=5, max_fee=10)
    kit.sign(first)
    for other in (
        first.but(value=1, tip=6, max_fee=11),
        first.but(gas=100_001, tip=6, max_fee=11),
        first.but(gas=99_999, tip=6, max_fee=11),
        first.but(data=call(SELECTOR, 1), tip=6, max_fee=11),
        first.but(kind=LEGACY, max_fee=11),
        first.but(tip=6),
        first.but(max_fee=11),
        first.but(tip=4, max_fee=11),
        first.but(tip=6, max_fee=9),
        first.but(tip=4, max_fee=9),
    ):
        assert kit.refused_tx(other) is Code.NONCE_USED, other
    kit.restart()
    assert kit.refused_tx(first.but(value=1)) is Code.NONCE_USED
    assert kit.sign(first) == first.signed_by(ACCOUNT_KEY)
    kit.sign(first.but(nonce=8, value=1))


def test_a_fee_bump(kit: Kit) -> None:
    first = Tx(nonce=7, tip=5, max_fee=10)
    bump = first.but(tip=6, max_fee=11)
    kit.sign(first)
    assert kit.sign(bump) == bump.signed_by(ACCOUNT_KEY)
    assert kit.refused_tx(first.but(tip=6, max_fee=12)) is Code.NONCE_USED
    assert kit.refused_tx(first.but(tip=7, max_fee=11)) is Code.NONCE_USED
    kit.restart()
    assert kit.sign(first) == first.signed_by(ACCOUNT_KEY)  # both may be sent again
    assert kit.sign(bump) == bump.signed_by(ACCOUNT_KEY)
    legacy = Tx(nonce=9, kind=LEGACY, max_fee=10)
    kit.sign(legacy)
    assert kit.refused_tx(legacy.but(value=1, max_fee=20)) is Code.NONCE_USED
    kit.sign(legacy.but(max_fee=11))


def test_a_bump_is_charged_its_difference_only(kit: Kit) -> None:
    before = left(kit)
    kit.sign(Tx(nonce=1, value=5, gas=1000, tip=1, max_fee=10))
    assert before[FEES] - left(kit)[FEES] == 10_000
    kit.sign(Tx(nonce=1, value=5, gas=1000, tip=2, max_fee=30))
    assert before[FEES] - left(kit)[FEES] == 30_000
    assert before[NATIVE] - left(kit)[NATIVE] == 5
    kit.sign(Tx(nonce=1, value=5, gas=1000, tip=1, max_fee=10))
    assert before[FEES] - left(kit)[FEES] == 30_000


def test_bumps_end(kit: Kit) -> None:
    bumps = [Tx(nonce=1, tip=1 + n, max_fee=2 + n) for n in range(MOST_BUMPS + 2)]
    for bump in bumps[:-1]:
        kit.sign(bump)
    assert kit.refused_tx(bumps[-1]) is Code.NONCE_USED


def test_what_was_refused_takes_no_nonce(kit: Kit) -> None:
    assert kit.refused_tx(Tx(nonce=1, value=2 * ETHER)) is Code.POLICY_VALUE
    assert kit.refused_tx(Tx(nonce=1, to=TOKEN)) is Code.POLICY_CONTRACT
    assert kit.refused_tx(Tx(nonce=1, max_fee=ETHER)) is Code.POLICY_FEE
    assert kit.refused_tx(Tx(nonce=1, chain_id=CHAIN + 1)) is Code.POLICY_CHAIN
    kit.sign(Tx(nonce=1, value=3))


def test_nonces_in_any_order(kit: Kit) -> None:
    for nonce in (5, 3, 2**64 - 2, 0, 4, 255, 256, 2**32):
        kit.sign(Tx(nonce=nonce))
        assert kit.refused_tx(Tx(nonce=nonce, value=1)) is Code.NONCE_USED


def test_over_new_policies_and_restarts(kit: Kit) -> None:
    kit.sign(Tx(nonce=1))
    kit.set_policy()
    assert kit.refused_tx(Tx(nonce=1, value=1)) is Code.NONCE_USED
    kit.reboot()
    assert kit.refused_tx(Tx(nonce=1, value=1)) is Code.NONCE_USED
