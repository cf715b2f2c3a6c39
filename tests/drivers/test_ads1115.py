"""Our driver and the real Adafruit library against the chip's registers."""

import errno
from typing import Any

import pytest
from adafruit_ads1x15 import ads1115
from adafruit_ads1x15.ads1x15 import Mode

from drivers.ads1115 import ADS1115, FULL_SCALE_V, GAINS, RATES
from drivers.errors import AdcConfigChanged, AdcNack, AdcNotConfigured, BusGone, SettingError
from drivers.virtual.chips.ads1115 import Ads1115
from tests.drivers.conftest import Bench

DIVIDED_BY = 5.0
GENERAL_CALL = 0x00


def pin_v(bench: Bench) -> float:
    """What the ideal divider of the seller's board gives now."""
    return float(bench.state()["voltage_v"]) / DIVIDED_BY


def configured(bench: Bench, address: int = 0x49, **settings: Any) -> ADS1115:
    adc = ADS1115(bench.bus(), address, **settings)
    adc.configure()
    return adc


@pytest.mark.parametrize("gain", GAINS)
@pytest.mark.parametrize("data_rate", RATES)
def test_every_setting_reads_the_pin_to_one_step(quiet: Bench, gain: float, data_rate: int) -> None:
    quiet.set(seller__divider__bottom_ohm=150.0)  # 1/201 of 12.6 V fits every range
    adc = configured(quiet, gain=gain, data_rate=data_rate)
    step_v = FULL_SCALE_V[gain] / 0x8000
    assert adc.read_v() == pytest.approx(quiet.state()["voltage_v"] / 201.0, abs=step_v)
    adc.check_config()


@pytest.mark.parametrize("clock_error", [-0.1, 0.0, 0.1])
@pytest.mark.parametrize("old_rate", [8, 128, 860])
def test_the_first_sample_is_of_the_new_configuration(
    quiet: Bench, old_rate: int, clock_error: float
) -> None:
    """A chip found converting slowly ends that conversion first, with its old settings."""
    quiet.set(seller__adc__voltage__clock_error=clock_error)
    stranger = ads1115.ADS1115(
        quiet.bus(), gain=16, data_rate=old_rate, mode=Mode.CONTINUOUS, address=0x49
    )
    stranger.read(5)  # AIN1, grounded, in the finest range
    assert configured(quiet).read_v() == pytest.approx(pin_v(quiet), abs=2e-4)


def test_configuring_again_never_gives_a_register_as_a_sample(quiet: Bench) -> None:
    adc = configured(quiet)
    for _ in range(3):
        adc.configure()
        assert adc.read_v() == pytest.approx(pin_v(quiet), abs=2e-4)


def test_the_trap_is_real_in_the_library(quiet: Bench) -> None:
    """What configure() must avoid: the library's own answer after a change of gain."""
    library = ads1115.ADS1115(quiet.bus(), gain=1, mode=Mode.CONTINUOUS, address=0x49)
    library.read(4)
    library.gain = 2 / 3
    chip = quiet.machine.boards["seller"].voltage_adc
    assert isinstance(chip, Ads1115)
    assert library.read(4) == chip._registers[1]


def test_looking_at_the_configuration_leaves_samples_samples(quiet: Bench) -> None:
    adc = configured(quiet)
    adc.check_config()
    assert adc.config_register() & 0x7FFF == 0x40E3
    assert adc.read_v() == pytest.approx(pin_v(quiet), abs=2e-4)


def test_reading_is_one_two_byte_transfer(quiet: Bench) -> None:
    adc = configured(quiet)
    quiet.frames.clear()
    adc.read_v()
    assert [len(frame) for frame in quiet.frames] == [3]


def test_channels_are_single_ended(quiet: Bench) -> None:
    """Channel 1 is a grounded pin of its own, not AIN0 against another."""
    assert configured(quiet, channel=1).read_v() == 0.0


def test_saturation_is_visible_at_both_ends(quiet: Bench) -> None:
    adc = configured(quiet, gain=16)  # 2.5 V into ±0.256 V
    assert adc.is_saturated(adc.read_v())
    quiet.set(seller__divider__bottom_ohm=150.0)
    quiet.clock.sleep(0.01)
    assert not adc.is_saturated(adc.read_v())
    assert adc.is_saturated(-0.256)
    assert not adc.is_saturated(-0.256 + 0.256 / 0x8000)


def test_general_call_reset_is_found(quiet: Bench) -> None:
    adc = configured(quiet)
    quiet.bus().writeto(GENERAL_CALL, b"\x06")
    with pytest.raises(AdcConfigChanged, match="0x8583, 0x40e3 expected"):
        adc.check_config()


@pytest.mark.parametrize("bit", range(15))
def test_every_changed_setting_is_found(quiet: Bench, bit: int) -> None:
    adc = configured(quiet)
    tampered = 0x40E3 ^ 1 << bit
    quiet.bus().writeto(0x49, bytes((1, tampered >> 8, tampered & 0xFF)))
    with pytest.raises(AdcConfigChanged):
        adc.check_config()


def test_absent_chip_is_a_nack_at_once_and_later(quiet: Bench) -> None:
    with pytest.raises(AdcNack, match="0x4a"):
        ADS1115(quiet.bus(), 0x4A).configure()
    adc = configured(quiet)
    chips = quiet.machine.boards["seller"].i2c
    chips.targets = {}
    with pytest.raises(AdcNack) as caught:
        adc.read_v()
    assert caught.value.code == "ADC-NACK"


def test_after_a_fault_only_configure_brings_samples_back(quiet: Bench) -> None:
    adc = configured(quiet)
    chips = quiet.machine.boards["seller"].i2c
    present, chips.targets = chips.targets, {}
    for fault in (adc.read_v, adc.configure):
        with pytest.raises(AdcNack):
            fault()
    chips.targets = present
    with pytest.raises(AdcNotConfigured):
        adc.read_v()
    adc.configure()
    assert adc.read_v() == pytest.approx(pin_v(quiet), abs=2e-4)


def test_a_fault_while_checking_never_leaves_the_pointer_on_the_register(quiet: Bench) -> None:
    """The second of three transfers dies: the next plain read would return 0x40E3 as volts."""
    adc = configured(quiet)
    real, calls = adc._register, []

    def dies_after(device: Any) -> int:
        calls.append(real(device))
        raise OSError(errno.ECONNRESET, "gone")

    adc._register = dies_after  # type: ignore[method-assign]
    with pytest.raises(BusGone):
        adc.check_config()
    assert calls
    with pytest.raises(AdcNotConfigured):
        adc.read_v()


def test_unconfigured_it_touches_nothing_and_tells(quiet: Bench) -> None:
    adc = ADS1115(quiet.bus(), 0x49)
    sent = len(quiet.frames)
    for use in (adc.read_v, adc.config_register, adc.check_config):
        with pytest.raises(AdcNotConfigured):
            use()
    assert len(quiet.frames) == sent


@pytest.mark.parametrize("wrong", [{"gain": 3}, {"data_rate": 100}, {"channel": 4}])
def test_impossible_settings_are_refused(quiet: Bench, wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        ADS1115(quiet.bus(), 0x49, **wrong)
