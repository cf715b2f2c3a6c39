"""One program of the demo while it runs: its process, its log, its word that it serves."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from normal_world.demo.proc import peak_rss_mib


@dataclass(frozen=True)
class Program:
    """How one program is started; `name` is unique, like "meterd:buyer"."""

    name: str
    argv: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str = "ready"  # how the line begins that says that it serves
    stop_post: Sequence[str] = ()  # run whenever the program has ended, as systemd's ExecStopPost

    def last_words(self) -> str:
        """The last line of its log."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            return "no log"
        return next((line.strip() for line in reversed(lines) if line.strip()), "an empty log")


class Running:
    """One incarnation of a program. `on_end` is called once, in a thread, when it is gone."""

    def __init__(
        self,
        program: Program,
        process: "subprocess.Popen[bytes]",
        on_end: Callable[["Running"], None],
    ) -> None:
        self.program = program
        self.process = process
        self.is_ready = False
        self.is_awaited = False  # we ended it: its end is no surprise
        self.is_frozen = False
        self.peak_mib = 0.0
        self.started_s = time.monotonic()
        self._spoke = threading.Event()
        self._on_end = on_end
        self._reader = threading.Thread(target=self._read, name=program.name, daemon=True)
        self._reader.start()

    def wait_ready(self, limit_s: float) -> bool:
        """True when it serves; False when it ended or said nothing within the limit."""
        self._spoke.wait(limit_s)
        return self.is_ready

    def sample(self) -> float:
        """Note and return the largest resident set seen, MiB."""
        self.peak_mib = max(self.peak_mib, peak_rss_mib(self.process.pid) or 0.0)
        return self.peak_mib

    def send(self, number: signal.Signals) -> None:
        """Signal it; a frozen program only ever gets SIGKILL afterwards."""
        self.sample()
        self.is_frozen = self.is_frozen or number == signal.SIGSTOP
        self.process.send_signal(number)

    def end(self, *, kill: bool, limit_s: float = 10.0) -> None:
        """SIGKILL it, or SIGTERM it and SIGKILL it when that takes too long; wait for its end."""
        self.is_awaited = True
        self.send(signal.SIGKILL if kill or self.is_frozen else signal.SIGTERM)
        self._reader.join(limit_s)
        if self._reader.is_alive():
            self.process.kill()
            self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                if line.decode("utf-8", "replace").startswith(self.program.ready):
                    self.is_ready = True
                    self._spoke.set()
        self.process.wait()
        self._on_end(self)
        self._spoke.set()
