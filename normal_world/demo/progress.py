"""How the demo tells what it does: a live picture on a terminal, plain lines anywhere else."""

import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.live import Live

from normal_world.cli import units
from normal_world.demo.scene import Scene
from normal_world.demo.view import picture

LINE_INTERVAL_S = 2.0
PICTURES_PER_SECOND = 5


class Progress:
    """`phase` tells what happens now; `tick` redraws. A reader that goes away is no error."""

    def __init__(self, scene: Scene, stream: TextIO) -> None:
        self.scene = scene
        self.console = Console(file=stream, highlight=False)
        live = self.console.is_terminal and not self.console.is_dumb_terminal
        self._live = self._drawing() if live else None
        self._told = ""
        self._next_line_s = 0.0

    def phase(self, words: str) -> None:
        """A new phase in words; told once."""
        if words != self.scene.phase:
            self.scene.phase = words
            self.tick()

    def note(self, words: str) -> None:
        """Something was broken or mended on purpose; from any thread."""
        self.scene.note = words
        if self._live is None:
            self._line(f"! {words}")

    def tick(self) -> None:
        """Tell what is new; the live picture draws itself."""
        if self._live is not None:
            return
        if self.scene.phase != self._told:
            self._told = self.scene.phase
            self._line(self._told)
        elif self._is_delivering() and time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + LINE_INTERVAL_S
            self._line(self._delivery())

    def __enter__(self) -> "Progress":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def _drawing(self) -> Live:
        return Live(
            get_renderable=lambda: picture(self.scene),
            console=self.console,
            refresh_per_second=PICTURES_PER_SECOND,
        )

    def _is_delivering(self) -> bool:
        return any(meter.relay_closed for meter in self.scene.meters.values())

    def _delivery(self) -> str:
        meter = self.scene.meters["buyer"]
        return (
            f"  {units.number(meter.voltage_v, 'V')}  {units.number(meter.current_a, 'A')}  "
            f"{units.number(meter.power_w, 'W')}  {units.energy(meter.energy_uwh)} of "
            f"{units.energy(self.scene.amount_uwh)}"
        )

    def _line(self, words: str) -> None:
        passed_s = time.monotonic() - self.scene.started_s
        with suppress(OSError):
            print(f"{passed_s:6.1f} s  {words}", file=self.console.file, flush=True)


def stream_for(*, json_only: bool) -> TextIO:
    """With --json stdout carries the object alone, so the progress goes to stderr."""
    return sys.stderr if json_only else sys.stdout
