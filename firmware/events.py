"""The meter's event log: what happened, durably, in few writes (docs/field.md).

Events are noted in the event loop and written by a thread of their own: a disk that hangs or is
full costs neither a sample nor a turn of the loop. What cannot be written waits in memory.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from firmware.errors import RpcError
from firmware.event_file import EventFile, EventsError
from firmware.event_rate import TEXT_MAX, Event, Rate

T = TypeVar("T")
log = logging.getLogger(__name__)

TURN_S = 0.5
RETRY_S = 30.0  # between attempts on a disk that takes nothing
WAITING_MAX = 1000
PAGE_MAX = 100  # 450 bytes each; a line of the socket holds 64 KiB
STARTED, STOPPED = "METER-STARTED", "METER-STOPPED"
BEFORE = {
    "": "first start with this event log",
    STARTED: "the run before was killed, or the power failed",
    STOPPED: "the run before ended in order",
}


class EventLog:
    """`watch`, if set, tells every half second what changed: (kind, code, text)."""

    def __init__(self, file: EventFile) -> None:
        self.fault = ""
        self.lost = 0  # events that memory did not hold while the disk took none
        self.watch: Callable[[], list[tuple[str, str, str]]] = list
        self._file = file
        self._rate = Rate()
        self._waiting: deque[Event] = deque()
        self._writing = False
        self._retry_s = 0.0
        self._thread = ThreadPoolExecutor(1, "events")

    async def begin(self) -> None:
        """Note the start, and how the run before it ended."""
        try:
            before = BEFORE.get(await self._in_thread(self._file.last_start), "")
        except EventsError as error:
            self._fail(error)
            before = f"how the run before ended is not known: {error.code}"
        self.note("start", STARTED, before)

    def note(self, kind: str, code: str, text: str) -> None:
        """In the event loop: remember an event, now or as one of a count."""
        event = Event(time.time(), kind, code, " ".join(text.split())[:TEXT_MAX])
        if self._rate.admit(event, time.monotonic()):
            self._queue(event)

    def hear(self, kind: str, **fields: Any) -> None:
        """What the trader publishes: findings and the phases of trades."""
        if kind == "finding":
            self.note("finding", fields["code"], fields["text"])
        elif kind == "state":
            text = f"{fields['trade']} {fields['phase']} {fields['reason']}"
            self.note("state", "TRADE-PHASE", text)

    async def run(self) -> None:
        """Until cancelled: watch, write what was counted, try a failing disk again."""
        while True:
            await asyncio.sleep(TURN_S)
            try:
                for kind, code, text in self.watch():
                    self.note(kind, code, text)
                for event in self._rate.due(time.monotonic()):
                    self._queue(event)
                if self._waiting and time.monotonic() > self._retry_s:
                    self._start_writing()
            except Exception:  # the meter does not end for its log
                log.exception("EVENTS")

    async def answer(
        self, limit: int = 50, since: float = 0.0, code: str = "", after: int | None = None
    ) -> dict[str, Any]:
        """The newest events, or those with an id above `after`; oldest first, `since` wall time."""
        if type(limit) is not int or not 1 <= limit <= PAGE_MAX:
            raise RpcError(f"limit = {limit!r:.40}, 1 to {PAGE_MAX} expected", "CONTROL-PARAMS")
        if after is not None and type(after) is not int:
            raise RpcError(f"after = {after!r:.40}, an event's id expected", "CONTROL-PARAMS")
        rows, (count, dropped, highest) = await self._in_thread(
            lambda: self._read(limit, float(since), str(code), after)
        )
        unsaved = [] if self.fault == "" else list(self._waiting)
        rows += [
            {"id": None, **vars(event)}
            for event in unsaved
            if event.time_s >= float(since) and code in ("", event.code)
        ]
        return {
            "events": rows[-limit:] if after is None else rows[:limit],
            "rows": count,
            "dropped": dropped,
            "newest_id": highest,
            "unsaved": len(unsaved),
            "lost": self.lost,
            "fault": self.fault or None,
        }

    async def close(self) -> None:
        """Write everything, and that the end was orderly; never raises for the disk."""
        for event in self._rate.due(time.monotonic(), all_of_them=True):
            self._waiting.append(event)
        self._waiting.append(Event(time.time(), "start", STOPPED, "ended in order"))
        await self._in_thread(self._write)
        await self._in_thread(self._file.close)
        self._thread.shutdown()

    # -- inside ------------------------------------------------------------------------------
    def _queue(self, event: Event) -> None:
        if len(self._waiting) >= WAITING_MAX:
            self.lost += 1  # the oldest stay: what began the trouble is worth more
            return
        self._waiting.append(event)
        if time.monotonic() > self._retry_s:
            self._start_writing()

    def _start_writing(self) -> None:
        if not self._writing:
            self._writing = True
            asyncio.get_running_loop().run_in_executor(self._thread, self._write)

    def _write(self) -> None:
        """In the log's thread: all that waits, in one transaction."""
        try:
            while taken := list(self._waiting):
                self._file.append(taken)
                for _ in taken:
                    self._waiting.popleft()
            self.fault = ""
        except EventsError as error:
            self._fail(error)
        except Exception:
            log.exception("EVENTS")
        finally:
            self._writing = False

    def _fail(self, error: EventsError) -> None:
        if error.code != self.fault:
            log.warning("%s %s; events are kept in memory", error.code, error)
        self.fault = error.code
        self._retry_s = time.monotonic() + RETRY_S

    def _read(
        self, limit: int, since_s: float, code: str, after: int | None
    ) -> tuple[list[Any], tuple[int, int, int]]:
        try:
            return self._file.query(limit, since_s, code, after), self._file.counts()
        except EventsError as error:
            self._fail(error)
            return [], (0, 0, 0)

    async def _in_thread(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, action)
