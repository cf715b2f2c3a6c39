"""When the meter was calibrated, and on which parts: a sensor changed since voids it."""

import json
import logging
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from firmware.board import BoardConfig

PARTS = ("current_adc", "voltage_adc", "current_sensor", "voltage_sensor")
NO_MATTER = ("data_rate", "address", "device", "channel")  # where it sits, not what it measures
log = logging.getLogger(__name__)


class CalibrationNote:
    """A small file beside the calibration; one that cannot be read or written is only logged."""

    def __init__(self, path: Path, board: BoardConfig) -> None:
        self._path, self._parts = path, parts_of(board)
        self._found = self._read()

    @property
    def at_s(self) -> float | None:
        """Wall time of the last calibration, None when it is not known."""
        found = self._found.get("at_s")
        return float(found) if isinstance(found, int | float) else None

    def changed(self) -> list[str]:
        """What board.toml says otherwise than it did then: `sensor …: 20 then, 5 now`."""
        before = self._found.get("parts")
        if not isinstance(before, dict):
            return []
        return [
            f"{name}: {before[name]} then, {now} now"
            for name, now in self._parts.items()
            if name in before and before[name] != now
        ]

    def write(self) -> None:
        """Remember this moment and the parts of now: whole or as before."""
        self._found = {"at_s": round(time.time(), 1), "parts": self._parts}
        fresh = self._path.with_suffix(".new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(self._found, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            log.warning("CALIBRATION-NOTE %s: %s; its age will not be known", self._path, error)

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            if not isinstance(error, FileNotFoundError):
                log.warning("CALIBRATION-NOTE %s: %s", self._path, error)
            return {}
        return found if isinstance(found, dict) else {}


def parts_of(board: BoardConfig) -> dict[str, Any]:
    """The facts that the calibration depends on, by `part.key`."""
    facts = asdict(board)
    return {
        f"{part}.{key}": value
        for part in PARTS
        for key, value in facts[part].items()
        if key not in NO_MATTER
    }
