"""Industrial I/O on real files: volts by the kernel's rule."""

from pathlib import Path

import pytest

from drivers.errors import AdcAbsent, AdcError, AdcNotConfigured
from drivers.iio import Iio
from drivers.virtual.sysfs import VirtualSysfs
from firmware.board_file import read_board
from tests.hardware.conftest import configured
from tests.plant_process import ROOT, plant_process

SCALE_MV = 1800 / 4096


def test_volts_are_raw_times_scale(device: Path) -> None:
    assert configured(device).read_v() == pytest.approx(0.9)
    assert configured(device, 1).read_v() == pytest.approx(1.0 * SCALE_MV)


def test_a_channels_own_scale_and_offset_count(device: Path) -> None:
    """(1000 - 24) x 0.5 mV."""
    (device / "in_voltage1_scale").write_text("0.500000000\n")
    (device / "in_voltage1_offset").write_text("-24\n")
    assert configured(device, 1).read_v() == pytest.approx(0.488)
    assert configured(device, 0).read_v() == pytest.approx(0.9)


def test_a_kernel_that_tells_no_scale_needs_the_boards(device: Path) -> None:
    (device / "in_voltage_scale").unlink()
    with pytest.raises(AdcAbsent, match=r"scale of channel 0: none; .*scale_mv"):
        configured(device)
    adc = Iio(str(device), scale_mv=0.5)
    adc.configure()
    assert adc.read_v() == pytest.approx(1.024)


def test_the_kernels_scale_wins(device: Path) -> None:
    adc = Iio(str(device), scale_mv=0.5)
    adc.configure()
    assert adc.read_v() == pytest.approx(0.9)


@pytest.mark.parametrize(("raw", "saturated"), [(0, True), (1, False), (4094, False), (4095, True)])
def test_the_end_codes_are_saturated(device: Path, raw: int, saturated: bool) -> None:
    adc = configured(device)
    (device / "in_voltage0_raw").write_text(f"{raw}\n")
    assert adc.is_saturated(adc.read_v()) is saturated


def test_nothing_is_read_before_configure(device: Path) -> None:
    adc = Iio(str(device))
    for call in (adc.read_v, adc.check_config):
        with pytest.raises(AdcNotConfigured, match="configure"):
            call()


def test_the_plants_artik_measures_by_files() -> None:
    """The battery of the virtual ARTIK 710s, 12 V behind 82 k/10 k, and the sensor's 2.5 V / 3."""
    file = ROOT / "board_configs/artik-710s.toml"
    board = read_board(file)
    with plant_process(options=["--board", f"seller={file}"]) as plant:
        read = VirtualSysfs(plant.socket, "seller").read
        current, voltage = (
            Iio(adc.device, channel=adc.channel, scale_mv=adc.scale_mv, read=read)
            for adc in (board.current_adc, board.voltage_adc)
        )
        for adc in (current, voltage):
            adc.configure()
        assert voltage.read_v() * 9.2 == pytest.approx(12.0, rel=0.15)
        assert current.read_v() == pytest.approx(2.5 / 3, rel=0.06)
        current.check_config()
        plant.kill()
        with pytest.raises(AdcError):
            voltage.read_v()
