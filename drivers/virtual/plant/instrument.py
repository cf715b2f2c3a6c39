"""The technician's multimeter: calibrated, so nearly the truth."""

from dataclasses import dataclass

from drivers.errors import RequestError
from drivers.virtual.plant.parameters import parameter
from drivers.virtual.plant.trace import HISTORY_S, Trace


@dataclass(slots=True, kw_only=True)
class Instrument:
    """Relative errors of its two ranges, at most 0.05 %."""

    voltage_error: float = parameter(-0.0005, 0.0005)
    current_error: float = parameter(-0.0005, 0.0005)

    def measure(
        self, volts: Trace, amps: Trace, now_s: float, seconds: float
    ) -> tuple[float, float]:
        """(V, A) as means over the last `seconds`; raises RequestError beyond its memory."""
        if not 0.0 < seconds <= HISTORY_S - 5.0:
            raise RequestError(f"seconds: {seconds} given, up to {HISTORY_S - 5.0:g} expected")
        begin_s = now_s - seconds
        return (
            volts.mean(begin_s, now_s) * (1.0 + self.voltage_error),
            amps.mean(begin_s, now_s) * (1.0 + self.current_error),
        )
