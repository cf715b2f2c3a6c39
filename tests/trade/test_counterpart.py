"""A counterpart with a genuine meter key, or with a broken meter: what this node keeps and does."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from coincurve import PrivateKey

from firmware.errors import RpcFailed
from normal_world.meter_client import MeterClient
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.engine import Engine
from normal_world.trade.messages import Messages
from normal_world.trade.store import TradeStore
from secure_world.keys import address_of, sign_compact
from secure_world.protocol import DELIVERING, FINAL, Reading, Ready, SignedReading, SignedReady

CHAIN, MARKET = 1337, bytes(range(20))
TRADE = b"\x33" * 32
NAME = "0x" + TRADE.hex()
KEY = PrivateKey(b"\x01" * 32)  # the buyer's meter: it signs whatever its owner likes
BUYER, SELLER = address_of(KEY.public_key), b"\x11" * 20
FROM = 1_000


def ready() -> dict[str, Any]:
    body = Ready(TRADE, BUYER, FROM, bytes(32))
    signature = sign_compact(KEY, body.digest(CHAIN, MARKET))
    return SignedReady(TRADE, BUYER, FROM, bytes(32), signature).to_json()


def reading(to: int, sequence: int, state: int = DELIVERING, start: int = FROM) -> dict[str, Any]:
    fields = (TRADE, BUYER, start, to, sequence, state)
    signature = sign_compact(KEY, Reading(*fields).digest(CHAIN, MARKET))
    return SignedReading(*fields, signature).to_json()


class Hub:
    async def send(self, meter: bytes, kind: str, body: dict[str, Any]) -> None:
        """Nobody listens."""


class Meter:
    """meterd as noded sees it; `answers` gives the result of a method or raises."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def call(self, method: str, /, **_params: Any) -> Any:
        self.asked.append(method)
        answer = self.answers.get(method, {})
        if isinstance(answer, Exception):
            raise answer
        return answer


class Chain:
    """The chain side: `claimed` tells whether the registry has what was sold."""

    claimed = False

    def __init__(self, head: int) -> None:
        self.head = self.final = head
        self.done: list[str] = []
        self.book = SimpleNamespace(report_blocks=10)

    async def is_gone(self, _row: object) -> bool:
        return False

    async def is_export_claimed(self, _row: object) -> bool:
        return self.claimed

    async def settle(self, row: dict[str, Any]) -> None:
        self.done.append("settle")

    async def report(self, row: dict[str, Any]) -> bool:
        self.done.append("report")
        return True

    async def close_trade(self, row: dict[str, Any]) -> None:
        self.done.append("close")


def quiet(*_args: object, **_fields: object) -> None:
    """No subscriber."""


class Node:
    """The seller's trade engine over a real store."""

    def __init__(self, folder: Path, meter: Meter, head: int = 10) -> None:
        self.store = TradeStore(folder / "noded.sqlite")
        self.meter, self.chain = meter, Chain(head)
        client = cast(MeterClient, meter)
        self.messages = Messages(self.store, Hub(), client, (CHAIN, MARKET), quiet)
        chain = cast(ChainSide, self.chain)
        self.engine = Engine(self.store, chain, client, self.messages, 5.0, quiet)
        self.store.add_trade(
            NAME,
            "seller",
            {"ref": int.from_bytes(SELLER, "big") << 64, "buyer_meter": "0x" + BUYER.hex()},
            escrow=1,
            escrow_block=1,
            deadline_block=100,
            credit_before=0,
        )

    @property
    def row(self) -> dict[str, Any]:
        row = self.store.trade(NAME)
        assert row is not None
        return row

    def say(self, kind: str, body: dict[str, Any]) -> None:
        asyncio.run(self.messages.on_message(BUYER, kind, {kind: body}))

    def step(self) -> None:
        asyncio.run(self.engine.step())


@pytest.mark.parametrize(
    "late",
    [
        reading(FROM, 9, FINAL),  # "I received nothing after all"
        reading(FROM + 499, 9),
        reading(FROM + 900, 9, FINAL, start=FROM + 400),  # begins after what was signed before
    ],
)
def test_a_reading_that_takes_back_an_earlier_one_is_not_kept(
    tmp_path: Path, late: dict[str, Any]
) -> None:
    """The earlier one can be reported to the market, which then refuses the later one too."""
    node = Node(tmp_path, Meter())
    node.say("ready", ready())
    good = reading(FROM + 500, 8)
    node.say("reading", good)
    assert node.row["peer_reading"] == good
    node.say("reading", late)
    assert node.row["peer_reading"] == good


def test_nothing_follows_the_counterparts_final(tmp_path: Path) -> None:
    node = Node(tmp_path, Meter())
    node.say("ready", ready())
    final = reading(FROM + 500, 8, FINAL)
    node.say("reading", final)
    for later in (reading(FROM + 500, 9), reading(FROM + 600, 10, FINAL)):
        node.say("reading", later)
    assert node.row["peer_reading"] == final


def state(phase: str, **more: Any) -> dict[str, Any]:
    keys = ("self_check", "ready", "reading", "peer_ready", "peer_reading")
    return {"phase": phase, "reason": "stopped", **dict.fromkeys(keys), **more}


UNKNOWN = RpcFailed("not the meter's current one", "TRADE-UNKNOWN", 7)


def test_an_end_before_the_start_is_noticed(tmp_path: Path) -> None:
    """FINAL is stored, the phase is not: noded was killed between the two, or meterd was away."""
    own = SignedReading.from_json(reading(FROM, 7, FINAL)).replace(meter=SELLER).to_json()
    known = {"trade.state": state("final", reading=own), "trade.peer_ready": UNKNOWN}
    node = Node(tmp_path, Meter(**known))
    node.say("ready", ready())
    node.store.update(NAME, phase="ready", reading=own)
    node.step()
    assert node.row["phase"] == "ended"


@pytest.mark.parametrize("phase", ["ready", "delivering"])
def test_a_meter_that_lost_the_trade_does_not_hold_it_for_ever(tmp_path: Path, phase: str) -> None:
    calls = ("trade.state", "trade.peer_ready", "trade.start", "trade.stop", "trade.peer_reading")
    node = Node(tmp_path, Meter(**dict.fromkeys(calls, UNKNOWN)), head=101)
    node.say("ready", ready())
    node.say("reading", reading(FROM + 500, 8))
    node.store.update(NAME, phase=phase)
    node.engine._final_wait_s = 0.0
    for _ in range(6):
        node.step()
    assert node.row["phase"] == "closing"
    assert node.chain.done[:1] == ["report"]


def test_a_settlement_that_never_succeeds_ends_by_report_and_close(tmp_path: Path) -> None:
    """The counterpart has put another FINAL on the chain: ours would not be paid at all."""
    node = Node(tmp_path, Meter())
    node.say("ready", ready())
    node.say("reading", reading(FROM + 500, 8, FINAL))
    own = SignedReading.from_json(reading(FROM + 500, 7, FINAL)).replace(meter=SELLER).to_json()
    node.store.update(NAME, phase="settling", reading=own, final_block=10)
    node.step()
    assert node.chain.done == ["settle"]
    node.chain.head = 10 + 6  # within the report window
    until(node, lambda: "close" in node.chain.done)
    assert node.chain.done.index("report") < node.chain.done.index("close")


def until(node: Node, ended: Callable[[], bool]) -> None:
    for _ in range(10):
        node.step()
        if ended():
            return
    raise AssertionError(f"still {node.row['phase']}, done: {node.chain.done}")
