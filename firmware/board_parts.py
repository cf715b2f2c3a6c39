"""Converters and sensors of a board.toml."""

from firmware.board import AdcConfig, CurrentSensor, Mains, VoltageSensor
from firmware.board_rules import FULL_SCALE_V, RATES
from firmware.toml import Table

SUPPLY_V = (4.5, 5.5)  # Allegro ACS712, "Common Operating Characteristics"
VARIANTS_A = (5, 20, 30)
CHIPS = ("ads1115", "iio")
IIO_CHANNEL_MAX, IIO_RATE_MAX = 31, 100_000


def adc(table: Table) -> AdcConfig:
    return _iio(table) if table.one_of("chip", CHIPS) == "iio" else _ads1115(table)


def _ads1115(table: Table) -> AdcConfig:
    address = table.take("address", int)
    if table.sound("address") and not 0x48 <= address <= 0x4B:
        table.wrong("address", "0x48 to 0x4b expected")
    gain = _gain(table)
    return AdcConfig(
        "ads1115",
        table.between("channel", int, 0, 3, 0),
        table.one_of("data_rate", RATES, 860),
        address=address,
        gain=gain,
        full_scale_v=FULL_SCALE_V[gain],
    )


def _gain(table: Table) -> float:
    """One of the chip's six; two thirds may be written with any three digits or more."""
    given = table.take("gain", float, 2 / 3)
    gain = min(FULL_SCALE_V, key=lambda known: abs(known - given))
    if abs(gain - given) > 0.001 and table.sound("gain"):
        table.wrong("gain", "0.667 (two thirds), 1, 2, 4, 8 or 16 expected")
    return gain


def _iio(table: Table) -> AdcConfig:
    scale_mv = table.positive("scale_mv", float) if table.line("scale_mv") else 0.0
    raw_max = table.positive("raw_max", int, 4095)
    return AdcConfig(
        "iio",
        table.between("channel", int, 0, IIO_CHANNEL_MAX, 0),
        table.between("data_rate", int, 1, IIO_RATE_MAX, 860),
        device=table.take("device", str),
        scale_mv=scale_mv,
        raw_max=raw_max,
        full_scale_v=scale_mv * raw_max / 1000,
    )


def current_sensor(table: Table) -> CurrentSensor:
    table.one_of("kind", ("acs712",))
    return CurrentSensor(
        table.one_of("variant_a", VARIANTS_A),
        table.between("supply_v", float, *SUPPLY_V, 5.0),
        *_current_divider(table),
    )


def _current_divider(table: Table) -> tuple[float, float]:
    if not table.line("divider_top_ohm") and not table.line("divider_bottom_ohm"):
        return 0.0, 1.0  # none
    top = table.positive("divider_top_ohm", float)
    return top, table.positive("divider_bottom_ohm", float)


def voltage_sensor(table: Table, mains: Mains) -> VoltageSensor:
    kind = table.one_of("kind", ("divider", "transformer"))
    if mains.alternates and kind == "divider" and table.sound("kind"):
        table.wrong("kind", '"transformer" expected: the mains are "ac", a divider is not isolated')
    if not mains.alternates and kind == "transformer":
        table.wrong("kind", '"divider" expected: the mains are "dc", no transformer passes that')
    if kind == "transformer":
        ratio, bias_v = table.positive("ratio", float), table.positive("bias_v", float)
        return VoltageSensor(kind, ratio=ratio, bias_v=bias_v)
    top_ohm, bottom_ohm = table.positive("top_ohm", float), table.positive("bottom_ohm", float)
    return VoltageSensor(kind, top_ohm=top_ohm, bottom_ohm=bottom_ohm)
