"""The outbox on a chain that takes blocks back: all that was put comes about, each once."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normal_world.chain import hexes
from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.chain.transaction import Call, sign, unsigned
from tests.chain.tools import COUNTER, Account, count, deploy, mine
from tests.chain.words import word

CONFIRMATIONS = 4
DEEPEST = CONFIRMATIONS - 1  # of what may vanish


@pytest.fixture(scope="module")
def counter(anvil: Chain) -> str:
    return deploy(anvil, COUNTER)


@contextmanager
def outbox(
    chain: Chain, account: Account, path: Path | None = None, bump_blocks: int = 100
) -> Iterator[Outbox]:
    with tempfile.TemporaryDirectory() as folder:
        careful = Chain(chain.url, finality=f"confirmations:{CONFIRMATIONS}")
        place = path or Path(folder) / "outbox.sqlite"
        box = Outbox(place, careful, account.address, account.sign, bump_blocks=bump_blocks)
        try:
            yield box
        finally:
            box.close()


@pytest.fixture
def account(anvil: Chain) -> Account:
    fresh = Account()
    fresh.fund(anvil)
    mine(anvil, CONFIRMATIONS)
    return fresh


def reorganise(chain: Chain, depth: int, *kept: str) -> None:
    """Other blocks in the place of the last ones; `kept` are signed, for the newest of them."""
    chain.rpc("anvil_reorg", depth, [[raw, depth - 1] for raw in kept])


def finish(chain: Chain, box: Outbox) -> None:
    """Blocks until nothing is open."""
    for _ in range(200):
        if box.step() == 0:
            return
        mine(chain)
    raise AssertionError([outcome for outcome in box.outcomes() if not outcome.final])


def raw_of(chain: Chain, transaction: str | None) -> str:
    return str(chain.rpc("eth_getRawTransactionByHash", transaction))


def test_what_vanishes_is_sent_again_as_it_was(
    anvil: Chain, account: Account, counter: str
) -> None:
    with outbox(anvil, account) as box:
        box.put("count:1", counter, word(1))
        box.step()
        mine(anvil, DEEPEST)
        box.step()
        first = box.outcome("count:1")
        assert (first.state, count(anvil, counter, 1)) == ("mined", 1)
        reorganise(anvil, DEEPEST)
        assert not anvil.knows(first.transaction or "")
        box.step()
        assert (box.outcome("count:1").state, count(anvil, counter, 1)) == ("pending", 0)
        finish(anvil, box)
        last = box.outcome("count:1")
        assert (last.state, last.transaction) == ("settled", first.transaction)
    assert (count(anvil, counter, 1), account.signatures) == (1, 1)


def test_another_block_is_the_one_that_counts(anvil: Chain, account: Account, counter: str) -> None:
    with outbox(anvil, account) as box:
        box.put("count:2", counter, word(2))
        box.step()
        mine(anvil, 2)
        box.step()
        first = box.outcome("count:2")
        reorganise(anvil, 2, raw_of(anvil, first.transaction))
        box.step()
        assert box.outcome("count:2").block == (first.block or 0) + 1
        finish(anvil, box)
    assert (count(anvil, counter, 2), account.signatures) == (1, 1)


def test_somebody_elses_transaction_under_the_nonce_counts_only_when_final(
    anvil: Chain, account: Account, counter: str
) -> None:
    with outbox(anvil, account) as box:
        box.put("count:3", counter, word(3))
        box.step()
        mine(anvil)
        box.step()
        foreign = unsigned(anvil.chain_id, 0, 90_000, anvil.fees(), Call(counter, word(4)))
        stolen = hexes.text(sign(foreign, account.key))
        reorganise(anvil, 1, stolen)
        box.step()
        assert box.outcome("count:3").state == "pending"
        reorganise(anvil, 1)  # the thief's block vanishes in its turn
        finish(anvil, box)
        assert box.outcome("count:3").state == "settled"
    assert (count(anvil, counter, 3), count(anvil, counter, 4)) == (1, 0)


def test_what_vanishes_although_it_was_final_is_sent_again_when_told(
    anvil: Chain, account: Account, counter: str
) -> None:
    with outbox(anvil, account) as box:
        for number in (5, 6):
            box.put(f"count:{number}", counter, word(number))
        box.step()
        finish(anvil, box)
        mine(anvil, 2)
        reorganise(anvil, CONFIRMATIONS + 3)
        assert (box.step(), count(anvil, counter, 5)) == (0, 0)
        box.look_again()
        assert box.step() == 2
        finish(anvil, box)
    assert [count(anvil, counter, number) for number in (5, 6)] == [1, 1]
    assert (account.signatures, anvil.nonce(account.address)) == (2, 2)


def test_an_outbox_that_starts_looks_for_what_was_final(
    anvil: Chain, account: Account, counter: str, tmp_path: Path
) -> None:
    path = tmp_path / "outbox.sqlite"
    with outbox(anvil, account, path) as box:
        box.put("count:7", counter, word(7))
        box.step()
        finish(anvil, box)
    reorganise(anvil, CONFIRMATIONS + 1)
    with outbox(anvil, account, path) as box:
        box.put("count:8", counter, word(8))  # would wait for ever behind the missing nonce
        finish(anvil, box)
    assert [count(anvil, counter, number) for number in (7, 8)] == [1, 1]


ACTIONS = st.lists(
    st.one_of(
        st.just(("put", 0)),
        st.just(("step", 0)),
        st.tuples(st.just("mine"), st.integers(1, 3)),
        st.tuples(st.just("drop"), st.integers(1, DEEPEST)),
        st.tuples(st.just("keep"), st.integers(1, DEEPEST)),
    ),
    max_size=25,
)


@given(actions=ACTIONS)
@settings(max_examples=25, deadline=None)
def test_whatever_vanishes_each_call_is_made_once(
    anvil: Chain, counter: str, actions: list[tuple[str, int]]
) -> None:
    account = Account()
    account.fund(anvil)
    mine(anvil, CONFIRMATIONS)
    names: list[int] = []
    settled: dict[str, str | None] = {}
    with outbox(anvil, account, bump_blocks=3) as box:
        for action, number in [*actions, ("put", 0)]:
            if action == "put":
                names.append(int(account.address[2:14], 16) + len(names))
                box.put(str(names[-1]), counter, word(names[-1]))
            elif action == "step":
                box.step()
            elif action == "mine":
                mine(anvil, number)
            else:
                seen = [o.transaction for o in box.outcomes() if o.state == "mined"]
                raws = [raw_of(anvil, t) for t in seen if t and _lies_in(anvil, t, number)]
                reorganise(anvil, number, *(raws if action == "keep" else ()))
            for outcome in box.outcomes():
                if outcome.state == "settled":  # what is final is so for good
                    known = settled.setdefault(outcome.intent, outcome.transaction)
                    assert known == outcome.transaction
        finish(anvil, box)
        assert {outcome.state for outcome in box.outcomes()} == {"settled"}
    assert [count(anvil, counter, name) for name in names] == [1] * len(names)
    assert anvil.nonce(account.address) == len(names)


def _lies_in(chain: Chain, transaction: str, blocks: int) -> bool:
    receipt = chain.receipt(transaction)
    return receipt is not None and receipt.block > chain.head() - blocks
