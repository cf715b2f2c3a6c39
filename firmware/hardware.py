"""The parts of one board put together: raw volts and amps in, relay lines out."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from drivers.acs712 import ACS712
from drivers.divider import Divider
from drivers.relay import Relay
from drivers.switch import Switch
from drivers.transformer import Transformer
from firmware.board import AdcConfig, BoardConfig, LineConfig, VoltageSensor
from firmware.converters import Continuous, Converter, Converters, Ordered, Overlapped
from firmware.domain.harmonics import droop

SATURATED = "saturated: the {} channel is at the end of its range"


class RawSample(NamedTuple):
    """Uncalibrated: the current of `time_s` (monotonic), the voltage of `lag_s` before it.

    `saturated` is the reason not to believe it, if there is one.
    """

    time_s: float
    voltage_v: float
    current_a: float
    lag_s: float = 0.0
    saturated: str = ""


class VoltageChain(Protocol):
    """drivers/divider.py, drivers/transformer.py."""

    def voltage_v(self, pin_volts: float) -> float: ...
    def is_saturated(self, pin_volts: float) -> bool: ...


@dataclass
class Hardware:
    """Everything meterd touches; used from the sampling thread only."""

    converters: Converters
    current_adc: Converter
    voltage_adc: Converter
    sensor: ACS712
    sensor_divider: Divider  # between the sensor's output and the converter's pin
    voltage_chain: VoltageChain
    relay: Relay
    reference: Relay
    voltage_gain: float = 1.0  # against the converter's averaging of a sinusoid
    current_gain: float = 1.0
    case: Switch | None = None  # of the lid, where there is one

    @property
    def period_s(self) -> float:
        """The pace of samples."""
        return self.converters.period_s

    def configure(self) -> None:
        """Wake and configure both converters."""
        self.converters.configure()

    def check(self) -> None:
        """Compare the converters' configuration registers with what was set."""
        self.converters.check()

    def read(self) -> RawSample | None:
        """The sample of now, or None when its moment is not known; raises DriverError."""
        pins = self.converters.read()
        if pins is None:
            return None
        time_s, voltage_pin_v, current_pin_v, lag_s = pins
        sensor_v = self.sensor_divider.voltage_v(current_pin_v)
        saturated = ""
        if self.current_adc.is_saturated(current_pin_v) or self.sensor.is_saturated(sensor_v):
            saturated = SATURATED.format("current")
        elif self.voltage_adc.is_saturated(voltage_pin_v) or self.voltage_chain.is_saturated(
            voltage_pin_v
        ):
            saturated = SATURATED.format("voltage")
        voltage_v = self.voltage_gain * self.voltage_chain.voltage_v(voltage_pin_v)
        current_a = self.current_gain * self.sensor.current_a(sensor_v)
        return RawSample(time_s, voltage_v, current_a, lag_s, saturated)

    def open_all(self) -> None:
        """Open the main relay first, then the reference load's."""
        self.relay.open()
        self.reference.open()


def assemble(config: BoardConfig) -> Hardware:
    """Make the drivers that the board's file names; the relays open at once."""
    gpio = open_gpio(config)
    relay = make_relay(gpio, config.relay)
    reference = make_relay(gpio, config.reference.line)
    converters, voltage, current = _converters(config)
    hz, sensor = config.mains.frequency_hz, config.current_sensor
    return Hardware(
        converters=converters,
        current_adc=current,
        voltage_adc=voltage,
        sensor=ACS712(sensor.variant_a, sensor.supply_v),
        sensor_divider=Divider(sensor.divider_top_ohm, sensor.divider_bottom_ohm),
        voltage_chain=_voltage_chain(config.voltage_sensor),
        relay=relay,
        reference=reference,
        voltage_gain=1.0 / droop(hz, converters.averaged_s[0]),
        current_gain=1.0 / droop(hz, converters.averaged_s[1]),
        case=Switch(gpio, config.case.line, config.case.active_low) if config.case else None,
    )


def open_gpio(config: BoardConfig) -> Any:
    """The board's GPIO as its file names it, on the plant's lines if it is virtual."""
    from drivers.relay import open_gpio as open_real_gpio

    if config.virtual is None:
        return open_real_gpio(config.gpio.driver, config.gpio.chip)
    if config.gpio.driver == "sysfs":
        from drivers.sysfs_gpio import SysfsGpio

        files = _virtual_files(config)
        return SysfsGpio(files.read, files.write)
    from drivers.virtual.gpio import VirtualGPIO

    return VirtualGPIO(config.virtual.socket, config.virtual.board)


def make_relay(gpio: Any, config: LineConfig) -> Relay:
    return Relay(gpio, config.line, active_low=config.active_low)


def _converters(config: BoardConfig) -> tuple[Converters, Converter, Converter]:
    """What reads both channels, and the voltage's and the current's converter."""
    current, voltage = config.current_adc, config.voltage_adc
    chips, alternates = {current.chip, voltage.chip}, config.mains.alternates
    bus = open_bus(config) if "ads1115" in chips else None
    if chips == {"ads1115"} and (alternates or current.place == voltage.place):
        first, second = _single_shot(bus, voltage), _single_shot(bus, current)
        pair = Overlapped(first, second, in_turn=current.place == voltage.place)
        return pair, first, second
    either, other = _converter(config, bus, voltage), _converter(config, bus, current)
    period_s = 1.0 / min(current.data_rate, voltage.data_rate)
    return Continuous(either, other, period_s, alternates), either, other


def open_bus(config: BoardConfig) -> Any:
    """The board's I2C bus, the plant's if it is virtual; every call is another connection."""
    if config.virtual is not None:
        from drivers.virtual.bus import VirtualBus

        return VirtualBus(config.virtual.socket, config.virtual.board)
    from drivers.linux_i2c import LinuxI2C

    return LinuxI2C(config.i2c_device)


def _virtual_files(config: BoardConfig) -> Any:
    from drivers.virtual.sysfs import VirtualSysfs

    assert config.virtual is not None
    return VirtualSysfs(config.virtual.socket, config.virtual.board)


def _converter(config: BoardConfig, bus: Any, adc: AdcConfig) -> Converter:
    if adc.chip == "iio":
        from drivers.iio import Iio, read_file

        read = _virtual_files(config).read if config.virtual is not None else read_file
        scale_mv = adc.scale_mv or None
        return Iio(
            adc.device, channel=adc.channel, scale_mv=scale_mv, raw_max=adc.raw_max, read=read
        )
    from drivers.ads1115 import ADS1115

    return ADS1115(bus, adc.address, channel=adc.channel, gain=adc.gain, data_rate=adc.data_rate)


def _single_shot(bus: Any, adc: AdcConfig) -> Ordered:
    from drivers.ads1115_single import SingleShotADS1115

    return SingleShotADS1115(
        bus, adc.address, channel=adc.channel, gain=adc.gain, data_rate=adc.data_rate
    )


def _voltage_chain(sensor: VoltageSensor) -> VoltageChain:
    if sensor.kind == "transformer":
        return Transformer(sensor.ratio, sensor.bias_v)
    return Divider(sensor.top_ohm, sensor.bottom_ohm)
