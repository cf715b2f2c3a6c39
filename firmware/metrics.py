"""meterd's numbers in one flat object, for noded to serve (docs/telemetry.md)."""

from collections.abc import Awaitable, Callable
from typing import Any

from firmware.history import History
from firmware.process import process_numbers
from firmware.sampler import Sampler
from firmware.secured import Secured
from firmware.trader import Trader

Status = Callable[[], Awaitable[dict[str, Any]]]
OF_STATUS = (
    "state",
    "voltage_v",
    "current_a",
    "power_w",
    "apparent_va",
    "power_factor",
    "frequency_hz",
    "mains",
    "imported_uwh",
    "exported_uwh",
    "relay_closed",
    "calibrated",
    "calibrated_at",
    "safe_mode",
    "board_title",
    "samples",
    "late",
    "gaps",
)


class Metrics:
    """Reads what others count; nothing is counted for the metrics' sake but in `Secured`."""

    def __init__(
        self,
        status: Status,
        sampler: Sampler,
        trader: Trader,
        secured: Secured,
        history: History,
    ) -> None:
        self._status = status
        self._sampler = sampler
        self._trader = trader
        self._secured = secured
        self._history = history

    async def read(self) -> dict[str, Any]:
        """Numbers of now; null where there is none, and no value while samples are missing."""
        status = await self._status()
        return {
            **{name: status.get(name) for name in OF_STATUS},
            "faulty": bool(self._sampler.fault),
            "windows": self._sampler.meter.windows,
            "findings": dict(self._trader.found),
            "history_faulty": bool(self._history.fault),
            "history_lost_rows": self._history.lost_rows,
            "secured_calls": self._secured.calls,
            "secured_seconds": round(self._secured.total_s, 6),
            "secured_slowest_seconds": round(self._secured.slowest_s, 6),
            **process_numbers(),
        }
