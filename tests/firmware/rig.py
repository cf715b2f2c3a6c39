"""A real meterd over a real plant and a real secure world; the counterpart is played by the test.

The node under test is the plant's buyer. The seller's relay is moved by the test itself, and its
readings are signed by a secure world of its own, from the plant's true energy.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import board_configs
from drivers.relay import Relay
from drivers.virtual.gpio import VirtualGPIO
from firmware.jsonrpc import Client
from secure_world.protocol import EXPORT, OpenTrade, Terms
from tests.plant_process import ROOT, PlantProcess, plant_process, wait_until
from tests.secure_world import owner
from tests.secure_world.process import Secured

CHAIN, MARKET = 1337, bytes(range(20))
LIMITS = "[limits]\nmax_trade_uwh = {trade}\nmax_day_uwh = {day}\nmax_current_a = {current}\n"


@dataclass
class Rig:
    """`home` is the buyer's; `meterd` is started by `start`."""

    home: Path
    plant: PlantProcess
    secured: Secured
    seller: Secured
    process: subprocess.Popen[str] | None = None
    options: tuple[str, ...] = ()  # of meterd, from the next start on
    client: Client = field(init=False)
    events: Client = field(init=False)
    admin: Client = field(init=False)
    seller_relay: Relay = field(init=False)

    def start(self) -> None:
        """Start meterd and subscribe to its events."""
        with (self.home / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "firmware.main", *self.options],
                cwd=ROOT,
                env={**os.environ, "EVLOCK_HOME": str(self.home)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", (self.home / "log").read_text()
        path = self.home / "run" / "meterd.sock"
        self.client, self.events = Client(path, 30), Client(path, 30)
        self.admin = Client(self.home / "run" / "meterd-admin.sock", 30)
        self.events.call("subscribe")

    def kill(self) -> None:
        """SIGKILL meterd."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.client.close()
        self.events.close()
        self.admin.close()

    def event(self, kind: str) -> dict[str, Any]:
        """The next event of a kind."""
        while True:
            params = self.events.receive()["params"]
            if params["type"] == kind:
                return dict(params)

    def status(self) -> dict[str, Any]:
        return dict(self.client.call("status"))

    def terms(self, amount_uwh: int = 10_000, salt: int = 1) -> Terms:
        seller, buyer = self.seller.meter.info().meter, self.secured.meter.info().meter
        assert seller is not None and buyer is not None
        return Terms(int.from_bytes(seller, "big") << 64 | 1, buyer, amount_uwh, 10**17, salt)

    def prepare(self, terms: Terms) -> dict[str, Any]:
        """The buyer's Ready, after its self-check."""
        wait_until(lambda: self.status()["voltage_v"], "a first sample")
        return dict(
            self.client.call(
                "trade.prepare",
                terms=terms.to_json(),
                chain_id=CHAIN,
                market="0x" + MARKET.hex(),
            )
        )

    def seller_ready(self, terms: Terms) -> dict[str, Any]:
        """The seller's Ready, signed by its own secure world."""
        trade = terms.trade_id(CHAIN, MARKET)
        request = OpenTrade(
            CHAIN, MARKET, trade, EXPORT, terms.amount_uwh, terms.buyer_meter, bytes(32)
        )
        return self.seller.meter.open_trade(request).to_json()

    def seller_reading(self, terms: Terms, final: bool = False) -> dict[str, Any]:
        """The seller's reading of now: the plant's truth."""
        sent = self.plant.call("state")["sent_true_uwh"]
        trade = terms.trade_id(CHAIN, MARKET)
        return self.seller.meter.sign_reading(trade, final, 7, 0, sent).to_json()

    def begin(self, terms: Terms) -> None:
        """Ready both ways, escrow final, the seller's first reading: the buyer's relay closes."""
        self.prepare(terms)
        self.client.call("trade.peer_ready", ready=self.seller_ready(terms))
        self.client.call("trade.start", trade=self.trade(terms))
        self.client.call("trade.peer_reading", reading=self.seller_reading(terms))

    def trade(self, terms: Terms) -> str:
        return "0x" + terms.trade_id(CHAIN, MARKET).hex()

    def feed(self, terms: Terms) -> dict[str, Any]:
        """Answer every own reading with the seller's, until the own FINAL; which is returned."""
        while True:
            reading = dict(self.event("reading")["reading"])
            if reading["state"] == 1:
                self.seller_reading(terms, final=True)
                return reading
            self.client.call("trade.peer_reading", reading=self.seller_reading(terms))

    def relay_closed(self) -> bool:
        return bool(self.plant.call("state")["boards"]["buyer"]["relay_closed"])

    def movements(self) -> list[tuple[float, bool]]:
        """(monotonic seconds, closed) of the buyer's main relay."""
        events = self.plant.call("events")["events"]
        return [
            (e["time_s"], e["closed"])
            for e in events
            if e["board"] == "buyer" and e["line"] == "main"
        ]

    def calibrate(self) -> None:
        wait_until(lambda: self.status()["voltage_v"], "a first sample")
        self.admin.call("calibrate.zero", seconds=1.0)
        self.admin.call("reference_load", closed=True)
        self.event_free_wait()
        shown = self.plant.call("instrument", {"board": "buyer", "seconds": 0.2})
        self.admin.call("calibrate.load", seconds=1.0, **shown)

    def event_free_wait(self) -> None:
        """Until the load has been on for as long as the instrument averages."""
        start = self.plant.call("state")["time_s"]
        wait_until(lambda: self.plant.call("state")["time_s"] > start + 0.25, "time passes")


@contextmanager
def rig(seed: int = 5, marks: int = 0, **limits: float) -> Iterator[Rig]:
    """Everything but meterd runs; the board is the shipped virtual one.

    `marks`: findings (bits) that destroy the keys, by the owners' policies.
    """
    with plant_process(seed=seed) as plant:
        folder = plant.socket.parent
        home, other = folder / "b", folder / "s"
        for place in (home, other):
            (place / "etc").mkdir(parents=True)
            (place / "run").mkdir()
        with Secured(home) as secured, Secured(other) as seller:
            for world, place in ((secured, home), (seller, other)):
                world.run = place / "run"
                assert world.start()
                world.admin.provision(12, "", 250)
                law = owner.law(chain_id=CHAIN, market=MARKET, tamper_marks=marks)
                owner.take(world.admin, law)
            made = Rig(home, plant, secured, seller)
            _write(made, limits)
            gpio = VirtualGPIO(plant.socket, "seller")
            made.seller_relay = Relay(gpio, 17, active_low=True)
            made.start()
            try:
                yield made
            finally:
                made.kill()


def _write(made: Rig, limits: dict[str, float]) -> None:
    board = board_configs.virtual(made.plant.socket, "buyer")
    (made.home / "etc" / "board.toml").write_text(board, encoding="utf-8")
    seller = made.seller.meter.info().meter
    assert seller is not None
    chosen = {"trade": 10**6, "day": 10**6, "current": 10.0, **limits}
    text = LIMITS.format(**chosen) + f'[meters]\nenrolled = ["0x{seller.hex()}"]\n'
    (made.home / "etc" / "node.toml").write_text(text, encoding="utf-8")
