"""The guard of the relay: judged with every sample, in the sampling loop itself."""

from dataclasses import dataclass

# What still flows between the decision and the open contact: a loop turn and the relay's release
# time (Songle SRD-05VDC data sheet: at most 5 ms), with room for a late turn.
OPENING_S = 0.012


@dataclass
class Guard:
    """Limits in force while the relay is closed; `check` names the first that is broken."""

    max_current_a: float
    direction: int
    stop_at_uwh: float | None = None  # in the direction, total of this run
    apart_at_uwh: float | None = None  # likewise; from there too far ahead of the counterpart
    silent_after_s: float | None = None  # monotonic time by which a verified reading must come
    felt_w: float = 0.0  # the power that `apart_at_uwh` allows for
    slack_s: float = 0.0  # and for how long: what flows more than that is allowed too

    def check(
        self, time_s: float, current_a: float, energy_uwh: float, power_w: float
    ) -> str | None:
        """A reason to open the relay now, or None."""
        if abs(current_a) > self.max_current_a:
            return "over-current"
        if self.silent_after_s is not None and time_s > self.silent_after_s:
            return "silence"
        if self.apart_at_uwh is not None and energy_uwh > self.apart_at_uwh:
            # A load that has just been switched on: nobody has told this guard yet.
            unfelt_w = max(0.0, abs(power_w) - self.felt_w)
            if energy_uwh > self.apart_at_uwh + unfelt_w * self.slack_s / 0.0036:
                return "meters apart"
        if self.stop_at_uwh is not None:
            still_flowing_uwh = abs(power_w) * OPENING_S / 0.0036
            if energy_uwh + still_flowing_uwh >= self.stop_at_uwh:
                return "complete"
        return None
