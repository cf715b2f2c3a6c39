"""The plant wired after board files: addresses, channels, lines, polarity, kernel files."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.acs712 import ACS712
from drivers.ads1115 import ADS1115
from drivers.divider import Divider
from drivers.errors import WiringError
from drivers.relay import Relay
from drivers.virtual import sysfs as sysfs_module
from drivers.virtual.machine import Machine
from drivers.virtual.sysfs import VirtualSysfs
from drivers.virtual.wiring import DEFAULT, read_wiring
from tests.drivers.board_files import BOARD, IIO_BOARD, written
from tests.drivers.conftest import Bench, Direct
from tests.plant_process import plant_process

GPIO = "/sys/class/gpio"
IIO = "/sys/bus/iio/devices/iio:device0"
Rewire = Callable[..., Bench]


@pytest.fixture
def rewire(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rewire:
    """The bench with its seller wired after a board file's text."""
    monkeypatch.setattr(sysfs_module, "Connection", lambda _path, board: Direct(bench, board))

    def wired(text: str, seed: int = 1) -> Bench:
        wiring = read_wiring(written(tmp_path, text))
        others = {} if wiring.nominal_v == DEFAULT.nominal_v else {"buyer": wiring}
        bench.machine = Machine(seed, bench.clock.now_s, {"seller": wiring, **others})
        return bench

    return wired


def raised(call: Callable[..., Any], *arguments: str) -> int | None:
    with pytest.raises(OSError) as caught:
        call(*arguments)
    return caught.value.errno


def test_the_default_file_is_the_default_wiring(tmp_path: Path) -> None:
    assert read_wiring(written(tmp_path, BOARD)) == DEFAULT
    of_file = Machine(7, 0.0, {"seller": read_wiring(written(tmp_path, BOARD))})
    assert of_file.parameters() == Machine(7, 0.0).parameters()


def test_chips_sit_where_the_file_says(rewire: Rewire) -> None:
    text = (
        BOARD.replace("0x48", "0x4A").replace("0x49", "0x4B").replace("channel = 0", "channel = 2")
    )
    bench = rewire(text)
    assert bench.bus().scan() == [0x4A, 0x4B]
    adc = ADS1115(bench.bus(), 0x4B, channel=2)
    adc.configure()
    volts = Divider(30_000.0, 7_500.0).voltage_v(adc.read_v())
    assert volts == pytest.approx(bench.state()["voltage_v"], rel=0.02)
    assert bench.bus("buyer").scan() == [0x48, 0x49]


def test_one_chip_with_both_sensors(rewire: Rewire) -> None:
    bench = rewire(BOARD.replace("0x49", "0x48").replace("channel = 0 #v", "channel = 1"))
    assert bench.bus().scan() == [0x48]
    Relay(bench.gpio(), 27).close()
    bench.clock.sleep(0.1)
    true = bench.state()
    found = []
    for channel in (0, 1):
        adc = ADS1115(bench.bus(), 0x48, channel=channel)
        adc.configure()
        found.append(adc.read_v())
    assert ACS712(20).current_a(found[0]) == pytest.approx(true["current_a"], abs=0.55)
    assert found[1] * 5.0 == pytest.approx(true["voltage_v"], rel=0.02)


def test_lines_and_polarity(rewire: Rewire) -> None:
    text = BOARD.replace("line = 17", "line = 128").replace(
        "active_low = true #m", "active_low = false"
    )
    bench = rewire(text)
    gpio = bench.gpio()
    assert bench.machine.boards["seller"].gpio.level(128) == 0
    assert not bench.state()["relay_closed"]
    relay = Relay(gpio, 128, active_low=False)
    relay.close()
    bench.clock.sleep(0.02)
    assert bench.state()["relay_closed"]
    gpio.cleanup()  # an input again: pulled low, so open
    bench.clock.sleep(0.02)
    assert not bench.state()["relay_closed"]


def test_sensor_parts_and_reference_load_are_the_files(rewire: Rewire) -> None:
    text = BOARD.replace("variant_a = 20", "variant_a = 5").replace("ohm = 10.0", "ohm = 22.0")
    parameters = rewire(text, seed=3).machine.parameters()["parameters"]
    assert parameters["seller.acs712.sensor.variant_a"] == 5
    assert parameters["seller.reference_load.ohm"] == pytest.approx(22.0, rel=0.015)
    assert parameters["buyer.reference_load.ohm"] == pytest.approx(10.0, rel=0.015)


def test_a_board_of_24_volts(rewire: Rewire) -> None:
    bench = rewire(BOARD.replace("nominal_v = 12.0", "nominal_v = 24.0"))
    assert 23.0 < bench.state()["voltage_v"] < 27.0


def test_boards_on_one_line_hang_on_the_same_mains(tmp_path: Path) -> None:
    other = read_wiring(written(tmp_path, BOARD.replace("nominal_v = 12.0", "nominal_v = 24.0")))
    with pytest.raises(WiringError, match="seller dc 24 V 0 Hz, buyer dc 12 V 0 Hz"):
        Machine(1, 0.0, {"seller": other})


def test_iio_reads_the_sensor_through_its_divider(rewire: Rewire) -> None:
    bench = rewire(IIO_BOARD)
    files = VirtualSysfs("bench", "seller")
    assert bench.bus().scan() == []
    assert files.read(f"{IIO}/name") == "virtual-adc\n"
    millivolts = float(files.read(f"{IIO}/in_voltage_scale"))
    assert millivolts == pytest.approx(1800 / 4096)
    raw = [int(files.read(f"{IIO}/in_voltage{n}_raw")) for n in range(3)]
    assert raw[0] * millivolts / 1e3 * 3.0 == pytest.approx(2.5, abs=0.08)
    true_v = bench.state()["voltage_v"]
    assert raw[1] * millivolts / 1e3 * 10.0 == pytest.approx(true_v, rel=0.03)
    assert raw[2] < 10


def test_a_kernel_that_does_not_tell_the_scale(rewire: Rewire) -> None:
    rewire(IIO_BOARD.replace('chip = "iio"', 'chip = "iio"\nscale_mv = 1.0\nraw_max = 1023'))
    files = VirtualSysfs("bench", "seller")
    assert raised(files.read, f"{IIO}/in_voltage_scale") == errno.ENOENT
    raw = int(files.read(f"{IIO}/in_voltage0_raw"))
    assert raw * 1e-3 * 3.0 == pytest.approx(2.5, abs=0.1)


def test_iio_files_fail_as_the_kernels_do(rewire: Rewire) -> None:
    rewire(IIO_BOARD)
    files = VirtualSysfs("bench", "seller")
    assert raised(files.read, f"{IIO}/in_voltage77_raw") == errno.ENOENT
    assert raised(files.read, "/sys/bus/iio/devices/iio:device1/in_voltage0_raw") == errno.ENOENT
    assert raised(files.write, f"{IIO}/in_voltage0_raw", "1") == errno.EACCES
    assert raised(files.read, "/" + "x" * 400) == errno.ENAMETOOLONG


def test_gpio_files_drive_the_relay(rewire: Rewire) -> None:
    bench = rewire(IIO_BOARD)
    files = VirtualSysfs("bench", "seller")
    assert raised(files.read, f"{GPIO}/gpio128/value") == errno.ENOENT
    files.write(f"{GPIO}/export", "128")
    assert files.read(f"{GPIO}/gpio128/direction") == "in\n"
    assert files.read(f"{GPIO}/gpio128/value") == "0\n"  # active high: pulled low
    assert raised(files.write, f"{GPIO}/gpio128/value", "1") == errno.EPERM
    files.write(f"{GPIO}/gpio128/direction", "low")
    assert not bench.state()["relay_closed"]
    files.write(f"{GPIO}/gpio128/value", "1\n")
    bench.clock.sleep(0.02)
    assert bench.state()["relay_closed"]
    again = VirtualSysfs("bench", "seller")  # another process: still exported, still driven
    assert raised(again.write, f"{GPIO}/export", "128") == errno.EBUSY
    assert again.read(f"{GPIO}/gpio128/value") == "1\n"
    again.write(f"{GPIO}/unexport", "128")
    bench.clock.sleep(0.02)
    assert not bench.state()["relay_closed"]
    assert raised(again.read, f"{GPIO}/gpio128/value") == errno.ENOENT


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("export", "9999"),
        ("export", "x"),
        ("unexport", "5"),
        ("gpio128/direction", "up"),
        ("gpio128/value", "on"),
    ],
)
def test_what_the_kernel_does_not_take_is_invalid(rewire: Rewire, file: str, text: str) -> None:
    rewire(IIO_BOARD)
    files = VirtualSysfs("bench", "seller")
    files.write(f"{GPIO}/export", "128")
    files.write(f"{GPIO}/gpio128/direction", "high")
    assert raised(files.write, f"{GPIO}/{file}", text) == errno.EINVAL
    assert raised(files.read, f"{GPIO}/export") == errno.EACCES


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("nominal_v = 12.0", "", "board.nominal_v: nothing given"),
        ("line = 17", 'line = "x"', "relay.line: 'x' given, int expected"),
        ("line = 17", "line = 4000", "relay.line: 4000 given, 0 to 1023 expected"),
        (
            'mains = "dc"',
            'mains = "3phase"',
            'board.mains: \'3phase\' given, "dc" or "ac" expected',
        ),
        ('mains = "dc"', 'mains = "ac"', "sensor.voltage.kind"),
        ("ohm = 10.0", "ohm = 0.0", "reference_load.ohm: 0.0 given, a number above 0 expected"),
        ("[board]", "[board", "a board file expected"),
    ],
)
def test_a_file_that_cannot_be_wired_says_where(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    path = written(tmp_path, BOARD.replace(old, new))
    with pytest.raises(WiringError) as caught:
        read_wiring(path)
    assert key in str(caught.value)
    assert str(path) in str(caught.value)


def test_every_board_of_the_project_runs_on_the_plant() -> None:
    paths = sorted((Path(__file__).resolve().parents[2] / "board_configs").glob("*.toml"))
    assert paths
    for path in paths:
        wiring = read_wiring(path)
        made = Machine(1, 0.0, {"seller": wiring, "buyer": wiring})
        volts = made.state(1.0)["boards"]["seller"]["voltage_v"]
        assert volts == pytest.approx(wiring.nominal_v, rel=0.1)


def test_a_process_wired_by_its_command_line(tmp_path: Path) -> None:
    path = written(tmp_path, IIO_BOARD)
    with plant_process(options=["--board", f"buyer={path}"]) as plant:
        files = VirtualSysfs(plant.socket, "buyer")
        assert files.read(f"{IIO}/name") == "virtual-adc\n"
        files.write(f"{GPIO}/export", "128")
        assert files.read(f"{GPIO}/gpio128/direction") == "in\n"
        assert raised(VirtualSysfs(plant.socket, "seller").read, f"{IIO}/name") == errno.ENOENT
