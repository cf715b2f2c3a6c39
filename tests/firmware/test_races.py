"""Between the event loop and the sampling thread: what arrives in the middle of something else."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest

from drivers.errors import BusError
from firmware.active import Active
from firmware.domain.calibration import Calibration
from firmware.domain.delivery import IMPORT, Delivery, Phase, Rules
from firmware.domain.energy import EnergyMeter
from firmware.domain.guard import Guard
from firmware.errors import MeteringGap
from firmware.hardware import Hardware, RawSample
from firmware.sampler import Collector, Sampler
from firmware.secured import Secured
from firmware.store import Store
from firmware.trader import Trader
from secure_world.protocol import DELIVERING, FINAL, SignedReading, SignedReady, Terms

TERMS = Terms(int("11" * 20, 16) << 64, b"\x22" * 20, 100_000, 10**17, 1)
CHAIN, MARKET = 1337, bytes(range(20))
TRADE = TERMS.trade_id(CHAIN, MARKET)


class Relay:
    """The sampler's relay side; `closing` runs while the relay is being closed."""

    window = None
    fault = ""
    calibration = Calibration()

    def __init__(self, closing: Callable[[], None] = lambda: None) -> None:
        self.meter = EnergyMeter()
        self.closing = closing
        self.guard: Guard | None = None
        self.failures: list[Exception] = []

    def do(self, action: Callable[[], Any]) -> "Future[Any]":
        future: Future[Any] = Future()
        if self.failures:
            future.set_exception(self.failures.pop())
        else:
            future.set_result(action())
        return future

    def close_relay(self, guard: Guard) -> None:
        self.guard = guard
        self.closing()

    def open_relay(self) -> None:
        self.guard = None

    def stop_counting(self) -> None:
        """Nothing is counted here."""

    def totals(self) -> tuple[int, int]:
        return 0, 0

    def collect(self, seconds: float) -> "Future[Collector]":
        found = Collector(seconds)
        found.done.set_result(found)
        return found.done


class World:
    """Signs at once; `finals` remembers whether the relay was closed at each FINAL."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.finals: list[bool] = []

    async def sign_reading(self, trade: bytes, final: bool, *_totals: int) -> SignedReading:
        if final:
            self.finals.append(self.relay.guard is not None)
        state = FINAL if final else DELIVERING
        return SignedReading(trade, b"\x22" * 20, 0, 0, 1, state, bytes(64))


def trader(relay: Relay, folder: Path) -> tuple[Trader, World]:
    """A trader in the moment before the relay closes."""
    store = Store(folder / "meterd.sqlite")
    terms = TERMS.to_json()
    store.open_trade("0x" + TRADE.hex(), terms=terms, chain_id=CHAIN, market="0x", self_check={})
    world = World(relay)
    made = Trader(
        cast(Sampler, relay), cast(Secured, world), store, 10.0, 1.0, lambda *_a, **_k: None
    )
    ready = SignedReady(TRADE, b"\x22" * 20, 0, bytes(32), bytes(64))
    made.active = Active(TERMS, CHAIN, MARKET, Delivery(IMPORT, 100_000, Rules()), ready, 0)
    heard = SignedReading(TRADE, b"\x11" * 20, 0, 0, 1, DELIVERING, bytes(64))
    made.active.peer_reading = heard  # the seller has closed
    return made, world


async def run_until(made: Trader, ended: Callable[[], bool]) -> None:
    """Run the trader until `ended`; raises what ends it before."""
    running = asyncio.create_task(made.run())
    try:
        async with asyncio.timeout(10):
            while not ended():
                await asyncio.wait({running}, timeout=0.01)
                if running.done():
                    running.result()
    finally:
        running.cancel()


def test_a_stop_while_the_relay_closes_opens_it_before_final(tmp_path: Path) -> None:
    async def scene() -> None:
        relay = Relay()
        made, world = trader(relay, tmp_path)
        assert made.active is not None
        delivery = made.active.delivery
        relay.closing = lambda: delivery.end("counterpart ended at 0 µWh")
        delivery.peer_ready = True
        made.start("0x" + TRADE.hex())
        await run_until(made, lambda: made.active is None)
        assert world.finals == [False], "FINAL was signed while the relay was closed"
        assert relay.guard is None, "the relay stays closed after FINAL"

    asyncio.run(scene())


def test_a_gap_while_a_reading_is_due_ends_no_daemon(tmp_path: Path) -> None:
    async def scene() -> None:
        relay = Relay()
        made, _world = trader(relay, tmp_path)
        assert made.active is not None
        delivery = made.active.delivery
        relay.closing = lambda: relay.failures.append(MeteringGap("no sample for 0.700 s"))
        delivery.peer_ready = True
        made.start("0x" + TRADE.hex())
        await run_until(made, lambda: made.active is not None and made.active.reading is not None)
        assert delivery.phase is Phase.DELIVERING

    asyncio.run(scene())


class Chips:
    """Hardware whose bus can be made to hang, and then to fail."""

    def __init__(self) -> None:
        self.hangs, self.goes_on = threading.Event(), threading.Event()
        self.held, self.dead = False, False
        self.period_s = 0.001

    def configure(self) -> None:
        """Nothing to set."""

    def check(self) -> None:
        """Nothing changes."""

    def open_all(self) -> None:
        """No relay."""

    def read(self) -> RawSample:
        if self.held:
            self.hangs.set()
            self.goes_on.wait(10)
            self.held = False
            if self.dead:
                self.dead = False
                raise BusError("gone")
        return RawSample(time.monotonic(), 12.0, 0.0)


@pytest.mark.parametrize("dead", [False, True])
@pytest.mark.parametrize("kind", ["measurement", "work"])
def test_sampling_outlives_a_caller_that_gave_up(kind: str, dead: bool) -> None:
    """A self-check that was cut short after its time must not take the sampling with it."""
    chips = Chips()
    sampler = Sampler(cast(Hardware, chips), lambda *_a: None)
    sampler.start()
    try:
        waiting = sampler.collect(60.0 if dead else 0.0) if kind == "measurement" else None
        sampler.do(lambda: None).result(10)  # by now the measurement is under way
        chips.dead, chips.held = dead, True
        assert chips.hangs.wait(10)
        given_up: Future[Any] = waiting or sampler.do(lambda: None)
        given_up.cancel()
        chips.goes_on.set()
        again = sampler.do(lambda: "done")
        if dead:
            with suppress(BusError):  # or not: the fault may have been over before it was asked
                again.result(10)
            again = sampler.do(lambda: "done")
        assert again.result(10) == "done"
    finally:
        sampler.halt()
        chips.goes_on.set()
        sampler.join(10)
