"""/sys/class/gpio as a real folder: real files and modes, and what the kernel adds to a write.

The folder outlives the process that writes, as the kernel's lines do.
"""

import errno
import os
from pathlib import Path

from drivers.sysfs_gpio import FOLDER, read_file, write_file

DIRECTIONS = {"in": ("in", "1"), "out": ("out", "0"), "low": ("out", "0"), "high": ("out", "1")}
TAKEN = 33  # a driver of the kernel has this line


class SysfsTree:
    """`read` and `write` take the kernel's paths; `place` is the folder in their stead."""

    def __init__(self, place: str | Path) -> None:
        self.place = Path(place)
        if not (self.place / "export").exists():
            (self.place / "history").touch()
            (self.place / "export").touch(0o200)

    def read(self, path: str) -> str:
        """As the kernel: the attribute's text."""
        return read_file(self._real(path))

    def write(self, path: str, text: str) -> None:
        """As the kernel: the write, and what it brings about."""
        file = Path(self._real(path))
        if file.name == "export":
            self._export(int(text))
        elif file.name == "direction":
            if text not in DIRECTIONS:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
            direction, level = DIRECTIONS[text]
            write_file(str(file), direction.ljust(3))
            self._drive(file.parent, level)
        elif file.name == "value":
            if (file.parent / "direction").read_text().strip() != "out":
                raise OSError(errno.EPERM, os.strerror(errno.EPERM), path)
            inverted = (file.parent / "active_low").read_text().strip() == "1"
            self._drive(file.parent, str(1 - int(text)) if inverted else text)
        else:
            write_file(str(file), text)

    def line(self, number: int) -> Path:
        """The line's folder."""
        return self.place / f"gpio{number}"

    def level(self, number: int) -> int:
        value = self.line(number) / "value"
        return int(value.read_text()) if value.exists() else 1  # not exported: an input, pulled up

    def is_output(self, number: int) -> bool:
        return (self.line(number) / "direction").read_text().strip() == "out"

    def history(self, number: int) -> list[tuple[int, int]]:
        """Every (output, level) that the line went through."""
        rows = [row.split() for row in (self.place / "history").read_text().splitlines()]
        return [(int(out), int(level)) for line, out, level in rows if line == f"gpio{number}"]

    def stick(self, number: int, level: int) -> None:
        """From now on the line reads `level`, whatever is written."""
        (self.place / f"stuck{number}").write_text(str(level))

    def _export(self, number: int) -> None:
        write_file(str(self.place / "export"), str(number))
        folder = self.line(number)
        if number == TAKEN or folder.exists():
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), f"{FOLDER}/export")
        if number >= 200:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), f"{FOLDER}/export")
        folder.mkdir()
        for attribute, text in (("direction", "in "), ("value", "1"), ("active_low", "0")):
            (folder / attribute).write_text(f"{text}\n")

    def _drive(self, folder: Path, level: str) -> None:
        stuck = self.place / f"stuck{folder.name[4:]}"
        write_file(str(folder / "value"), stuck.read_text() if stuck.exists() else level)
        output = int((folder / "direction").read_text().strip() == "out")
        with (self.place / "history").open("a") as history:
            history.write(f"{folder.name} {output} {level}\n")

    def _real(self, path: str) -> str:
        assert path.startswith(f"{FOLDER}/"), path
        return str(self.place / path.removeprefix(f"{FOLDER}/"))
