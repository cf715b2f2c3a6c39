"""Takes a picture of a command as a terminal shows it: real runs only (README, docs).

    python docs/pictures/take.py docs/pictures/demo.svg --at 20 -- evlock demo

The command runs on a pseudo-terminal of 80 columns; what stands on the screen after `--at` seconds
(or at its end) becomes an SVG. Needs the extra `dev` (pyte).
"""

import argparse
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import pyte
from rich.console import Console
from rich.text import Text

COLUMNS = 80


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path, help="SVG file to write")
    parser.add_argument("--at", type=float, default=3600.0, help="seconds after the start")
    parser.add_argument("--rows", type=int, default=40, help="height of the terminal")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    screen = run(options.command, options.rows, options.at)
    title = " ".join(options.command)
    picture = re.sub(r"@font-face \{.*?\}", "", drawn(screen, title), flags=re.DOTALL)
    options.picture.write_text(picture, encoding="utf-8")  # without a font from elsewhere


def run(command: list[str], rows: int, seconds: float) -> pyte.Screen:
    """The screen after so many seconds, or when the command has ended."""
    screen = pyte.Screen(COLUMNS, rows)
    stream = pyte.ByteStream(screen)
    process, terminal = pty.fork()
    if process == 0:
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": str(COLUMNS)}
        os.execvp(command[0], command)
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, COLUMNS, 0, 0))
    end_s = time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0:
        if select.select([terminal], [], [], min(left_s, 0.5))[0]:
            try:
                stream.feed(os.read(terminal, 65536))
            except OSError:  # the command has closed its terminal
                break
    os.kill(process, signal.SIGINT)
    os.close(terminal)
    os.waitpid(process, 0)
    return screen


def drawn(screen: pyte.Screen, title: str) -> str:
    """The screen as SVG; empty lines at the end are left out."""
    lines = [_line(screen, row) for row in range(screen.lines)]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        for line in lines:
            console.print(line, no_wrap=True, crop=True)
        return console.export_svg(title=title)


def _line(screen: pyte.Screen, row: int) -> Text:
    text = Text()
    for column in range(screen.columns):
        cell = screen.buffer[row][column]
        colour = "default" if cell.fg == "default" else _colour(cell.fg)
        text.append(cell.data, style=("bold " if cell.bold else "") + colour)
    text.rstrip()
    return text


def _colour(name: str) -> str:
    """Pyte's name of a colour as rich knows it."""
    names = {"brown": "yellow", "brightbrown": "bright_yellow"}
    if len(name) == 6 and all(digit in "0123456789abcdef" for digit in name):
        return f"#{name}"
    return names.get(name, name.replace("bright", "bright_"))


if __name__ == "__main__":
    sys.exit(main())
