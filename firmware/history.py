"""The meter's own memory of what it measured: one row a minute (docs/telemetry.md).

Windows come from the sampling thread through the energy meter's bounded hand-over; minutes are
made in the event loop, and the file belongs to a thread of its own. A disk that hangs, is full or
is broken costs rows, never a sample and never a turn of the loop.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from firmware.domain.energy import Window
from firmware.domain.minutes import COLUMNS, MINUTE_S, Minute, Row
from firmware.errors import RpcError
from firmware.history_file import UNSAVED_MAX, HistoryBroken, HistoryError, HistoryFile

T = TypeVar("T")
log = logging.getLogger(__name__)

TURN_S = 1.0
GRACE_S = 0.5  # a minute's last window closes after the minute
POINTS_MAX = 360  # rows of one answer: 130 bytes each, a line of the socket holds 64 KiB
DAY_S = 86_400
WALL_MAX_S = 2**40


class Source(Protocol):
    """Where windows and totals come from: the sampling thread."""

    gaps: int

    def take_windows(self) -> list[Window]:
        """The windows closed since the last call, oldest first; any thread."""

    def energy(self) -> tuple[int, int]:
        """(imported, exported) whole microwatt-hours of this run; any thread."""


class History:
    """`find(code, text)` hears once of every new fault; `clocks` gives (monotonic, wall) time."""

    def __init__(
        self,
        file: HistoryFile,
        source: Source,
        find: Callable[[str, str], None],
        clocks: Callable[[], tuple[float, float]] = lambda: (time.monotonic(), time.time()),
    ) -> None:
        self.fault = ""
        self._file = file
        self._source = source
        self._find = find
        self._clocks = clocks
        self._minute = Minute.beginning(*clocks())
        self._seen = (0, 0, 0)  # gaps, imported, exported at the end of the last minute
        self._waiting: deque[Row] = deque(maxlen=UNSAVED_MAX)
        self._writing = False
        self._thread = ThreadPoolExecutor(1, "history")

    @property
    def lost_rows(self) -> int:
        """Rows that a day without a disk did not hold, since the start."""
        return self._file.dropped

    async def run(self) -> None:
        """Collect until cancelled."""
        while True:
            await asyncio.sleep(TURN_S)
            try:
                self.turn()
            except Exception:  # metering does not end for its history
                log.exception("HISTORY")

    def turn(self) -> None:
        """Take what was measured since the last turn; finished minutes go to the file's thread."""
        now_s, wall_s = self._clocks()
        for window in self._source.take_windows():
            if window.end_s > self._minute.end_s:
                self._finish(window.start_s, wall_s - (now_s - window.start_s))
            self._minute.add(window)
        if now_s > self._minute.end_s + GRACE_S:
            self._finish(now_s, wall_s)

    async def answer(
        self, since_s: int | None = None, until_s: int | None = None, points: int = 288
    ) -> dict[str, Any]:
        """Rows between two wall times (default: the last day) in at most `points` slots.

        Raises HistoryError; RpcError of CONTROL-PARAMS for values that cannot be meant.
        """
        _, wall_s = self._clocks()
        until_s = round(wall_s) + MINUTE_S if until_s is None else until_s
        since_s = max(0, until_s - DAY_S) if since_s is None else since_s
        _whole("points", points, 1, POINTS_MAX)
        _whole("until_s", until_s, 1, WALL_MAX_S)
        _whole("since_s", since_s, 0, until_s - 1)
        bucket_s = MINUTE_S * -(-(until_s - since_s) // (points * MINUTE_S))
        rows = await self._in_thread(lambda: self._file.query(since_s, until_s, bucket_s))
        first_s = await self._in_thread(self._file.first_s)
        return {
            "since_s": since_s,
            "until_s": until_s,
            "bucket_s": bucket_s,
            "now_s": round(wall_s),
            "first_s": first_s,
            "columns": ["slot", *COLUMNS],
            "rows": rows,
            "fault": self.fault or None,
        }

    async def close(self) -> None:
        """Bring everything to the disk, the begun minute too; never raises for the disk."""
        self.turn()
        self._writing = True  # _finish shall not write: it is done here, and waited for
        self._finish(*self._clocks())
        loop = asyncio.get_running_loop()
        await self._in_thread(lambda: self._write(loop, last=True))
        await self._in_thread(self._file.close)
        self._thread.shutdown()

    # -- inside ------------------------------------------------------------------------------
    def _finish(self, now_s: float, wall_s: float) -> None:
        seen = (self._source.gaps, *self._source.energy())
        gaps, imported, exported = (b - a for a, b in zip(self._seen, seen, strict=True))
        row = self._minute.row(gaps, imported, exported)
        self._seen, self._minute = seen, Minute.beginning(now_s, wall_s)
        self._waiting.append(row)
        if not self._writing:
            self._writing = True
            loop = asyncio.get_running_loop()
            loop.run_in_executor(self._thread, self._write, loop)

    def _write(self, loop: asyncio.AbstractEventLoop, last: bool = False) -> None:
        """In the file's thread: everything that waits; a fault is told once."""
        try:
            while self._waiting:
                self._keep(self._waiting.popleft())
            if last:
                self._keep(None, last=True)
            self.fault = ""
        except HistoryError as error:
            if error.code != self.fault:
                loop.call_soon_threadsafe(self._find, error.code, str(error))
            self.fault = error.code
        except Exception:
            log.exception("HISTORY")
        finally:
            self._writing = False

    def _keep(self, row: Row | None, *, last: bool = False) -> None:
        try:
            self._file.keep(row, last=last)
        except HistoryBroken:
            self._file.keep(None, last=last)  # into the new file at once
            raise

    async def _in_thread(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, action)


def _whole(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        text = f"{name} = {value!r:.40}, a whole number from {low} to {high} expected"
        raise RpcError(text, "CONTROL-PARAMS")
