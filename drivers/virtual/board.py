"""One virtual board: its chips and lines, wired to its site of the plant."""

from drivers.virtual.chips.ads1115 import AdcErrors, Ads1115, Input
from drivers.virtual.chips.gpio_bank import LOW, GpioBank, Watcher
from drivers.virtual.chips.i2c import I2cBus
from drivers.virtual.plant.contact import Contact
from drivers.virtual.plant.draw import draw_divider, draw_hall_sensor, stream
from drivers.virtual.plant.parameters import Tree
from drivers.virtual.plant.site import Site
from drivers.virtual.plant.world import World

CURRENT_ADC, VOLTAGE_ADC = 0x48, 0x49  # I2C addresses; the sensors are on AIN0
MAIN_LINE, REFERENCE_LINE = 17, 27  # BCM numbers, both active low
LINES = range(28)  # BCM 0 to 27, as on the 40-pin header


class Board:
    """What a process reaches over the bus socket."""

    def __init__(self, seed: int, name: str, world: World) -> None:
        self.name, self.world = name, world
        site = world.sites[name]
        self.hall = draw_hall_sensor(seed, name, world.start_s)
        self.divider = draw_divider(seed, name)
        current, voltage = self._inputs(site)
        self.current_adc = Ads1115((current, _ground, _ground, _ground), _errors(seed, name, 0x48))
        self.voltage_adc = Ads1115((voltage, _ground, _ground, _ground), _errors(seed, name, 0x49))
        self.i2c = I2cBus({CURRENT_ADC: self.current_adc, VOLTAGE_ADC: self.voltage_adc})
        watchers = {MAIN_LINE: self._coil(site.main), REFERENCE_LINE: self._coil(site.reference)}
        self.gpio = GpioBank(LINES, watchers)

    def tree(self) -> Tree:
        """Every parameter of this board and its site."""
        return {
            **self.world.sites[self.name].tree(),
            "acs712": {"sensor": self.hall, "drift": self.hall.drift},
            "divider": self.divider,
            "adc": {"current": self.current_adc.errors, "voltage": self.voltage_adc.errors},
        }

    def _inputs(self, site: Site) -> tuple[Input, Input]:
        hall, divider = self.hall, self.divider
        return (
            lambda begin_s, end_s: hall.output_v(site.amps.mean(begin_s, end_s), end_s),
            lambda begin_s, end_s: divider.output_v(site.volts.mean(begin_s, end_s)),
        )

    def _coil(self, contact: Contact) -> Watcher:
        return lambda level, now_s: self.world.command(contact, level == LOW, now_s)


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
