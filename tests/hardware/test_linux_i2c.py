"""smbus2 on /dev/i2c-1, the plant's chips behind it: values, and every way to get none."""

import sys
from pathlib import Path

import pytest

from drivers.errors import BusLibrary
from drivers.linux_i2c import LinuxI2C
from tests.hardware.conftest import Hands
from tests.hardware.process import Refused, Setting
from tests.hardware.workshop import library
from tests.plant_process import PlantProcess, plant_process, wait_until

CURRENT, VOLTAGE, NOBODY = 0x48, 0x49, 0x4A

# With nobody there, the buffer must stay as it was: zeros would be 0 V, a value.
READ_NOBODY = """
import errno
from drivers.linux_i2c import LinuxI2C
bus, buffer = LinuxI2C("/dev/i2c-1"), bytearray(b"as it was")
for read in (
    lambda: bus.readfrom_into(0x4a, buffer),
    lambda: bus.writeto_then_readfrom(0x4a, b"\\0", buffer, in_end=2),
    lambda: bus.writeto(0x4a, b""),
):
    try:
        read()
        print("no error")
    except OSError as error:
        print(errno.errorcode[error.errno], buffer.decode())
"""
PARTS_OF_BUFFERS = """
from drivers.linux_i2c import LinuxI2C
bus, buffer = LinuxI2C("/dev/i2c-1"), bytearray(b"......")
bus.writeto(0x48, b"??\\x03\\x12\\x34??", start=2, end=5)
bus.readfrom_into(0x48, buffer, start=1, end=3)
bus.writeto_then_readfrom(0x48, b"?\\x03?", buffer, out_start=1, out_end=2, in_start=4)
print(buffer)
print(bus.try_lock(), bus.try_lock(), bus.unlock(), bus.try_lock())
"""


@pytest.fixture
def setting(cache: Path, shim: Path, plant: PlantProcess) -> Setting:
    """smbus2 on the plant's bus; missing chips give EREMOTEIO."""
    variables = {"EVLOCK_I2C": str(plant.socket)}
    return Setting(["i2c", "/dev/i2c-1"], [library(cache, "smbus2")], shim, variables)


@pytest.fixture(params=["error", "short"])
def either_way(request: pytest.FixtureRequest, setting: Setting) -> Setting:
    """The same, with adapters that report a missing chip by an error or by a short count."""
    setting.variables["EVLOCK_I2C_NACK"] = str(request.param)
    return setting


def test_the_real_driver_reads_the_real_value(setting: Setting, hands: Hands) -> None:
    """12 V behind 30 k/7.5 k, and the sensor's middle at no current; copies differ by a few %."""
    hand = hands(setting)
    for address in (CURRENT, VOLTAGE):
        hand.do("configure", address)
    assert hand.do("read_v", VOLTAGE) == pytest.approx(2.4, rel=0.15)
    assert hand.do("read_v", CURRENT) == pytest.approx(2.5, rel=0.05)
    hand.do("check_config", CURRENT)
    assert hand.do("config_register", CURRENT) & 0x7FFF == 0x40E3


def test_every_chip_is_found(either_way: Setting, hands: Hands) -> None:
    assert hands(either_way).do("scan", 0) == [CURRENT, VOLTAGE]


def test_a_missing_chip_is_an_error_and_never_zeros(either_way: Setting, hands: Hands) -> None:
    done = either_way.run(READ_NOBODY)
    assert (done.stdout, done.stderr) == ("EREMOTEIO as it was\n" * 3, "")
    with pytest.raises(Refused, match="ADS1115 0x4a") as refused:
        hands(either_way).do("configure", NOBODY)
    assert refused.value.code == "ADC-NACK"


def test_parts_of_buffers_and_the_lock(setting: Setting) -> None:
    """Writes the chip's Hi_thresh register and reads it back, twice."""
    done = setting.run(PARTS_OF_BUFFERS)
    assert done.stdout == "bytearray(b'.\\x124.\\x124')\nTrue False None True\n", done.stderr


def test_a_bus_that_is_not_there(setting: Setting, hands: Hands) -> None:
    setting.arguments[1] = "/dev/i2c-9"
    with pytest.raises(Refused, match="/dev/i2c-9") as refused:
        hands(setting).do("configure", CURRENT)
    assert refused.value.code == "BUS-GONE"


def test_an_adapter_for_smbus_only(setting: Setting, hands: Hands) -> None:
    setting.variables["EVLOCK_I2C_FUNCS"] = "0"
    with pytest.raises(Refused, match="SMBus only") as refused:
        hands(setting).do("configure", CURRENT)
    assert refused.value.code == "BUS-GONE"


def test_an_adapter_that_goes_and_comes_back(
    cache: Path, shim: Path, tmp_path: Path, hands: Hands
) -> None:
    """A USB adapter pulled out: errors while it is gone, a new file when it is back."""
    variables = {"EVLOCK_I2C": str(tmp_path / "plant.sock")}
    setting = Setting(["i2c", "/dev/i2c-1"], [library(cache, "smbus2")], shim, variables)
    hand = hands(setting)
    with plant_process(folder=tmp_path) as plant:
        hand.do("configure", CURRENT)
        plant.kill()
        for _ in range(2):
            with pytest.raises(Refused):
                hand.do("configure", CURRENT)
    with plant_process(folder=tmp_path):

        def back() -> bool:
            try:
                hand.do("configure", CURRENT)
            except Refused as refused:
                assert refused.code == "BUS-GONE"
                return False
            return True

        wait_until(back, "the bus back")
        assert hand.do("read_v", CURRENT) == pytest.approx(2.5, rel=0.05)


def test_without_smbus2_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smbus2", None)
    with pytest.raises(BusLibrary, match="the extra pi, pi5 or linux expected"):
        LinuxI2C("/dev/i2c-1")
