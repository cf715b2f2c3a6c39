"""A real plant process for tests: starts, says "ready", is asked, and is gone afterwards."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 20.0  # for a machine that is busy with other things


@dataclass
class PlantProcess:
    """`socket` and `control` are the paths to give to programs."""

    process: subprocess.Popen[str]
    socket: Path
    control: Path

    def call(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Result of one control call; an error from the plant is an AssertionError."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
        reply = json.loads(self.raw(json.dumps(request).encode() + b"\n"))
        assert "result" in reply, reply["error"]["message"]
        result: dict[str, Any] = reply["result"]
        return result

    def raw(self, data: bytes) -> bytes:
        """The first line that the plant answers to arbitrary bytes on the control socket."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(LIMIT_S)
            link.connect(str(self.control))
            link.sendall(data)
            with link.makefile("rb") as answers:
                return answers.readline()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.wait(LIMIT_S)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LIMIT_S)


@contextmanager
def plant_process(
    *,
    seed: int = 1,
    folder: Path | None = None,
    config: Path | None = None,
    options: Sequence[str] = (),
) -> Iterator[PlantProcess]:
    """A plant in a short temporary folder (or in `folder`, to start one again at its paths)."""
    with tempfile.TemporaryDirectory(prefix="evp") as temporary:
        place = folder or Path(temporary)
        plant = _start(place, seed, [*(["--config", str(config)] if config else []), *options])
        try:
            yield plant
        finally:
            if plant.process.poll() is None:
                plant.process.send_signal(signal.SIGCONT)
                plant.kill()
            assert plant.process.stdout is not None
            plant.process.stdout.close()


def wait_until(true: Callable[[], object], what: str) -> None:
    """Ask again and again until it is true; fails with `what` after a generous limit."""
    deadline_s = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < deadline_s, f"never: {what}"
        time.sleep(0.002)


def _start(place: Path, seed: int, options: Sequence[str]) -> PlantProcess:
    paths = place / "plant.sock", place / "control.sock"
    command = [sys.executable, "-m", "drivers.virtual", "--seed", str(seed)]
    command += ["--socket", str(paths[0]), "--control", str(paths[1])]
    command += options
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    if not select.select([process.stdout], [], [], LIMIT_S)[0]:
        process.kill()
    assert process.stdout.readline() == "ready\n", "the plant did not start"
    return PlantProcess(process, *paths)
