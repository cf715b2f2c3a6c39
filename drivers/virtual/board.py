"""One virtual board: its chips and lines, wired to its site of the plant."""

from drivers.virtual.chips.ads1115 import AdcErrors, Ads1115, Input
from drivers.virtual.chips.gpio_bank import LOW, GpioBank, Watcher
from drivers.virtual.chips.i2c import I2cBus
from drivers.virtual.chips.iio import IioAdc, IioErrors
from drivers.virtual.chips.sysfs import Sysfs
from drivers.virtual.plant.contact import Contact
from drivers.virtual.plant.draw import (
    draw_divider,
    draw_hall_sensor,
    draw_output_divider,
    draw_transformer,
    stream,
)
from drivers.virtual.plant.parameters import Tree
from drivers.virtual.plant.sensors import PinDivider, Transformer
from drivers.virtual.plant.timeline import Timeline
from drivers.virtual.wiring import CURRENT_ADC as CURRENT_ADC
from drivers.virtual.wiring import MAIN_LINE as MAIN_LINE
from drivers.virtual.wiring import REFERENCE_LINE as REFERENCE_LINE
from drivers.virtual.wiring import VOLTAGE_ADC as VOLTAGE_ADC
from drivers.virtual.wiring import Channel, Pin, Wiring

HEADER_LINES, BANK = 28, 32  # BCM 0 to 27, as on the 40-pin header; else whole banks


class Board:
    """What a process reaches over the bus socket."""

    def __init__(self, seed: int, name: str, world: Timeline, wiring: Wiring) -> None:
        self.name, self.world, self.wiring = name, world, wiring
        self.site = world.sites[name]
        self._seed = seed
        self.floating: Input | None = None  # in place of the current sensor, when it is unplugged
        self.hall = draw_hall_sensor(seed, name, world.start_s, wiring)
        self.output_divider = draw_output_divider(seed, name, wiring)
        self.voltage_sensor = _voltage_sensor(seed, name, wiring)
        self.current_adc = self._converter(wiring.current)
        shared = wiring.voltage.place == wiring.current.place
        self.voltage_adc = self.current_adc if shared else self._converter(wiring.voltage)
        chips = (wiring.current, self.current_adc), (wiring.voltage, self.voltage_adc)
        self.i2c = I2cBus({at.address: c for at, c in chips if isinstance(c, Ads1115)})
        self.gpio = self._bank()
        self.open_case(False, world.start_s)
        self.sysfs = Sysfs(self.gpio, {at.device: c for at, c in chips if isinstance(c, IioAdc)})

    def tree(self) -> Tree:
        """Every parameter of this board and its site."""
        output = {} if self.output_divider is None else {"divider": self.output_divider}
        return {
            **self.site.tree(),
            "acs712": {"sensor": self.hall, "drift": self.hall.drift, **output},
            "transformer" if self.wiring.transformer else "divider": self.voltage_sensor,
            "adc": {"current": self.current_adc.errors, "voltage": self.voltage_adc.errors},
        }

    def open_case(self, opened: bool, now_s: float) -> None:
        """Lift the lid, or shut it: its switch connects the line only while it is shut."""
        case = self.wiring.case
        if case is not None:
            self.gpio.hold(case.line, None if opened else int(case.active_low), now_s)

    def _converter(self, at: Channel) -> Ads1115 | IioAdc:
        """A chip with all of its pins: one or both sensors, the others grounded."""
        sensors = {self.wiring.current: self._current_pin, self.wiring.voltage: self._voltage_pin}
        pins = {
            channel.number: pin for channel, pin in sensors.items() if channel.place == at.place
        }
        if at.device:
            errors = _iio_errors(self._seed, self.name, at)
            return IioAdc(pins, errors, at.raw_max, tells_scale=not at.scale_mv)
        inputs = [pins.get(number, _ground) for number in range(4)]
        return Ads1115(inputs, _errors(self._seed, self.name, at.address))

    def _current_pin(self, begin_s: float, end_s: float) -> float:
        if self.floating is not None:
            return self.floating(begin_s, end_s)
        output_v = self.hall.output_v(self.site.amps.mean(begin_s, end_s), end_s)
        return output_v if self.output_divider is None else self.output_divider.output_v(output_v)

    def _voltage_pin(self, begin_s: float, end_s: float) -> float:
        late_s = self.voltage_sensor.delay_s
        return self.voltage_sensor.output_v(self.site.volts.mean(begin_s - late_s, end_s - late_s))

    def _bank(self) -> GpioBank:
        wired = {self.wiring.relay: self.site.main, self.wiring.reference: self.site.reference}
        watchers = {pin.line: self._coil(pin, contact) for pin, contact in wired.items()}
        low = [pin.line for pin in wired if not pin.active_low]
        case, highest = self.wiring.case, max(watchers)
        if case is not None:
            highest = max(highest, case.line)
            low += [case.line] if case.active_low else []
        count = HEADER_LINES if highest < HEADER_LINES else (highest // BANK + 1) * BANK
        return GpioBank(range(count), watchers, low)

    def _coil(self, pin: Pin, contact: Contact) -> Watcher:
        return lambda level, now_s: self.world.command(
            contact, (level == LOW) == pin.active_low, now_s
        )


def _voltage_sensor(seed: int, name: str, wiring: Wiring) -> PinDivider | Transformer:
    if wiring.transformer is None:
        return draw_divider(seed, name, wiring)
    return draw_transformer(seed, name, wiring.transformer)


def _ground(_begin_s: float, _end_s: float) -> float:
    return 0.0


def _errors(seed: int, board: str, address: int) -> AdcErrors:
    """Gain ±0.1 %, offset ±3 LSB, clock ±10 % (TI SBAS444, "Electrical Characteristics")."""
    draw = stream(seed, f"{board}.adc.{address:#x}").uniform
    return AdcErrors(
        clock_error=draw(-0.1, 0.1),
        gain_error=draw(-0.001, 0.001),
        offset_lsb=draw(-3.0, 3.0),
        supply_v=5.0,
    )


def _iio_errors(seed: int, board: str, at: Channel) -> IioErrors:
    """1.8 V unless the file knows it, gain ±0.5 %, offset ±4 LSB: a converter in a processor."""
    draw = stream(seed, f"{board}.adc.{at.device}").uniform
    full_scale_v = at.scale_mv * (at.raw_max + 1) / 1e3 or 1.8
    return IioErrors(
        full_scale_v=full_scale_v, gain_error=draw(-5e-3, 5e-3), offset_lsb=draw(-4.0, 4.0)
    )
