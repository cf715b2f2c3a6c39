"""The real evlock-secured as a process, with a client for each role."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pytest

from secure_world.protocol import Role, SecureWorld, SecureWorldRefused

ROOT = Path(__file__).parents[2]
PROGRAM = ("-m", "secure_world.main")
ALLOWED = ("--allow=root", "--allow=unlocked-memory", "--allow=swap")  # as tests may be run


_PR_CAPBSET_DROP, _CAPABILITIES = 24, 41  # linux/prctl.h, linux/capability.h
_libc = ctypes.CDLL(None)


def without_capabilities() -> None:
    """Before exec: root becomes a user like others (others have none to lose)."""
    for number in range(_CAPABILITIES):
        _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)


class Secured:
    """Starts, kills and stops the program over one state folder."""

    def __init__(
        self,
        folder: Path,
        program: tuple[str, ...] = PROGRAM,
        before: Callable[[], None] | None = None,
        allowed: tuple[str, ...] = ALLOWED,
    ) -> None:
        self.state, self.run = folder / "state", folder / "run"
        self.log = folder / "log"
        self._program, self._before, self._allowed = program, before, allowed
        self._process: subprocess.Popen[str] | None = None
        self._clients = {role: SecureWorld(self.run / role.socket_name, 30) for role in Role}
        self.admin, self.meter, self.node = (self._clients[role] for role in Role)

    def __enter__(self) -> "Secured":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for client in self._clients.values():
            client.close()
        self.kill()

    def start(self, *extra: str, **environment: str) -> bool:
        """Start it; whether it came so far as to be ready."""
        command = [sys.executable, *self._program]
        command += ["--state", str(self.state), "--run", str(self.run), *self._allowed, *extra]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                preexec_fn=self._before,
            )
        assert self._process.stdout is not None
        return self._process.stdout.readline() == "ready\n"

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_dead(self) -> bool:
        """Whether it has ended."""
        return self._process is None or self._process.poll() is not None

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL, if it still lives, and the exit code."""
        return self._end(signal.SIGKILL)

    def wait(self) -> int:
        """Exit code of a process that ends by itself."""
        return self._end(None)

    def _end(self, number: signal.Signals | None) -> int:
        if self._process is None:
            return 0
        with self._process as process:
            if number is not None:
                process.send_signal(number)
        self._process = None
        return process.returncode


def connection(secured: Secured, role: Role) -> socket.socket:
    """A client without manners."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made.settimeout(10)
    made.connect(str(secured.run / role.socket_name))
    return made


def refusal(ask: Callable[[], object]) -> str:
    """Code with which it is refused."""
    with pytest.raises(SecureWorldRefused) as caught:
        ask()
    return str(caught.value.code)
