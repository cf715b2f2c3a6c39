"""The outbox as noded sees it: outcomes, retries, files and chains that are not its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain, free_port
from normal_world.chain.outbox import Outbox
from normal_world.errors import (
    ChainWrongId,
    ConfigError,
    StateError,
)
from tests.chain.tools import Account, count, deploy, mine
from tests.chain.words import word

Maker = Callable[..., Outbox]


def test_a_settled_intent_tells_block_gas_and_transaction(
    chain: Chain, make: Maker, counter: str
) -> None:
    outbox = make()
    assert outbox.put("count:1", counter, word(1), description="count").state == "queued"
    assert outbox.step() == 1
    mine(chain)
    assert outbox.step() == 0
    outcome = outbox.outcome("count:1")
    assert (outcome.state, outcome.block, outcome.final) == ("settled", chain.head(), True)
    receipt = chain.receipt(outcome.transaction or "")
    assert receipt is not None
    assert receipt.gas_used == outcome.gas_used
    assert outbox.outcomes() == [outcome]


def test_put_under_a_known_name_keeps_the_first_call(
    chain: Chain, make: Maker, counter: str
) -> None:
    outbox = make()
    outbox.put("count", counter, word(1))
    assert outbox.put("count", counter, word(2)).data == word(1)
    outbox.step()
    mine(chain)
    outbox.step()
    assert outbox.put("count", counter, word(2)).state == "settled"
    assert (count(chain, counter, 1), count(chain, counter, 2)) == (1, 0)


def test_what_would_revert_fails_with_the_reason_and_takes_no_nonce(
    chain: Chain, make: Maker, account: Account, counter: str
) -> None:
    outbox = make()
    outbox.put("bad", counter, b"")
    outbox.put("good", counter, word(3))
    outbox.step()
    assert outbox.outcome("bad").state == "failed"
    assert "no reason given" in (outbox.outcome("bad").reason or "")
    mine(chain)
    assert outbox.step() == 0
    assert outbox.outcome("good").state == "settled"
    assert chain.nonce(account.address) == 1


def test_a_call_that_stands_on_another_waits_for_it(
    chain: Chain, make: Maker, account: Account
) -> None:
    # Reverts until slot 0 is set; a call with data sets it.
    #   CALLDATASIZE PUSH1 0e JUMPI PUSH0 SLOAD PUSH1 0c JUMPI PUSH0 PUSH0 REVERT
    #   JUMPDEST STOP  JUMPDEST PUSH1 01 PUSH0 SSTORE STOP
    gate = deploy(chain, bytes.fromhex("36600e575f54600c575f5ffd5b005b60015f5500"))
    outbox = make()
    outbox.put("approve", gate, b"\x01")
    outbox.put("buy", gate, b"")
    outbox.step()
    assert outbox.outcome("buy").state == "queued"
    mine(chain)
    outbox.step()
    mine(chain)
    assert outbox.step() == 0
    assert outbox.outcome("buy").state == "settled"


def test_a_revert_in_the_block_is_told_and_can_be_retried(
    chain: Chain, make: Maker, account: Account
) -> None:
    # A switch: the first call to it wins, the next reverts until somebody sends it value.
    #   CALLVALUE PUSH1 0e JUMPI PUSH0 SLOAD PUSH1 13 JUMPI PUSH1 01 PUSH0 SSTORE STOP
    #   JUMPDEST PUSH0 PUSH0 SSTORE STOP  JUMPDEST PUSH0 PUSH0 REVERT
    switch = deploy(
        chain, bytes.fromhex("34600e575f54601357" + "60015f5500" + "5b5f5f5500" + "5b5f5ffd")
    )
    outbox = make()
    outbox.put("first", switch, b"\x01")
    outbox.put("second", switch, b"\x02")
    outbox.step()  # both estimates succeed: neither is in a block
    mine(chain)
    assert outbox.step() == 0
    second = outbox.outcome("second")
    assert second.state == "reverted"
    assert "reverted: no reason given" in (second.reason or "")
    outbox.put("release", switch, b"", value=1)
    outbox.step()
    mine(chain)
    outbox.step()
    assert outbox.retry("second").state == "queued"
    outbox.step()
    mine(chain)
    outbox.step()
    assert outbox.outcome("second").state == "settled"
    with pytest.raises(StateError, match="only what failed"):
        outbox.retry("second")


def test_an_idle_outbox_asks_the_chain_nothing(make: Maker) -> None:
    assert make(on=Chain(f"http://127.0.0.1:{free_port()}")).step() == 0


def test_a_chain_that_began_anew_is_refused(chain: Chain, make: Maker, counter: str) -> None:
    outbox = make()
    outbox.put("count:1", counter, word(1))
    outbox.step()
    outbox.close()
    other = DevChain("127.0.0.1", 0, None, 0)
    mine(Chain(other.url))
    other.server.dispatcher.engine.now = lambda: 0.0
    try:
        outbox = make(on=Chain(other.url))
        with pytest.raises(ChainWrongId, match="genesis"):
            outbox.step()
    finally:
        other.close()


def test_one_file_one_program_one_account(make: Maker, chain: Chain, tmp_path: Path) -> None:
    outbox = make()
    with pytest.raises(StateError, match="does another noded run") as caught:
        make()
    assert caught.value.code == "STATE-LOCKED"
    outbox.close()
    stranger = Account()
    with pytest.raises(ConfigError, match=f"expected {stranger.address}"):
        Outbox(tmp_path / "outbox.sqlite", chain, stranger.address, stranger.sign)


def test_a_file_that_is_no_outbox_or_a_newer_one(
    chain: Chain, account: Account, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"not a database at all, but long enough to look at" * 30)
    with pytest.raises(ConfigError, match="not an outbox"):
        Outbox(path, chain, account.address, account.sign)


def test_unknown_intents_are_named(make: Maker) -> None:
    with pytest.raises(StateError, match="no intent 'nothing'") as caught:
        make().outcome("nothing")
    assert caught.value.code == "STATE-INTENT"
