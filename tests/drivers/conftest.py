"""Virtual boards inside the test's own process, on a clock that the test turns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.virtual import bus as bus_module
from drivers.virtual import gpio as gpio_module
from drivers.virtual.bus import VirtualBus
from drivers.virtual.clients import BusClient
from drivers.virtual.gpio import VirtualGPIO
from drivers.virtual.machine import Machine
from drivers.virtual.wire import HELLO
from tests.plant_process import PlantProcess, plant_process


@dataclass
class Clock:
    """Stands in for the module `time` where hardware code sleeps."""

    now_s: float = 1000.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@dataclass
class Bench:
    """A machine, its clock, and the wire protocol without a socket."""

    machine: Machine
    clock: Clock
    frames: list[bytes] = field(default_factory=list)

    def bus(self, board: str = "seller") -> VirtualBus:
        return VirtualBus("bench", board)

    def gpio(self, board: str = "seller") -> VirtualGPIO:
        return VirtualGPIO("bench", board)

    def client(self) -> BusClient:
        """The plant's end of a new connection."""
        return BusClient(_NoLink(), self.machine)

    def state(self, board: str = "seller") -> dict[str, Any]:
        state: dict[str, Any] = self.machine.state(self.clock.now_s)["boards"][board]
        return state

    def set(self, **values: float) -> None:
        """Dots are written as two underscores."""
        named = {path.replace("__", "."): value for path, value in values.items()}
        self.machine.change(named, self.clock.now_s)


class _NoLink:
    def recv(self, _size: int) -> bytes:
        raise AssertionError("no socket on the bench")

    def send(self, _data: bytes) -> int:
        raise AssertionError("no socket on the bench")


class Direct:
    """In place of wire.Connection: every frame goes straight to the plant's end."""

    def __init__(self, bench: Bench, board: str) -> None:
        self._bench, self._client = bench, bench.client()
        self.exchange(bytes((HELLO,)) + board.encode())

    def exchange(self, request: bytes) -> bytes:
        self._bench.frames.append(request)
        return self._client.answer(request, self._bench.clock.now_s)

    def close(self) -> None:
        pass


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Seed 1; `time.sleep` of the driver and of Adafruit's library turns the clock."""
    clock = Clock()
    made = Bench(Machine(seed=1, start_s=clock.now_s), clock)
    monkeypatch.setattr("adafruit_ads1x15.ads1x15.time", clock)
    monkeypatch.setattr("drivers.ads1115.time", clock)
    for module in (bus_module, gpio_module):
        monkeypatch.setattr(module, "Connection", lambda _path, board: Direct(made, board))
    return made


@pytest.fixture
def quiet(bench: Bench) -> Bench:
    """The same with an ideal seller's converter and sensors: no noise, no errors."""
    for chip in ("current", "voltage"):
        bench.set(**{f"seller.adc.{chip}.gain_error": 0.0, f"seller.adc.{chip}.offset_lsb": 0.0})
    bench.set(seller__divider__noise_v=0.0, seller__divider__top_ohm=30_000.0)
    bench.set(seller__divider__bottom_ohm=7_500.0, seller__acs712__drift__limit_v=0.0)
    bench.set(seller__acs712__sensor__noise_share=0.0, seller__acs712__sensor__offset_v=0.0)
    bench.set(seller__acs712__sensor__sensitivity_error=0.0)
    return bench


@pytest.fixture
def plant() -> Iterator[PlantProcess]:
    """A real plant process with seed 1."""
    with plant_process(seed=1) as process:
        yield process
