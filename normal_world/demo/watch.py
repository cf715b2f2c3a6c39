"""Follows both nodes, plant and chain while the demo runs: fills the scene and the record."""

import threading
import time
from collections.abc import Callable
from typing import Any

from normal_world.chain.client import Chain
from normal_world.demo.feed import Events, Feed, Poll
from normal_world.demo.home import Home
from normal_world.demo.record import Movement, Record
from normal_world.demo.scene import MeterScene, Scene
from normal_world.errors import ChainError

NODES = ("seller", "buyer")
MAIN_RELAY = "main"
FAST_S, PICTURE_S, HEAD_S = 0.05, 0.25, 0.1


class Watch:
    """`on_delivery` is called once, with the moment of the first contact that closed."""

    def __init__(
        self,
        home: Home,
        chain: Chain,
        scene: Scene,
        record: Record,
        on_delivery: Callable[[float], None],
    ) -> None:
        self._scene, self._record, self._chain = scene, record, chain
        self._on_delivery: Callable[[float], None] | None = on_delivery
        self._since_s = time.monotonic()
        self._sequences: dict[tuple[str, str], set[int]] = {}
        plant = home.plant_control
        self._feeds: list[Feed] = [
            Poll(plant, FAST_S, {"events": self._take_contacts}),
            Poll(plant, PICTURE_S, {"state": self._take_plant}),
        ]
        for node in NODES:
            self._feeds += self._node_feeds(home, node)
        self._stopped = threading.Event()
        self._heads = threading.Thread(target=self._follow_head, name="heads", daemon=True)

    def start(self) -> None:
        """From now on; contacts that moved before do not belong to the trade."""
        self._since_s = time.monotonic()
        for feed in self._feeds:
            feed.start()
        self._heads.start()

    def stop(self) -> None:
        self._stopped.set()
        for feed in self._feeds:
            feed.stop()

    def _node_feeds(self, home: Home, node: str) -> list[Feed]:
        places, meter = home.places(node), self._scene.meters[node]
        return [
            Poll(places.socket("meterd"), PICTURE_S, {"status": lambda told: _status(meter, told)}),
            Events(places.socket("meterd"), lambda event: self._take_event(node, event)),
            Events(places.socket("noded"), lambda event: self._take_event(node, event)),
            Poll(
                places.socket("noded"),
                PICTURE_S,
                {"trades": lambda told: self._take_trades(node, told)},
            ),
        ]

    def _take_contacts(self, told: dict[str, Any]) -> None:
        moves = [
            Movement(event["time_s"], event["board"], event["closed"])
            for event in told["events"]
            if event["line"] == MAIN_RELAY and event["time_s"] >= self._since_s
        ]
        self._record.movements = moves
        closings = [move.time_s for move in moves if move.closed]
        if closings and self._on_delivery is not None:
            begin, self._on_delivery = self._on_delivery, None
            begin(min(closings))

    def _take_plant(self, told: dict[str, Any]) -> None:
        for target in (self._scene, self._record):
            target.sent_true_uwh = int(told["sent_true_uwh"])
            target.delivered_true_uwh = int(told["delivered_true_uwh"])

    def _take_event(self, node: str, event: dict[str, Any]) -> None:
        reading, meter = event.get("reading"), self._scene.meters[node]
        if event.get("type") == "reading" and reading is not None:
            meter.signed = self._seen(node, "signed", reading)
            if meter.reading is None or reading["sequence"] >= meter.reading["sequence"]:
                meter.reading, meter.energy_uwh = reading, reading["to"] - reading["from"]
        elif event.get("type") == "peer_reading" and reading is not None:
            meter.exchanged = self._seen(node, "exchanged", reading)

    def _seen(self, node: str, kind: str, reading: dict[str, Any]) -> int:
        sequences = self._sequences.setdefault((node, kind), set())
        sequences.add(int(reading["sequence"]))
        return len(sequences)

    def _take_trades(self, node: str, told: dict[str, Any]) -> None:
        for row in told["trades"]:
            self._record.trades[node] = row
            meter = self._scene.meters[node]
            meter.signed = max(meter.signed, row["signed"])
            meter.exchanged = max(meter.exchanged, row["exchanged"])
            if row["self_check"]:
                meter.self_check = row["self_check"]["verdict"]
            _money(self._scene, row)

    def _follow_head(self) -> None:
        while not self._stopped.wait(HEAD_S):
            try:
                self._scene.block = self._chain.head()
            except ChainError:
                continue  # killed on purpose, or about to be missed by those who need it
            self._record.heads.append((time.monotonic(), self._scene.block))


def _status(meter: MeterScene, told: dict[str, Any]) -> None:
    for name in ("voltage_v", "current_a", "power_w", "relay_closed", "state", "first_sample_s"):
        setattr(meter, name, told[name])
    if told.get("fault"):
        meter.state = "no samples"


def _money(scene: Scene, row: dict[str, Any]) -> None:
    scene.escrow = row["escrow"]
    scene.paid = row["paid"] if row["paid"] is not None else scene.paid
    scene.refunded = row["refunded"] if row["refunded"] is not None else scene.refunded
