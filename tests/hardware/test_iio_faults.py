"""Industrial I/O that fails: every way has a name, and none becomes a number."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import (
    AdcAbsent,
    AdcAccess,
    AdcAnswer,
    AdcConfigChanged,
    AdcError,
    AdcNotConfigured,
    AdcStuck,
    SettingError,
)
from drivers.iio import Iio
from drivers.sysfs_gpio import read_file
from tests.hardware.conftest import configured


@pytest.mark.parametrize(
    "text", ["", "\n", "nan", "1e3", "0x10", "12.5", "4096", "-1", " 7", "7 8"]
)
def test_an_answer_that_is_no_conversion_is_an_error(device: Path, text: str) -> None:
    adc = configured(device)
    (device / "in_voltage0_raw").write_text(text)
    with pytest.raises(AdcAnswer, match="in_voltage0_raw"):
        adc.read_v()
    (device / "in_voltage0_raw").write_text("2048\n")
    with pytest.raises(AdcNotConfigured):  # it may be another converter now
        adc.read_v()
    adc.configure()
    assert adc.read_v() == pytest.approx(0.9)


@given(st.binary(max_size=12))
def test_bytes_become_a_number_in_range_or_an_error(data: bytes) -> None:
    answers = {"name": "adc", "in_voltage_scale": "1.0"}
    text = data.decode("ascii", "replace")

    def read(path: str) -> str:
        name = path.rsplit("/", 1)[1]
        if name == "in_voltage0_raw":
            return text
        if name not in answers:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return answers[name]

    adc = Iio("/device", read=read)
    try:
        adc.configure()
        assert adc.read_v() == pytest.approx(int(text) / 1000)
        assert 0 <= int(text) <= 4095
    except AdcError as error:
        assert error.code == "ADC-ANSWER"


@pytest.mark.parametrize("scale", ["0", "-0.5", "0.000000000"])
def test_a_scale_that_cannot_be_is_an_error(device: Path, scale: str) -> None:
    (device / "in_voltage_scale").write_text(scale)
    with pytest.raises(AdcAbsent, match="positive"):
        configured(device)


@pytest.mark.parametrize("name", ["in_voltage_scale", "in_voltage_offset"])
def test_settings_that_are_no_numbers_are_errors(device: Path, name: str) -> None:
    (device / name).write_text("garbage\n")
    with pytest.raises(AdcAnswer, match="'garbage'"):
        configured(device)


@pytest.mark.parametrize(
    ("file", "text"),
    [("name", "other"), ("in_voltage_scale", "0.878906250"), ("in_voltage0_offset", "-2048")],
)
def test_changed_settings_are_found(device: Path, file: str, text: str) -> None:
    adc = configured(device)
    adc.check_config()
    (device / file).write_text(f"{text}\n")
    with pytest.raises(AdcConfigChanged, match=text):
        adc.check_config()


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AdcAbsent, match="device7/in_voltage0_raw: No such file"):
        configured(tmp_path / "iio:device7")


def test_a_channel_that_is_not_there(device: Path) -> None:
    with pytest.raises(AdcAbsent, match="in_voltage5_raw"):
        configured(device, 5)


def test_a_device_that_goes_away(device: Path) -> None:
    adc = configured(device)
    device.rename(device.with_name("gone"))
    with pytest.raises(AdcAbsent):
        adc.read_v()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EACCES, AdcAccess),
        (errno.EPERM, AdcAccess),
        (errno.ETIMEDOUT, AdcStuck),
        (errno.EBUSY, AdcStuck),
        (errno.EIO, AdcStuck),
        (errno.ENODEV, AdcAbsent),
    ],
)
def test_what_the_kernel_refuses_has_a_name(
    device: Path, number: int, expected: type[AdcError]
) -> None:
    refusing = False

    def read(path: str) -> str:
        if refusing:
            raise OSError(number, os.strerror(number), path)
        return read_file(path)

    adc = Iio(str(device), read=read)
    adc.configure()
    refusing = True
    with pytest.raises(expected, match=os.strerror(number)) as error:
        adc.read_v()
    assert type(error.value) is expected


@pytest.mark.parametrize(
    "setting",
    [{"channel": -1}, {"raw_max": 0}, {"scale_mv": -0.5}],
    ids=lambda setting: str(setting),
)
def test_impossible_settings_are_refused(setting: dict[str, int]) -> None:
    with pytest.raises(SettingError, match="IIO /device"):
        Iio("/device", **setting)  # type: ignore[arg-type]
