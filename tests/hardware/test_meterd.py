"""evlock-meterd as a board runs it: shipped board files, real libraries, devices of the shim."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.virtual.sysfs import VirtualSysfs
from firmware.board_file import read_board
from firmware.jsonrpc import Client
from tests.hardware.conftest import Hands, on_chip, on_registers
from tests.hardware.lines import ChipFile, RegisterFile
from tests.hardware.process import Setting
from tests.hardware.workshop import library
from tests.plant_process import LIMIT_S, ROOT, PlantProcess, plant_process, wait_until

HIGH, LOW = 1, 0
LIMITS = "[limits]\nmax_trade_uwh = 100000\nmax_day_uwh = 1000000\nmax_current_a = 5.0\n"
BOARDS = ("raspberry-pi-4b", "raspberry-pi-5", "generic-linux", "artik-710s")

OPEN_RELAYS = """
import sys
from firmware.main import main
sys.exit(main(["--open-relays", "--board", sys.argv[1]]))
"""


class KernelLines:
    """The plant's exported lines, by the files that its kernel shows."""

    def __init__(self, plant: PlantProcess) -> None:
        self._files = VirtualSysfs(plant.socket, "seller")

    def level(self, line: int) -> int:
        return int(self._files.read(f"/sys/class/gpio/gpio{line}/value"))

    def is_output(self, line: int) -> bool:
        return self._files.read(f"/sys/class/gpio/gpio{line}/direction").strip() == "out"


@dataclass
class Rig:
    """One board: what its programs run with, and its two lines."""

    setting: Setting
    pins: ChipFile | RegisterFile | KernelLines
    plant: PlantProcess
    home: Path
    lines: tuple[int, int]

    def state(self) -> list[tuple[bool, int]]:
        """(output, level) of main relay and reference load."""
        return [(self.pins.is_output(line), self.pins.level(line)) for line in self.lines]

    @property
    def board_file(self) -> Path:
        return self.home / "etc/board.toml"

    @contextmanager
    def meterd(self) -> Iterator[tuple[subprocess.Popen[str], Client]]:
        """The daemon, measuring; killed at the end if it still runs."""
        process = subprocess.Popen(
            [sys.executable, "-m", "firmware.main"],
            env={**self.setting.environment(), "EVLOCK_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            with closing(Client(self.home / "run" / "meterd.sock", LIMIT_S)) as client:
                wait_until(lambda: client.call("status")["voltage_v"], "a sample")
                yield process, client
        finally:
            process.kill()
            process.wait(LIMIT_S)
            process.stdout.close()


@pytest.fixture(params=BOARDS)
def rig(request: pytest.FixtureRequest, cache: Path, shim: Path, tmp_path: Path) -> Iterator[Rig]:
    """A shipped board file, unchanged; its converters are the plant's, at its addresses."""
    name = str(request.param)
    shipped = ROOT / f"board_configs/{name}.toml"
    config = read_board(shipped)
    with (
        tempfile.TemporaryDirectory(prefix="evh") as home,
        plant_process(options=["--board", f"seller={shipped}"]) as plant,
    ):
        etc = Path(home) / "etc"
        etc.mkdir()
        (etc / "board.toml").write_bytes(shipped.read_bytes())
        (etc / "node.toml").write_text(LIMITS)
        pins: ChipFile | RegisterFile | KernelLines
        if name == "raspberry-pi-4b":
            setting, pins = on_registers(cache, shim, tmp_path)
        elif name == "artik-710s":
            setting, pins = Setting(["sysfs"], shim=shim), KernelLines(plant)
        else:
            driver = "gpiod" if config.gpio.driver == "gpiod" else "lgpio"
            setting, pins = on_chip(cache, shim, tmp_path, driver, reverts=False)
        setting.libraries.append(library(cache, "smbus2"))
        for device in ("EVLOCK_I2C", "EVLOCK_SYSFS"):
            setting.variables[device] = str(plant.socket)
        lines = config.relay.line, config.reference.line.line
        yield Rig(setting, pins, plant, Path(home), lines)


def test_it_measures_and_keeps_its_relays_open(rig: Rig) -> None:
    with rig.meterd() as (process, client):
        true_v = rig.plant.call("state")["boards"]["seller"]["voltage_v"]
        assert client.call("status")["voltage_v"] == pytest.approx(true_v, rel=0.1)
        assert rig.state() == [(True, HIGH), (True, HIGH)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0
    assert rig.state() == [(True, HIGH), (True, HIGH)]


def test_converters_that_die_are_a_fault_and_never_a_value(rig: Rig) -> None:
    with rig.meterd() as (_, client):
        rig.plant.kill()
        wait_until(lambda: client.call("status")["fault"], "the fault")
        status = client.call("status")
        assert status["voltage_v"] is None
        assert str(status["fault"]).startswith(("BUS-GONE", "ADC-STUCK", "ADC-ABSENT", "RELAY"))


def test_what_comes_after_a_kill_opens_both_relays(rig: Rig, hands: Hands) -> None:
    """ExecStopPost, with both lines left closed by what was killed."""
    hand = hands(rig.setting)
    for line in rig.lines:
        hand.do("make", line, True)
        hand.do("close", line)
    hand.kill()
    assert rig.state() == [(True, LOW), (True, LOW)]
    done = rig.setting.run(OPEN_RELAYS, str(rig.board_file))
    assert (done.returncode, done.stderr) == (0, "")
    assert rig.state() == [(True, HIGH), (True, HIGH)]
