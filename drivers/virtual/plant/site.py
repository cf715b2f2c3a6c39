"""One household's end of the wire: battery, panel, two relays, reference load, true energy."""

import math
from dataclasses import dataclass, field
from typing import Any

from drivers.virtual.plant.battery import Battery
from drivers.virtual.plant.circuit import Source
from drivers.virtual.plant.contact import Contact
from drivers.virtual.plant.energy import Energy
from drivers.virtual.plant.parameters import Tree, parameter
from drivers.virtual.plant.solar import Solar
from drivers.virtual.plant.trace import Trace


@dataclass(slots=True, kw_only=True)
class Load:
    """The resistor for the self-check."""

    ohm: float = parameter(0.01, 1e6)
    burnt: bool = False

    @property
    def path_ohm(self) -> float:
        return math.inf if self.burnt else self.ohm


@dataclass(slots=True)
class Site:
    """The node is the terminal, on the battery's side of the main relay."""

    battery: Battery
    solar: Solar
    main: Contact
    reference: Contact
    load: Load
    energy: Energy = field(default_factory=Energy)
    voltage_v: float = math.nan
    line_a: float = 0.0  # over the line, positive out of this board
    reference_a: float = 0.0
    solar_a: float = 0.0
    volts: Trace = field(init=False)
    amps: Trace = field(init=False)  # through the sensor: line and reference load

    @property
    def sensor_a(self) -> float:
        return self.line_a + self.reference_a

    @property
    def solar_w(self) -> float:
        return self.voltage_v * self.solar_a

    def begin(self, time_s: float) -> None:
        """Rest at the battery's own voltage since ever."""
        self.voltage_v = self.battery.emf_v
        self.volts, self.amps = Trace(time_s, self.voltage_v), Trace(time_s, 0.0)

    def source(self, age_s: float) -> Source:
        """What the line sees of this site; the panel follows the last known voltage."""
        self.solar_a = self.solar.current_a(age_s, self.voltage_v)
        load_ohm = self.load.path_ohm + self.reference.ohm
        return Source(self.battery.emf_v, self.battery.ohm, self.solar_a, load_ohm)

    def settle(self, time_s: float, voltage_v: float, line_a: float) -> None:
        """Take the solved circuit as the state from `time_s` on."""
        self.voltage_v, self.line_a = voltage_v, line_a
        self.reference_a = voltage_v / (self.load.path_ohm + self.reference.ohm)
        self.volts.set(time_s, voltage_v)
        self.amps.set(time_s, self.sensor_a)

    def pass_time(self, seconds: float) -> None:
        """Count energy and charge of a stretch in the present state."""
        self.energy.add(self.voltage_v, self.line_a, self.reference_a, seconds)
        self.battery.draw(self.sensor_a - self.solar_a, seconds)

    def means(self, now_s: float, seconds: float) -> dict[str, float]:
        """Means over the last `seconds`."""
        begin_s = now_s - seconds
        return {
            "voltage_v": self.volts.mean(begin_s, now_s),
            "current_a": self.amps.mean(begin_s, now_s),
        }

    def state(self, _now_s: float) -> dict[str, Any]:
        """The truth at this moment."""
        return {
            "voltage_v": self.voltage_v,
            "current_a": self.sensor_a,
            "power_w": self.voltage_v * self.sensor_a,
            "soc": self.battery.soc,
            "solar_w": self.solar_w,
            "relay_closed": self.main.closed,
            "reference_closed": self.reference.closed,
            **self.energy.state(),
        }

    def tree(self) -> Tree:
        """Parameters of this site."""
        return {
            "battery": self.battery,
            "solar": self.solar,
            "relay": {"main": self.main, "reference": self.reference},
            "reference_load": self.load,
        }
