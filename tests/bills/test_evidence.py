"""Evidence out of noded's own records, and noded's method that files a bill of a sale."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from normal_world.bills.errors import EvidenceInvalid
from normal_world.bills.make import evidence_of_record
from normal_world.control_bills import BillControl, Probe
from normal_world.errors import StateError
from normal_world.trade.store import TradeStore
from tests.bills.people import BUYER, ISSUER, market_bill

BILL = market_bill(20_000)
(LINE,) = BILL.lines
TRADE = "0x" + BILL.trades()[0].hex()
DIGEST = "0x" + "d1" * 32


def store_of(tmp_path: Path, role: str, *, phase: str = "settled", **changes: Any) -> TradeStore:
    """One trade, as the node of this role keeps it."""
    store = TradeStore(tmp_path / "noded.sqlite")
    numbers = {"escrow": 1, "escrow_block": 1, "deadline_block": 9, "credit_before": 10}
    store.add_trade(TRADE, role, LINE.terms.to_json(), **numbers)
    own, peer = (LINE.seller, LINE.buyer) if role == "seller" else (LINE.buyer, LINE.seller)
    fields = {"phase": phase, "reading": own.to_json(), "peer_reading": peer.to_json()}
    store.update(TRADE, **(fields | changes))
    return store


@pytest.mark.parametrize("role", ["seller", "buyer"])
def test_either_side_has_the_same_evidence(tmp_path: Path, role: str) -> None:
    record = store_of(tmp_path, role).trade(TRADE)
    assert record is not None
    found = evidence_of_record(record)
    assert (found.terms, found.seller, found.buyer) == (LINE.terms, LINE.seller, LINE.buyer)


@pytest.mark.parametrize("state", [None, 0])
def test_without_both_final_readings_there_is_none(tmp_path: Path, state: int | None) -> None:
    early = None if state is None else BUYER.sign(BILL.trades()[0], 1, 2, BILL.head.where, state)
    reading = None if early is None else early.to_json()
    record = store_of(tmp_path, "seller", peer_reading=reading).trade(TRADE)
    assert record is not None
    with pytest.raises(EvidenceInvalid, match="FINAL readings of both"):
        evidence_of_record(record)


class Filed:
    """A chain side that is done at the second question."""

    def __init__(self) -> None:
        self.bills = self
        self.asked: list[tuple[str, ...]] = []

    async def file(self, *words: str) -> int | None:
        self.asked.append(words)
        return 7 if len(self.asked) > 1 else None

    async def transactions(self, key: str) -> list[dict[str, Any]]:
        return [{"intent": f"bill:{key}"}]


async def again(probe: Probe, _limit_s: float) -> dict[str, Any] | None:
    return await probe() or await probe()


def control(store: TradeStore) -> tuple[BillControl, Filed]:
    side = Filed()
    return BillControl(side, store, again), side  # type: ignore[arg-type]


def test_a_seller_files_its_sale(tmp_path: Path) -> None:
    made, side = control(store_of(tmp_path, "seller"))
    told = asyncio.run(made.file(TRADE, ISSUER, DIGEST, key="k"))
    assert told == {"block": 7, "transactions": [{"intent": "bill:k"}]}
    assert side.asked == [("k", TRADE, ISSUER, DIGEST)] * 2


@pytest.mark.parametrize(
    ("role", "phase", "words", "told"),
    [
        ("buyer", "settled", (TRADE, ISSUER, DIGEST), "sale of this node"),
        ("seller", "settling", (TRADE, ISSUER, DIGEST), "ended sale"),
        ("seller", "settled", ("0x12", ISSUER, DIGEST), "ended sale"),
        ("seller", "settled", (TRADE, ISSUER, "0x12"), "64 digits"),
        ("seller", "settled", (TRADE, 5, DIGEST), "40 digits"),
    ],
)
def test_nothing_else_is_filed(
    tmp_path: Path, role: str, phase: str, words: tuple[Any, ...], told: str
) -> None:
    made, side = control(store_of(tmp_path, role, phase=phase))
    with pytest.raises(StateError, match=told):
        asyncio.run(made.file(*words))
    assert side.asked == []
