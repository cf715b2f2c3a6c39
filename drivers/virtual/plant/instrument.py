"""The technician's multimeter: calibrated, so nearly the truth."""

from dataclasses import dataclass

from drivers.errors import RequestError
from drivers.virtual.plant.parameters import parameter
from drivers.virtual.plant.timeline import Terminal
from drivers.virtual.plant.trace import HISTORY_S


@dataclass(slots=True, kw_only=True)
class Instrument:
    """Relative errors of its two ranges, at most 0.05 %."""

    voltage_error: float = parameter(-0.0005, 0.0005)
    current_error: float = parameter(-0.0005, 0.0005)

    def measure(self, site: Terminal, now_s: float, seconds: float) -> dict[str, float]:
        """What it shows for the last `seconds`; raises RequestError beyond its memory.

        Volts and amperes: means of direct current, RMS of alternating; there watts as well.
        """
        if not 0.0 < seconds <= HISTORY_S - 5.0:
            raise RequestError(f"seconds: {seconds} given, up to {HISTORY_S - 5.0:g} expected")
        errors = {
            "voltage_v": self.voltage_error,
            "current_a": self.current_error,
            "power_w": (self.voltage_error + self.current_error) / 2.0,
        }
        true = site.means(now_s, seconds)
        return {name: value * (1.0 + errors[name]) for name, value in true.items()}
