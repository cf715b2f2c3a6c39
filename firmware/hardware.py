"""The parts of one board put together: raw volts and amps in, relay lines out."""

from dataclasses import dataclass
from typing import Any

from drivers.acs712 import ACS712
from drivers.ads1115 import ADS1115
from drivers.divider import Divider
from drivers.errors import DriverError
from drivers.relay import Relay
from firmware.board import AdcConfig, BoardConfig, LineConfig


@dataclass
class Hardware:
    """Everything meterd touches; used from the sampling thread only."""

    current_adc: ADS1115
    voltage_adc: ADS1115
    sensor: ACS712
    divider: Divider
    relay: Relay
    reference: Relay

    def configure(self) -> None:
        """Wake and configure both converters."""
        self.current_adc.configure()
        self.voltage_adc.configure()

    def check(self) -> None:
        """Compare the converters' configuration registers with what was set."""
        self.current_adc.check_config()
        self.voltage_adc.check_config()

    def read(self) -> tuple[float, float]:
        """Uncalibrated (volts, amperes) of this moment; raises DriverError."""
        return (
            self.divider.voltage_v(self.voltage_adc.read_v()),
            self.sensor.current_a(self.current_adc.read_v()),
        )

    def open_all(self) -> None:
        """Open the main relay first, then the reference load's."""
        self.relay.open()
        self.reference.open()


def assemble(config: BoardConfig) -> Hardware:
    """Make the drivers that the board's file names; the relays open at once."""
    gpio = open_gpio(config)
    relay = make_relay(gpio, config.relay)
    reference = make_relay(gpio, config.reference.line)
    bus = _open_bus(config)
    return Hardware(
        current_adc=_adc(bus, config.current_adc),
        voltage_adc=_adc(bus, config.voltage_adc),
        sensor=ACS712(config.current_sensor.variant_a, config.current_sensor.supply_v),
        divider=Divider(config.voltage_sensor.top_ohm, config.voltage_sensor.bottom_ohm),
        relay=relay,
        reference=reference,
    )


def open_gpio(config: BoardConfig) -> Any:
    """The board's GPIO: the plant's, or the RPi.GPIO module."""
    if config.virtual is not None:
        from drivers.virtual.gpio import VirtualGPIO

        return VirtualGPIO(config.virtual.socket, config.virtual.board)
    from drivers.relay import open_gpio as open_rpi_gpio

    return open_rpi_gpio()


def make_relay(gpio: Any, config: LineConfig) -> Relay:
    return Relay(gpio, config.line, active_low=config.active_low)


def _open_bus(config: BoardConfig) -> Any:
    if config.virtual is not None:
        from drivers.virtual.bus import VirtualBus

        return VirtualBus(config.virtual.socket, config.virtual.board)
    try:
        import board
    except (ImportError, NotImplementedError) as error:
        raise DriverError(f"I2C: {error}; a Raspberry Pi or [virtual] expected") from None
    return board.I2C()


def _adc(bus: Any, config: AdcConfig) -> ADS1115:
    return ADS1115(
        bus, config.address, channel=config.channel, gain=config.gain, data_rate=config.data_rate
    )
