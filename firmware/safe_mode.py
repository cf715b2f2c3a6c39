"""Safe mode: a program that keeps dying goes on without trading.

The count of starts that did not last is a small file, written once at the start, once when the
start has lasted, and when the mode is entered or left: a flash card sees two writes a start.
"""

import asyncio
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from firmware.errors import StateError

LASTED_S = 60.0  # a start that lives so long was a good one
GOOD_S = 3600.0  # a run of this length ends safe mode
log = logging.getLogger(__name__)


class SafeMode:
    """`after` starts in a row that neither lasted nor ended in order: the next one is safe.

    0 switches the counting off. What cannot be read or written is logged, never raised: a full
    disk must not stop the meter.
    """

    def __init__(self, path: Path, after: int) -> None:
        self.on = False
        self.failed = 0
        self._path, self._after = path, after
        self._begun_s = time.monotonic()

    @classmethod
    def off(cls) -> "SafeMode":
        """Never on: what a part has until the program's main gives it its own."""
        return cls(Path(), 0)

    def begin(self) -> None:
        """Count this start as failed until it has lasted."""
        if self._after == 0:
            return
        self.failed, self.on = self._read()
        if self.failed >= self._after and not self.on:
            self.on = True
            log.warning("SAFE-MODE entered: %d starts in a row did not last", self.failed)
        self.failed += 1
        self._write()

    def stopped(self) -> None:
        """The program ended in order."""
        self._forget_failures()

    def leave(self) -> None:
        """Trade again, from now on."""
        if self.on:
            log.warning("SAFE-MODE left")
        changed, self.on, self.failed = self.on or self.failed > 0, False, 0
        if changed:
            self._write()

    def refuse(self) -> None:
        """Raises StateError SAFE-MODE while the mode is on."""
        if self.on:
            raise StateError(
                "safe mode: measures, but does not trade; ends after a good hour or by "
                "`evlock safe-mode leave`",
                "SAFE-MODE",
            )

    async def run(self) -> None:
        """Notice that the start has lasted, and later that it was a good hour."""
        if self._after == 0:
            return
        await asyncio.sleep(self._begun_s + LASTED_S - time.monotonic())
        self._forget_failures()
        if self.on:
            await asyncio.sleep(self._begun_s + GOOD_S - time.monotonic())
            self.leave()

    def told(self) -> dict[str, Any]:
        """For the control socket; `ends_in_s` is when it ends by itself, null when it is off."""
        left_s = max(0.0, self._begun_s + GOOD_S - time.monotonic())
        return {
            "safe_mode": self.on,
            "failed_starts": self.failed,
            "ends_in_s": round(left_s) if self.on else None,
        }

    def _forget_failures(self) -> None:
        if self.failed and self._after:
            self.failed = 0
            self._write()

    def _read(self) -> tuple[int, bool]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return max(0, int(found["failed"])), found["on"] is True
        except FileNotFoundError:
            return 0, False
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("SAFE-MODE-FILE %s: %s; counted anew", self._path, error)
            return 0, False

    def _write(self) -> None:
        """Write, sync, rename, sync the folder: whole or as before."""
        fresh = self._path.with_suffix(".new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                json.dump({"failed": self.failed, "on": self.on}, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            log.warning("SAFE-MODE-FILE %s: %s; not kept", self._path, error)
