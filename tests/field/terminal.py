"""A command at a pseudo-terminal, as a person sits before it."""

import os
import pty
import select
import signal
import subprocess
import sys
import time

from tests.field.bench import Bench
from tests.plant_process import LIMIT_S, ROOT

PRESS_AGAIN_S = 3.0


class Terminal:
    """The command at a pseudo-terminal: what it asks is waited for, answers are typed."""

    def __init__(self, node: Bench, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        self.text, self._read_to = "", 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "normal_world.cli.main", *arguments],
            cwd=node.folder,
            env={**os.environ, "EVLOCK_HOME": str(node.home), "PYTHONPATH": str(ROOT)},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def wait(self, words: str) -> None:
        """Until it has said this, after what was waited for before."""
        deadline_s = time.monotonic() + LIMIT_S
        while words not in self.text[self._read_to :]:
            assert time.monotonic() < deadline_s, f"never said {words!r}:\n{self.text}"
            if not self._more():
                raise AssertionError(f"ended before {words!r}:\n{self.text}")
        self._read_to = self.text.index(words, self._read_to) + len(words)

    def answer(self, words: str, typed: str) -> None:
        self.wait(words)
        os.write(self.master, typed.encode() + b"\n")

    def interrupt(self) -> None:
        """Ctrl-C: the pty is nobody's controlling terminal here, so the signal is sent as such.

        Between its prompt and its reading a program only notes the signal, and then waits for a
        line: a person presses the keys again.
        """
        for _ in range(int(LIMIT_S / PRESS_AGAIN_S)):
            self.process.send_signal(signal.SIGINT)
            if select.select([self.master], [], [], PRESS_AGAIN_S)[0]:
                return

    def end(self) -> int:
        while self._more():
            pass
        return self.process.wait(LIMIT_S)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(LIMIT_S)
        os.close(self.master)

    def _more(self) -> bool:
        if not select.select([self.master], [], [], LIMIT_S)[0]:
            raise AssertionError(f"silent:\n{self.text}")
        try:
            data = os.read(self.master, 65536)
        except OSError:  # its end is closed
            return False
        self.text += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)
