"""A report that was refused (too little gas money, a fee payer's no) is made once it can be."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest

from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.chain.outbox_store import Outcome
from normal_world.errors import ChainRejected
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.sender import RETRY_BLOCKS
from tests.trade import small_chain
from tests.trade.small_chain import ACCOUNT, BOOK, METER

REASON = "FEE-PRICE price 1 wei per gas, expected 2 to 4"
READING = {
    "meter": METER,
    "from": 5,
    "to": 9,
    "sequence": 3,
    "state": 1,
    "signature": "0x" + "11" * 64,
}
ROW: dict[str, Any] = {
    "trade": "0x" + "ab" * 32,
    "terms": {"ref": 1 << 64, "buyer_meter": METER, "amount_uwh": 9, "price": 1, "salt": 1},
    "reading": READING,
    "peer_reading": None,
}


class Refusing(small_chain.Outbox):
    """Refuses what it is given until `fine`; `tries` counts."""

    fine, tries = False, 0

    def outcome(self, intent: str) -> Outcome:
        if intent in self.calls and intent not in self.ended:
            self.tries += 1
            self.ended[intent] = ("settled", None) if self.fine else ("failed", REASON)
        return super().outcome(intent)

    def retry(self, intent: str) -> Outcome:
        del self.ended[intent]
        return self.outcome(intent)


@pytest.fixture
def outbox() -> Refusing:
    return Refusing(small_chain.Chain())


@pytest.fixture
def side(outbox: Refusing) -> Iterator[ChainSide]:
    chain = cast(Chain, outbox.chain)
    made = ChainSide(chain, cast(Outbox, outbox), BOOK, ACCOUNT, METER)
    yield made
    made.close()


def test_a_refused_report_is_tried_again_every_few_blocks(
    side: ChainSide, outbox: Refusing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for side.head in range(10, 10 + 2 * RETRY_BLOCKS):
        for _ in range(5):
            assert asyncio.run(side.report(ROW)) is True  # nothing more to be said for now
    assert outbox.tries == 3
    assert caplog.text.count("CHAIN-REVERTED report: FEE-PRICE") == 1
    outbox.fine = True
    side.head += RETRY_BLOCKS
    asyncio.run(side.report(ROW))
    assert list(outbox.ended.values()) == [("settled", None)]
    asyncio.run(side.report(ROW))
    assert outbox.tries == 4


def test_a_sale_is_claimed_when_a_final_block_says_so(
    side: ChainSide, outbox: Refusing, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def call(_address: str, _data: bytes, *, block: int) -> bytes:
        asked.append(block)
        if block < 8:
            raise ChainRejected("missing trie node")
        return (9 if block > 8 else 8).to_bytes(32)

    monkeypatch.setattr(outbox.chain, "call", call)
    answers = {}
    for side.final in (7, 8, 9):  # no old state, not all of it, all of it
        answers[side.final] = asyncio.run(side.is_export_claimed(ROW))
    assert answers == {7: False, 8: False, 9: True}
    assert asked == [7, 8, 9]
