"""Changes that nobody announces: faults that come and go, calibrations, safe mode."""

import time
from collections.abc import Callable

from firmware.safe_mode import SafeMode
from firmware.sampler import Sampler

Change = tuple[str, str, str]
ENTERED = "the meter measures, but does not trade"


class Changes:
    """Called again and again; tells what is different since the last call."""

    def __init__(
        self,
        sampler: Sampler,
        safe_mode: SafeMode,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sampler, self._safe_mode, self._clock = sampler, safe_mode, clock
        self._fault, self._since_s = "", 0.0
        self._calibration = sampler.calibration
        self._safe = False

    def __call__(self) -> list[Change]:
        return [*self._of_fault(), *self._of_calibration(), *self._of_safe_mode()]

    def _of_fault(self) -> list[Change]:
        now = self._sampler.fault
        if self._sampler.first_sample_s is None and now == "no sample yet":
            return []
        code, text = ([*now.split(" ", 1), ""])[:2]
        before, self._fault = self._fault, code
        if code == before:
            return []
        if code:
            self._since_s = self._since_s if before else self._clock()
            return [("fault", code, text)]
        gone_s = self._clock() - self._since_s
        return [("fault", "METER-SOUND", f"samples again; {before} lasted {gone_s:.1f} s")]

    def _of_calibration(self) -> list[Change]:
        before, self._calibration = self._calibration, self._sampler.calibration
        if before == self._calibration:
            return []
        values = self._calibration.to_json().items()
        told = ", ".join(f"{k} {v:.6g}" for k, v in values if not isinstance(v, bool))
        return [("calibration", "CALIBRATED", told)]

    def _of_safe_mode(self) -> list[Change]:
        before, self._safe = self._safe, self._safe_mode.on
        if before == self._safe:
            return []
        return [("safe mode", "SAFE-MODE", ENTERED if self._safe else "left: it trades again")]
