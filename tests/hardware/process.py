"""Another process with the shim and real libraries; killed for good at the end."""

import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.plant_process import LIMIT_S, ROOT


class Refused(Exception):
    """The driver in the other process raised; `code` is the error's."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class Setting:
    """What a child needs: libraries on its path, and the shim's variables."""

    arguments: list[str]
    libraries: list[Path] = field(default_factory=list)
    shim: Path | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The child's whole environment."""
        path = os.pathsep.join(map(str, [ROOT, *self.libraries]))
        variables = {**os.environ, "PYTHONPATH": path, **self.variables}
        return {**variables, "LD_PRELOAD": str(self.shim)} if self.shim else variables

    def run(self, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A short program to its end."""
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, timeout=LIMIT_S
        )


class HandProcess:
    """tests.hardware.hand in another process."""

    def __init__(self, setting: Setting) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hardware.hand", *setting.arguments],
            env=setting.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, call: str, line: int, argument: Any = None) -> Any:
        """The result; raises Refused with the driver's code, AssertionError without an answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([call, line, argument]) + "\n")
        self.process.stdin.flush()
        assert select.select([self.process.stdout], [], [], LIMIT_S)[0], f"{call}: no answer"
        text = self.process.stdout.readline()
        assert text, f"{call}: the process ended with {self.process.wait(LIMIT_S)}"
        reply = json.loads(text)
        if "code" in reply:
            raise Refused(reply["code"], reply["text"])
        return reply["result"]

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; harmless when it is already."""
        self.process.kill()
        self._wait()

    def leave(self) -> int:
        """End of its input: it returns from main(); the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self._wait()

    def _wait(self) -> int:
        code = self.process.wait(LIMIT_S)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        return code
