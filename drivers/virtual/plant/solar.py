"""A solar panel behind a charge controller."""

import math
from dataclasses import dataclass

from drivers.virtual.plant.parameters import parameter

CHARGED_V, TAPER_V = 14.4, 0.4  # the controller lets go between 14.0 and 14.4 V (12 V lead-acid)


@dataclass(slots=True, kw_only=True)
class Solar:
    """Clouds take away a part of the peak power that swings once per period."""

    peak_w: float = parameter(0.0, 1000.0)
    cloud_share: float = parameter(0.0, 1.0)
    cloud_period_s: float = parameter(1.0, 86400.0)
    cloud_phase: float = parameter(0.0, 1.0)
    charged_v: float = CHARGED_V

    def power_w(self, time_s: float) -> float:
        """What the sky offers; `time_s` counts from the plant's start."""
        swing = math.sin(2.0 * math.pi * (time_s / self.cloud_period_s + self.cloud_phase))
        return self.peak_w * (1.0 - self.cloud_share * 0.5 * (1.0 + swing))

    def current_a(self, time_s: float, terminal_v: float) -> float:
        """What the controller feeds into the terminal at that voltage."""
        wanted = min(max((self.charged_v - terminal_v) / TAPER_V, 0.0), 1.0)
        return wanted * self.power_w(time_s) / max(terminal_v, 1.0)
