"""Files of GPIO lines as the shim keeps them (tests/hardware/shim); readable while it runs."""

import os
import struct
from pathlib import Path

LINES = 54
PAGE = 4096
HISTORY = 512
EVENT = struct.Struct("3I")  # line, output, level
LINE = struct.Struct("3Ii32s")  # output, level, stuck, owner, consumer
FSEL_OUTPUT = 1


def _events(data: bytes, line: int) -> list[tuple[int, int]]:
    (count,) = struct.unpack_from("I", data)
    assert count <= HISTORY, "the history ran over"
    found = [EVENT.unpack_from(data, 4 + EVENT.size * number) for number in range(count)]
    return [(output, level) for number, output, level in found if number == line]


class ChipFile:
    """struct chip of gpiochip.c: lines behind /dev/gpiochip0."""

    def __init__(self, path: Path, reverts: bool) -> None:
        self.path = path
        lines = LINE.pack(0, 1, 0, 0, b"") * LINES  # inputs, pulled up
        history = bytes(4 + EVENT.size * HISTORY)
        path.write_bytes(struct.pack("I", reverts) + lines + history)

    def level(self, line: int) -> int:
        output, level, _, owner, _ = self._line(line)
        released = owner and not Path(f"/proc/{owner}").exists()
        (reverts,) = struct.unpack_from("I", self.path.read_bytes())
        return 1 if released and reverts else int(level if output else 1)

    def is_output(self, line: int) -> bool:
        return bool(self._line(line)[0])

    def consumer(self, line: int) -> str:
        return bytes(self._line(line)[4]).rstrip(b"\0").decode()

    def history(self, line: int) -> list[tuple[int, int]]:
        """Every (output, level) that the line went through."""
        return _events(self.path.read_bytes()[4 + LINE.size * LINES :], line)

    def stick(self, line: int, level: int) -> None:
        """From now on the line reads `level`, whatever is written."""
        _poke(self.path, 4 + LINE.size * line + 8, level + 1)

    def hold(self, line: int, owner: int, consumer: str) -> None:
        """Somebody else has the line."""
        data = LINE.pack(1, 1, 0, owner, consumer.encode())
        with self.path.open("r+b") as file:
            file.seek(4 + LINE.size * line)
            file.write(data)

    def _line(self, line: int) -> tuple[int, int, int, int, bytes]:
        found = LINE.unpack_from(self.path.read_bytes(), 4 + LINE.size * line)
        output, level, stuck, owner, consumer = found
        return output, level, stuck, owner, consumer


class RegisterFile:
    """The BCM283x's registers, one page, and behind them what gpiomem.c keeps."""

    def __init__(self, path: Path) -> None:
        self.path = path
        page = bytearray(PAGE)
        page[52:60] = b"\xff" * 8  # GPLEV: inputs, pulled up
        path.write_bytes(bytes(page) + bytes(4 * PAGE))

    def level(self, line: int) -> int:
        """The line's bit in GPLEV0/1."""
        return self._word(13 + line // 32) >> line % 32 & 1

    def is_output(self, line: int) -> bool:
        """The line's three bits in GPFSELn."""
        return (self._word(line // 10) >> line % 10 * 3 & 7) == FSEL_OUTPUT

    def outputs(self) -> list[int]:
        return [line for line in range(LINES) if self.is_output(line)]

    def history(self, line: int) -> list[tuple[int, int]]:
        """Every (output, level) that the line went through."""
        return _events(self.path.read_bytes()[PAGE + 16 + 4 * LINES :], line)

    def stick(self, line: int, level: int) -> None:
        """From now on the line reads `level`, whatever is written."""
        _poke(self.path, PAGE + 16 + 4 * line, level + 1)

    def _word(self, number: int) -> int:
        return int(struct.unpack_from("I", self.path.read_bytes(), 4 * number)[0])


def _poke(path: Path, offset: int, value: int) -> None:
    descriptor = os.open(path, os.O_WRONLY)  # in place: the shim has the same page mapped
    os.pwrite(descriptor, struct.pack("I", value), offset)
    os.close(descriptor)
