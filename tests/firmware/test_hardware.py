"""Every shipped board put together on the plant's parts; samples that must not be believed."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

import board_configs
from firmware.board import BoardConfig
from firmware.board_file import read_board
from firmware.converters import Continuous, Overlapped
from firmware.domain.energy import EnergyMeter
from firmware.domain.guard import Guard
from firmware.hardware import SATURATED, Hardware, RawSample, assemble
from firmware.metering import meter_of
from firmware.sampler import DISCARDED_MAX, Sampler
from tests.plant_process import plant_process


def board_of(text: str, folder: Path) -> tuple[BoardConfig, list[str]]:
    """The buyer's board on a plant in `folder`, and that plant's options."""
    options = []
    for name in ("seller", "buyer"):
        file = folder / f"{name}.toml"
        file.write_text(board_configs.with_plant(text, folder / "plant.sock", name), "utf-8")
        options.append(f"--board={name}={file}")
    return read_board(folder / "buyer.toml"), options


def one_chip(text: str) -> str:
    """Both channels at one ADS1115, the voltage at AIN1."""
    begin, end = text.index("[adc.voltage]"), text.index("[sensor.current]")
    part = text[begin:end].replace("0x49", "0x48").replace("channel = 0", "channel = 1")
    return text[:begin] + part + text[end:]


ON_I2C = [name for name in board_configs.names() if "ads1115" in board_configs.text(name)]


@pytest.mark.parametrize(
    ("name", "change"),
    [*((name, str) for name in board_configs.names()), *((name, one_chip) for name in ON_I2C)],
)
def test_a_board_measures(name: str, change: Callable[[str], str], tmp_path: Path) -> None:
    text = board_configs.text(name)
    board, options = board_of(change(text), tmp_path)
    with plant_process(folder=tmp_path, options=options):
        hardware = assemble(board)
        hardware.configure()
        hardware.check()
        kind = Overlapped if change is one_chip or board.mains.alternates else Continuous
        assert type(hardware.converters) is kind
        samples = [hardware.read() for _ in range(200)]
        found = [sample for sample in samples if sample is not None]
        volts = [sample.voltage_v for sample in found]
        assert len(found) > 20
        assert all(abs(sample.current_a) < 0.8 and not sample.saturated for sample in found)
        nominal_v = board.mains.nominal_v
        rms_v = (sum(value * value for value in volts) / len(volts)) ** 0.5
        assert rms_v == pytest.approx(nominal_v, rel=0.35)
        assert (min(volts) < 0.0) == board.mains.alternates
        assert isinstance(meter_of(board, hardware), EnergyMeter) != board.mains.alternates


class Parts:
    """Hardware that gives what a test wants, a millisecond apart; opening is remembered."""

    period_s = 1e-4

    def __init__(self) -> None:
        self.number, self.saturated, self.known = 0, "", True
        self.opened = threading.Event()
        self.relay = self

    def configure(self) -> None:
        """Nothing to set."""

    def check(self) -> None:
        """Nothing changes."""

    def read(self) -> RawSample | None:
        self.number += 1
        time_s, amps = 1e-3 * self.number, 0.01 * (self.number % 7)
        return RawSample(time_s, 12.0 + amps, amps, 0.0, self.saturated) if self.known else None

    def open_all(self) -> None:
        self.opened.set()

    open = close = open_all


@contextmanager
def closed(parts: Parts) -> Iterator[tuple[Sampler, "Future[str]"]]:
    """A sampler whose relay is closed, and why it opened it."""
    why: Future[str] = Future()

    def tripped(reason: str, _time_s: float, _detail: str) -> None:
        if not why.done():
            why.set_result(reason)

    sampler = Sampler(cast(Hardware, parts), tripped)
    sampler.start()
    try:
        sampler.do(lambda: sampler.close_relay(Guard(10.0, 1))).result(10)
        parts.opened.clear()
        yield sampler, why
    finally:
        sampler.halt()
        sampler.join(10)


def test_a_saturated_sample_opens_the_relay() -> None:
    parts = Parts()
    with closed(parts) as (_, why):
        parts.saturated = SATURATED.format("current")
        assert why.result(10) == "saturated: the current channel is at the end of its range"
        assert parts.opened.is_set()


def test_samples_of_unknown_moment_are_missing_and_too_many_are_a_gap() -> None:
    parts = Parts()
    with closed(parts) as (sampler, why):
        parts.known = False
        assert why.result(10) == "gap"
        assert parts.opened.is_set()
        assert sampler.discarded >= DISCARDED_MAX
        assert sampler.fault.startswith("METER-GAP")
