"""The outbox when others fail: signer, node, fees, funds, foreign hands on the account."""

from collections.abc import Callable
from pathlib import Path

import pytest

from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain, free_port
from normal_world.chain.fees import Fees
from normal_world.chain.outbox import Outbox
from normal_world.chain.outbox_steps import MAX_IN_FLIGHT
from normal_world.chain.transaction import Call, sign, unsigned
from normal_world.errors import (
    ChainNonceAhead,
    ChainRejected,
    ChainUnreachable,
    SignerMismatch,
)
from tests.chain.tools import ETHER, Account, SignerRefused, count, mine
from tests.chain.words import word

Maker = Callable[..., Outbox]


def test_a_refused_signature_gives_the_nonce_to_the_next(
    chain: Chain, make: Maker, account: Account, counter: str
) -> None:
    def picky(payload: bytes) -> bytes:
        if word(13) in payload:
            raise SignerRefused("selector not allowed")
        return account.sign(payload)

    outbox = make(sign=picky)
    for number in (12, 13, 14):
        outbox.put(f"count:{number}", counter, word(number))
    outbox.step()
    mine(chain)
    assert outbox.step() == 0
    states = [outbox.outcome(f"count:{number}").state for number in (12, 13, 14)]
    assert states == ["settled", "failed", "settled"]
    assert outbox.outcome("count:13").reason == "NONCE-USED selector not allowed"
    assert chain.nonce(account.address) == 2


def test_a_secure_world_that_is_away_leaves_everything_as_it_is(
    chain: Chain, make: Maker, account: Account, counter: str
) -> None:
    away = True

    def signer(payload: bytes) -> bytes:
        if away:
            raise ConnectionError("secured is restarting")
        return account.sign(payload)

    outbox = make(sign=signer)
    outbox.put("count:1", counter, word(1))
    outbox.put("count:2", counter, word(2))
    for _ in range(2):
        with pytest.raises(ConnectionError):
            outbox.step()
    assert outbox.outcome("count:2").state == "queued"
    away = False
    outbox.step()
    mine(chain)
    assert outbox.step() == 0
    assert count(chain, counter, 1) == 1


def test_a_signature_of_another_account_is_not_sent(make: Maker, counter: str) -> None:
    outbox = make(sign=Account().sign)
    outbox.put("count:1", counter, word(1))
    with pytest.raises(SignerMismatch, match="signed by 0x"):
        outbox.step()


def test_another_payload_than_the_one_asked_for_is_not_sent(
    chain: Chain, make: Maker, account: Account, counter: str
) -> None:
    call = Call(counter, word(66))
    other = unsigned(chain.chain_id, 0, 90_000, Fees(10**10, 10**9), call)
    outbox = make(sign=lambda _: sign(other, account.key))
    outbox.put("count:1", counter, word(1))
    with pytest.raises(SignerMismatch, match="another transaction"):
        outbox.step()


class CheapChain(Chain):
    """Advises fees with which nothing is ever mined."""

    def fees(self) -> Fees:
        return Fees(1, 1)


def test_stuck_fees_are_raised_under_the_same_nonce(
    devchain: DevChain, chain: Chain, make: Maker, account: Account, counter: str
) -> None:
    outbox = make(on=CheapChain(devchain.url))
    outbox.put("count:8", counter, word(8))
    outbox.step()
    mine(chain, 3)
    assert outbox.outcome("count:8").state == "pending"
    outbox.close()
    outbox = make()  # the same file; the node's advice is sound now
    outbox.step()
    mine(chain)
    assert outbox.step() == 0
    assert outbox.outcome("count:8").state == "settled"
    assert count(chain, counter, 8) == 1
    assert account.signatures == 2
    assert chain.nonce(account.address) == 1


def test_a_transaction_that_the_node_forgot_is_sent_again_as_it_was(
    chain: Chain, make: Maker, account: Account, counter: str
) -> None:
    outbox = make(bump_blocks=100)
    outbox.put("count:1", counter, word(1))
    outbox.step()
    chain.rpc("evm_revert", hex(chain.head()))  # the pool is empty now
    mine(chain)
    outbox.step()
    mine(chain)
    assert outbox.step() == 0
    assert (count(chain, counter, 1), account.signatures) == (1, 1)


class EchoingChain(Chain):
    """Takes a transaction and then says that it has it already, as a node behind a relay may."""

    def send_raw(self, signed: bytes) -> str:
        super().send_raw(signed)
        raise ChainRejected("eth_sendRawTransaction: already known")


def test_a_node_that_has_it_already_is_no_failure(
    devchain: DevChain, chain: Chain, make: Maker, counter: str
) -> None:
    outbox = make(on=EchoingChain(devchain.url))
    outbox.put("count:1", counter, word(1))
    assert outbox.step() == 1
    mine(chain)
    assert outbox.step() == 0
    assert outbox.outcome("count:1").state == "settled"
    assert count(chain, counter, 1) == 1


def test_a_bump_above_the_owners_limit_keeps_the_old_payload(
    devchain: DevChain, chain: Chain, make: Maker, account: Account, counter: str
) -> None:
    def thrifty(payload: bytes) -> bytes:
        if account.signatures:
            raise SignerRefused("fee above the limit")
        return account.sign(payload)

    outbox = make(on=CheapChain(devchain.url), sign=thrifty)
    outbox.put("count:9", counter, word(9))
    for _ in range(8):
        outbox.step()
        mine(chain)
    assert outbox.outcome("count:9").state == "pending"


def test_somebody_else_with_the_key_is_noticed(
    chain: Chain, make: Maker, account: Account, counter: str
) -> None:
    outbox = make()
    outbox.put("count:4", counter, word(4))
    planned: list[bytes] = []

    def foreign_first(payload: bytes) -> bytes:
        planned.append(payload)
        other = unsigned(chain.chain_id, 0, 90_000, chain.fees(), Call(counter, word(5)))
        if len(planned) == 1:
            chain.send_raw(sign(other, account.key))
            mine(chain)
        return account.sign(payload)

    outbox.close()
    outbox = make(sign=foreign_first)
    outbox.step()
    assert outbox.step() == 0
    outcome = outbox.outcome("count:4")
    assert outcome.state == "failed"
    assert (outcome.reason or "").startswith("CHAIN-NONCE-TAKEN nonce 0")
    outbox.retry("count:4")
    outbox.step()
    mine(chain)
    outbox.step()
    assert outbox.outcome("count:4").state == "settled"
    assert count(chain, counter, 4) == 1


def test_no_coins_for_gas_is_named_and_waits(chain: Chain, tmp_path: Path, counter: str) -> None:
    poor = Account()
    outbox = Outbox(tmp_path / "poor.sqlite", chain, poor.address, poor.sign)
    outbox.put("count:6", counter, word(6))
    with pytest.raises(ChainRejected, match=r"count:6: .*insufficient funds") as caught:
        outbox.step()
    assert caught.value.code == "CHAIN-FUNDS"
    poor.fund(chain, ETHER)
    outbox.step()
    mine(chain)
    assert outbox.step() == 0
    assert count(chain, counter, 6) == 1
    outbox.close()


def test_a_chain_that_is_down_leaves_the_rows(make: Maker, chain: Chain, counter: str) -> None:
    outbox = make(on=Chain(f"http://127.0.0.1:{free_port()}"))
    outbox.put("count:7", counter, word(7))
    with pytest.raises(ChainUnreachable):
        outbox.step()
    assert outbox.outcome("count:7").state == "queued"
    outbox.close()
    outbox = make()
    outbox.step()
    mine(chain)
    assert outbox.step() == 0


def test_a_nonce_far_beyond_our_own_is_not_believed(
    chain: Chain, make: Maker, counter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is planned is kept: believed once, nothing would ever be mined again."""
    outbox = make()
    outbox.put("first", counter, word(1))
    outbox.step()
    mine(chain)
    outbox.step()
    for lie in (MAX_IN_FLIGHT + 2, 10**6, 2**60):
        monkeypatch.setattr(chain, "nonce", lambda *_, said=lie: said)
        outbox.put("second", counter, word(2))
        with pytest.raises(ChainNonceAhead, match=f"nonce {lie} of 0x.*, expected 1 to 17") as told:
            outbox.step()
        assert told.value.code == "CHAIN-NONCE-AHEAD"
        assert outbox.outcome("second").state == "queued"
    monkeypatch.undo()
    outbox.step()
    mine(chain)
    assert outbox.step() == 0
    assert outbox.outcome("second").state == "settled"


def test_a_new_outbox_begins_where_the_account_stands(
    make: Maker, counter: str, chain: Chain, account: Account, tmp_path: Path
) -> None:
    outbox = make()
    for number in range(MAX_IN_FLIGHT + 2):
        outbox.put(f"count:{number}", counter, word(number))
        outbox.step()
        mine(chain)
    outbox.step()
    outbox.close()
    (tmp_path / "outbox.sqlite").unlink()
    fresh = make()
    fresh.put("count:next", counter, word(99))
    fresh.step()
    mine(chain)
    fresh.step()
    assert fresh.outcome("count:next").state == "settled"
    assert chain.nonce(account.address) == MAX_IN_FLIGHT + 3
