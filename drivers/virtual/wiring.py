"""How a virtual board is wired: what its board.toml says of chips, lines and parts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.virtual.facts import Facts

CURRENT_ADC, VOLTAGE_ADC = 0x48, 0x49  # I2C addresses without a file; the sensors are on AIN0
MAIN_LINE, REFERENCE_LINE = 17, 27  # BCM numbers without a file, both active low
CASE_LINE = 24  # likewise; high when the case is opened
MAX_RAW = 0xFFFFFF  # 24 bits
MAX_LINE = 1023  # GPIO numbers of the boards in use end far below


@dataclass(frozen=True)
class Channel:
    """One converter input: an ads1115 by its `address`, an IIO one by its `device` folder.

    `scale_mv` (millivolts a step) is given for an IIO converter whose kernel does not tell it.
    """

    address: int
    device: str
    number: int
    scale_mv: float = 0.0
    raw_max: int = 4095

    @property
    def place(self) -> int | str:
        """Which chip it is an input of."""
        return self.device or self.address


@dataclass(frozen=True)
class Pin:
    """A GPIO line; a relay on an `active_low` one closes, a switch there opens, at level 0."""

    line: int
    active_low: bool = True


@dataclass(frozen=True)
class Wiring:
    """Nominal values; what the parts really are, the seed draws. Default: the 12 V board."""

    mains: str = "dc"
    nominal_v: float = 12.0
    frequency_hz: float = 0.0
    current: Channel = Channel(CURRENT_ADC, "", 0)
    voltage: Channel = Channel(VOLTAGE_ADC, "", 0)
    variant_a: int = 20
    supply_v: float = 5.0
    divider_ohm: tuple[float, float] | None = None  # top, bottom: behind the current sensor
    voltage_ohm: tuple[float, float] = (30_000.0, 7_500.0)  # of a divider at the terminal
    transformer: tuple[float, float] | None = None  # or of a transformer: ratio, bias in volts
    relay: Pin = Pin(MAIN_LINE)
    reference: Pin = Pin(REFERENCE_LINE)
    reference_ohm: float = 10.0
    tolerance: float = 0.02
    case: Pin | None = None  # of the case's switch, if there is one


DEFAULT = Wiring(case=Pin(CASE_LINE, active_low=False))


def read_wiring(path: Path) -> Wiring:
    """The wiring of a board file; raises WiringError: no such file, or a fact is missing."""
    facts = Facts(path)
    mains = facts.get("board.mains", str)
    if mains not in ("dc", "ac"):
        raise facts.wrong("board.mains", '"dc" or "ac"')
    if (mains == "ac") != (facts.get("sensor.voltage.kind", str) == "transformer"):
        raise facts.wrong("sensor.voltage.kind", '"divider" with dc, "transformer" with ac')
    return Wiring(
        mains=mains,
        nominal_v=facts.number("board.nominal_v"),
        frequency_hz=facts.number("board.frequency_hz") if mains == "ac" else 0.0,
        current=_channel(facts, "adc.current"),
        voltage=_channel(facts, "adc.voltage"),
        variant_a=facts.get("sensor.current.variant_a", int),
        supply_v=facts.number("sensor.current.supply_v"),
        divider_ohm=_current_divider(facts),
        relay=_pin(facts, "relay"),
        reference=_pin(facts, "reference_load"),
        reference_ohm=facts.number("reference_load.ohm"),
        tolerance=facts.number("reference_load.tolerance"),
        case=_pin(facts, "case") if facts.has("case") else None,
        **_voltage_sensor(facts),
    )


def _channel(facts: Facts, key: str) -> Channel:
    if facts.has(f"{key}.chip") and facts.get(f"{key}.chip", str) == "iio":
        device = facts.get(f"{key}.device", str).rstrip("/")
        scale_mv = facts.number(f"{key}.scale_mv") if facts.has(f"{key}.scale_mv") else 0.0
        told = facts.has(f"{key}.raw_max")
        raw_max = facts.bounded(f"{key}.raw_max", MAX_RAW) if told else Channel.raw_max
        return Channel(0, device, facts.bounded(f"{key}.channel", 31), scale_mv, max(raw_max, 1))
    return Channel(facts.bounded(f"{key}.address", 0x7F), "", facts.bounded(f"{key}.channel", 3))


def _current_divider(facts: Facts) -> tuple[float, float] | None:
    if not facts.has("sensor.current.divider_bottom_ohm"):
        return None
    keys = ("sensor.current.divider_top_ohm", "sensor.current.divider_bottom_ohm")
    return facts.number(keys[0]), facts.number(keys[1])


def _voltage_sensor(facts: Facts) -> dict[str, Any]:
    place = "sensor.voltage"
    if facts.get(f"{place}.kind", str) == "transformer":
        ratio, bias_v = facts.number(f"{place}.ratio"), facts.number(f"{place}.bias_v")
        return {"transformer": (ratio, bias_v)}
    return {
        "voltage_ohm": (facts.number(f"{place}.top_ohm"), facts.number(f"{place}.bottom_ohm")),
    }


def _pin(facts: Facts, key: str) -> Pin:
    return Pin(facts.bounded(f"{key}.line", MAX_LINE), facts.get(f"{key}.active_low", bool))
