"""Back ends: real libraries in other processes, over lines that the test can look at."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.iio import Iio
from drivers.virtual.wire import GPIO, INPUT, OK, Connection
from tests.hardware.lines import ChipFile, RegisterFile
from tests.hardware.process import HandProcess, Setting
from tests.hardware.sysfs_tree import SysfsTree
from tests.hardware.workshop import build_shim, library, need_x86
from tests.plant_process import PlantProcess, plant_process

PI_4B = "Hardware\t: BCM2835\nRevision\t: c03112\nModel\t\t: Raspberry Pi 4 Model B Rev 1.2\n"
BACKENDS = ("virtual", "rpi", "lgpio", "gpiod", "sysfs")

Hands = Callable[[Setting], HandProcess]
Lines = ChipFile | RegisterFile | SysfsTree


class PlantLines:
    """The plant's lines, seen by a connection of the test's own."""

    def __init__(self, plant: PlantProcess) -> None:
        self._connection = Connection(plant.socket, "seller")

    def level(self, line: int) -> int:
        reply = self._connection.exchange(bytes((GPIO, INPUT, *line.to_bytes(2), 0)))
        assert reply[0] == OK
        return reply[1]


@pytest.fixture
def hands() -> Iterator[Hands]:
    """Starts processes; none is left over."""
    started: list[HandProcess] = []

    def start(setting: Setting) -> HandProcess:
        started.append(HandProcess(setting))
        return started[-1]

    yield start
    for hand in started:
        hand.kill()


@pytest.fixture(scope="session")
def cache(request: pytest.FixtureRequest) -> Path:
    """A folder that outlives the run (.pytest_cache)."""
    store = request.config.cache
    assert store is not None
    return Path(store.mkdir("hardware"))


@pytest.fixture(scope="session")
def shim(cache: Path) -> Path:
    """The shared object of tests/hardware/shim."""
    return build_shim(cache)


@pytest.fixture
def plant() -> Iterator[PlantProcess]:
    """A real plant process with seed 1."""
    with plant_process(seed=1) as process:
        yield process


def on_registers(cache: Path, shim: Path, place: Path) -> tuple[Setting, RegisterFile]:
    """The real RPi.GPIO on a Raspberry Pi 4B's registers."""
    need_x86()
    (place / "cpuinfo").write_text(PI_4B)
    registers = RegisterFile(place / "gpiomem")
    variables = {
        "EVLOCK_GPIOMEM": str(registers.path),
        "EVLOCK_CPUINFO": str(place / "cpuinfo"),
    }
    return Setting(["rpi"], [library(cache, "rpi")], shim, variables), registers


@pytest.fixture
def rpi(cache: Path, shim: Path, tmp_path: Path) -> tuple[Setting, RegisterFile]:
    """on_registers in the test's folder."""
    return on_registers(cache, shim, tmp_path)


@pytest.fixture(params=[False, True], ids=["keeping-kernel", "reverting-kernel"])
def reverts(request: pytest.FixtureRequest) -> bool:
    """Whether the chip's driver makes a released line an input."""
    return bool(request.param)


def on_chip(
    cache: Path, shim: Path, place: Path, name: str, reverts: bool
) -> tuple[Setting, ChipFile]:
    """gpiod, or rpi-lgpio as RPi.GPIO, on /dev/gpiochip0."""
    chip = ChipFile(place / "gpiochip", reverts)
    variables = {"EVLOCK_GPIOCHIP": str(chip.path), "RPI_LGPIO_REVISION": "c04170"}
    driver = {"lgpio": "rpi", "gpiod": "gpiod"}[name]
    return Setting([driver], [library(cache, name)], shim, variables), chip


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> tuple[Setting, Lines | PlantLines]:
    """Every way to a relay: how to start a process with it, and its lines."""
    if request.param == "virtual":
        plant: PlantProcess = request.getfixturevalue("plant")
        return Setting(["virtual", str(plant.socket)]), PlantLines(plant)
    return _real(request, str(request.param))


@pytest.fixture(params=BACKENDS[1:])
def real_backend(request: pytest.FixtureRequest) -> tuple[Setting, Lines]:
    """Without the plant's: these lines have a history and can be stuck."""
    return _real(request, str(request.param))


def _real(request: pytest.FixtureRequest, name: str) -> tuple[Setting, Lines]:
    place: Path = request.getfixturevalue("tmp_path")
    if name == "sysfs":
        return Setting(["sysfs", str(place)]), SysfsTree(place)
    if name == "rpi":
        setting, registers = request.getfixturevalue("rpi")
        return setting, registers
    cache, shim = request.getfixturevalue("cache"), request.getfixturevalue("shim")
    return on_chip(cache, shim, place, name, reverts=False)


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A converter with two channels, 12 bits over 1.8 V."""
    folder = tmp_path / "iio:device0"
    folder.mkdir()
    files = {"name": "adc", "in_voltage_scale": "0.439453125"}
    for name, text in {**files, "in_voltage0_raw": "2048", "in_voltage1_raw": "1000"}.items():
        (folder / name).write_text(f"{text}\n")
    return folder


def configured(device: Path, channel: int = 0) -> Iio:
    """A driver that has found the converter."""
    adc = Iio(str(device), channel=channel)
    adc.configure()
    return adc
