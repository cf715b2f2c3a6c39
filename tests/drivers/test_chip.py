"""The ADS1115 by its data sheet: registers, timing, modes. Raw bytes, explicit time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.virtual.chips.ads1115 import FULL_SCALE_V, RATES, WAKE_S, AdcErrors, Ads1115
from drivers.virtual.chips.i2c import I2cBus
from drivers.virtual.wire import NACK, OK

CONTINUOUS_860 = 0x40E3  # AIN0, ±6.144 V
POWER_DOWN = 0x41E3


def chip(volts: float | list[float], clock_error: float = 0.0, supply_v: float = 5.0) -> Ads1115:
    """A chip with an ideal converter; all pins at one voltage, or each at its own."""
    pins = volts if isinstance(volts, list) else [volts] * 4
    errors = AdcErrors(clock_error=clock_error, gain_error=0.0, offset_lsb=0.0, supply_v=supply_v)
    return Ads1115([lambda _b, _e, v=v: v for v in pins], errors)  # type: ignore[misc]


def configure(adc: Ads1115, value: int, now_s: float) -> None:
    adc.write(bytes((1, value >> 8, value & 0xFF)), now_s)
    adc.write(b"\x00", now_s)


def sample(adc: Ads1115, now_s: float) -> int:
    return int.from_bytes(adc.read(2, now_s), "big", signed=True)


def test_registers_after_power_up() -> None:
    adc = chip(1.0)
    found = []
    for pointer in range(4):
        adc.write(bytes((pointer,)), 0.0)
        found.append(adc.read(2, 9.0).hex())
    assert found == ["0000", "8583", "8000", "7fff"]


def test_a_single_byte_and_bytes_too_many() -> None:
    adc = chip(1.0)
    adc.write(b"\x01", 0.0)
    assert adc.read(1, 0.0) == b"\x85"
    assert adc.read(4, 0.0) == b"\x85\x83\xff\xff"


def test_conversion_register_cannot_be_written() -> None:
    adc = chip(1.0)
    adc.write(b"\x00\x12\x34", 0.0)
    assert sample(adc, 0.0) == 0


@settings(deadline=None)
@given(rate=st.sampled_from(range(8)), clock_error=st.floats(-0.1, 0.1))
def test_a_result_appears_at_the_end_of_its_period(rate: int, clock_error: float) -> None:
    adc = chip(1.0, clock_error)
    configure(adc, 0x4003 | rate << 5, 100.0)
    period_s = 1.0 / (RATES[rate] * (1.0 + clock_error))
    assert sample(adc, 100.0 + period_s * 0.999) == 0
    assert sample(adc, 100.0 + period_s * 1.001) == round(1.0 / 6.144 * 0x8000)


@settings(deadline=None)
@given(periods=st.floats(1.01, 5000.0), clock_error=st.floats(-0.1, 0.1))
def test_a_result_is_the_mean_over_its_own_period(periods: float, clock_error: float) -> None:
    windows: list[tuple[float, float]] = []
    adc = chip(0.0, clock_error)
    adc.inputs = [lambda begin_s, end_s: windows.append((begin_s, end_s)) or 0.0] * 4  # type: ignore[func-returns-value]
    configure(adc, CONTINUOUS_860, 0.0)
    period_s = 1.0 / (860 * (1.0 + clock_error))
    now_s = periods * period_s
    sample(adc, now_s)
    begin_s, end_s = windows[-1]
    assert end_s - begin_s == pytest.approx(period_s)
    assert now_s - period_s * 1.0001 <= end_s <= now_s + 1e-9  # rounding of floats
    assert begin_s / period_s == pytest.approx(round(begin_s / period_s), abs=1e-6)


@settings(deadline=None)
@given(pga=st.integers(0, 7), volts=st.floats(-0.2, 5.2))
def test_code_is_the_voltage_clipped_at_full_scale(pga: int, volts: float) -> None:
    adc = chip(volts)
    configure(adc, CONTINUOUS_860 | pga << 9, 0.0)
    ideal = volts / FULL_SCALE_V[pga] * 0x8000
    assert sample(adc, 1.0) == pytest.approx(min(max(ideal, -0x8000), 0x7FFF), abs=0.5)


@pytest.mark.parametrize(
    ("mux", "volts"),
    [(0, -1.0), (1, -3.0), (2, -2.0), (3, -1.0), (4, 0.5), (5, 1.5), (6, 2.5), (7, 3.5)],
)
def test_multiplexer(mux: int, volts: float) -> None:
    adc = chip([0.5, 1.5, 2.5, 3.5])
    configure(adc, mux << 12 | 0x00E3, 0.0)
    assert sample(adc, 1.0) == round(volts / 6.144 * 0x8000)


def test_inputs_are_clamped_at_the_supply() -> None:
    adc = chip(9.0, supply_v=3.3)
    configure(adc, CONTINUOUS_860, 0.0)
    assert sample(adc, 1.0) == round(3.6 / 6.144 * 0x8000)


def test_power_down_freezes_the_conversion_register() -> None:
    adc = chip(1.0)
    configure(adc, CONTINUOUS_860, 0.0)
    configure(adc, POWER_DOWN, 1.0)
    sample(adc, 2.0)  # the conversion under way has completed
    frozen = sample(adc, 2.0)
    adc.inputs = [lambda _b, _e: 2.0] * 4
    assert sample(adc, 3600.0) == frozen


def test_single_shot_converts_once_and_says_when() -> None:
    adc = chip(1.0)
    configure(adc, POWER_DOWN | 0x8000, 10.0)
    adc.write(b"\x01", 10.0)
    assert adc.read(2, 10.0005)[0] & 0x80 == 0  # busy
    assert adc.read(2, 10.0013)[0] & 0x80  # done
    adc.inputs = [lambda _b, _e: 2.0] * 4
    adc.write(b"\x00", 11.0)
    assert sample(adc, 20.0) == round(1.0 / 6.144 * 0x8000)


def test_single_shot_wakes_first_and_then_converts_for_one_period() -> None:
    windows: list[tuple[float, float]] = []
    adc = chip(0.0)
    adc.inputs = [lambda begin_s, end_s: windows.append((begin_s, end_s)) or 0.0] * 4  # type: ignore[func-returns-value]
    for begin_s in (10.0, 10.0019, 11.0):
        configure(adc, POWER_DOWN | 0x8000, begin_s)
        adc.write(b"\x01", begin_s)
        assert adc.read(2, begin_s + WAKE_S + 0.999 / 860)[0] & 0x80 == 0
        assert adc.read(2, begin_s + WAKE_S + 1.001 / 860)[0] & 0x80
        assert windows[-1] == pytest.approx((begin_s + WAKE_S, begin_s + WAKE_S + 1 / 860))
    assert len(windows) == 3


def test_two_chips_convert_at_the_same_time() -> None:
    first, second = chip(1.0), chip(2.0, clock_error=0.05)
    bus = I2cBus({0x48: first, 0x49: second})
    shot = bytes((1, 0xC1, 0xE3))
    bus.transfer(0x48, shot, 0, 5.0)
    bus.transfer(0x49, shot, 0, 5.0002)
    codes = [bus.transfer(address, b"\0", 2, 5.0014)[1:] for address in (0x48, 0x49)]
    assert [round(int.from_bytes(code, "big") * 6.144 / 0x8000, 2) for code in codes] == [1.0, 2.0]


def test_new_settings_wait_for_the_conversion_under_way() -> None:
    adc = chip([1.0, 3.0, 0.0, 0.0])
    configure(adc, 0x4003, 0.0)  # 8 conversions a second of AIN0
    configure(adc, 0x50E3, 0.130)  # AIN1, fast: the second slow conversion runs until 0.250
    assert sample(adc, 0.2495) == round(1.0 / 6.144 * 0x8000)
    assert sample(adc, 0.2505) == round(1.0 / 6.144 * 0x8000)
    assert sample(adc, 0.2515) == round(3.0 / 6.144 * 0x8000)


def test_general_call_resets_every_chip_and_strangers_do_not_answer() -> None:
    first, second = chip(1.0), chip(1.0)
    bus = I2cBus({0x48: first, 0x49: second})
    for adc in (first, second):
        configure(adc, CONTINUOUS_860, 0.0)
    assert bus.transfer(0x00, b"\x06", 0, 1.0) == bytes((OK,))
    for address in (0x48, 0x49):
        assert bus.transfer(address, b"\x01", 2, 1.0) == b"\x00\x85\x83"
        assert bus.transfer(address, b"\x00", 2, 9.0) == b"\x00\x00\x00"
    assert bus.transfer(0x4A, b"", 2, 1.0) == bytes((NACK,))
    assert bus.transfer(0x00, b"", 1, 1.0) == bytes((NACK,))


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=5), st.integers(0, 8), st.floats(0, 0.01))))
def test_no_sequence_of_transfers_breaks_it(steps: list[tuple[bytes, int, float]]) -> None:
    bus, now_s = I2cBus({0x48: chip(1.0)}), 0.0
    for data, count, seconds in steps:
        now_s += seconds
        assert len(bus.transfer(0x48, data, count, now_s)) == count + 1
    configure(bus.targets[0x48], CONTINUOUS_860, now_s)  # type: ignore[arg-type]
    assert sample(bus.targets[0x48], now_s + 1.0) == round(1.0 / 6.144 * 0x8000)  # type: ignore[arg-type]
