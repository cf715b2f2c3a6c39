"""A 12 V lead-acid battery: a source whose voltage rises with its state of charge."""

from dataclasses import dataclass

from drivers.virtual.plant.parameters import parameter


@dataclass(slots=True, kw_only=True)
class Battery:
    """Open-circuit voltage linear in `soc`, as usual for lead-acid; `ohm` makes it sag."""

    soc: float = parameter(0.0, 1.0)
    capacity_ah: float = parameter(0.1, 1000.0)
    empty_v: float = parameter(1.0, 60.0)
    full_v: float = parameter(1.0, 60.0)
    ohm: float = parameter(0.001, 10.0)

    @property
    def emf_v(self) -> float:
        return self.empty_v + self.soc * (self.full_v - self.empty_v)

    def draw(self, current_a: float, seconds: float) -> None:
        """Take charge out (negative: put it in)."""
        left = self.soc - current_a * seconds / (3600.0 * self.capacity_ah)
        self.soc = min(max(left, 0.0), 1.0)
