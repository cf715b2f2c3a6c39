"""Facts of one board: what is soldered where (the data of board.toml, docs/boards.md)."""

from dataclasses import dataclass
from pathlib import Path

DC, AC = "dc", "ac"


@dataclass(frozen=True)
class Mains:
    """What the meter hangs on; `nominal_v` is RMS for alternating current, frequency 0 for DC."""

    kind: str
    nominal_v: float
    frequency_hz: int

    @property
    def alternates(self) -> bool:
        return self.kind == AC


@dataclass(frozen=True)
class Claims:
    """The board's honest row: what stays secret when (docs/threat-model.md)."""

    device_secret: str
    homes: tuple[str, ...]
    network_takeover: str
    card_copy: str
    root: str


@dataclass(frozen=True)
class AdcConfig:
    """One converter channel: `address` and `gain` of an ads1115, `device` of an iio one.

    An iio one has `raw_max`, its largest code, and `scale_mv`, millivolts a step (0: the kernel
    tells). `full_scale_v` is the largest voltage at the pin that it can tell, 0 if not known here.
    """

    chip: str
    channel: int
    data_rate: int
    address: int = 0
    gain: float = 2 / 3
    device: str = ""
    scale_mv: float = 0.0
    raw_max: int = 4095
    full_scale_v: float = 6.144

    @property
    def place(self) -> tuple[str, int]:
        """Which chip this is a channel of."""
        return (self.device, 0) if self.chip == "iio" else ("i2c", self.address)


@dataclass(frozen=True)
class CurrentSensor:
    """An ACS712; a divider may stand between its output and the converter's pin."""

    variant_a: int
    supply_v: float
    divider_top_ohm: float = 0.0
    divider_bottom_ohm: float = 1.0


@dataclass(frozen=True)
class VoltageSensor:
    """A "divider" (DC: top_ohm, bottom_ohm) or a "transformer" (AC: ratio pin/mains, bias_v)."""

    kind: str
    top_ohm: float = 0.0
    bottom_ohm: float = 1.0
    ratio: float = 0.0
    bias_v: float = 0.0


@dataclass(frozen=True)
class LineConfig:
    line: int
    active_low: bool


@dataclass(frozen=True)
class GpioConfig:
    """`driver` is rpi, gpiod or sysfs; `chip` is gpiod's character device."""

    driver: str
    chip: str


@dataclass(frozen=True)
class Reference:
    """The known load of the self-check."""

    line: LineConfig
    ohm: float
    tolerance: float


@dataclass(frozen=True)
class Virtual:
    """The plant stands in for this board's parts."""

    socket: Path
    board: str


@dataclass(frozen=True)
class BoardConfig:
    """One board: converters, sensors, relay lines, the known load."""

    name: str
    title: str
    mains: Mains
    claims: Claims
    i2c_device: str
    gpio: GpioConfig
    current_adc: AdcConfig
    voltage_adc: AdcConfig
    current_sensor: CurrentSensor
    voltage_sensor: VoltageSensor
    relay: LineConfig
    reference: Reference
    max_current_a: float
    virtual: Virtual | None
    case: LineConfig | None = None  # of the switch that an opened case opens
