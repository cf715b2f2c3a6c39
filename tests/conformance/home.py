"""What a suite asks of a home of the secure world, and the software home.

A home starts, dies and comes back over one state. What only some homes can be made to do in a
test (`Powers`) is asked for by name: a home without a power fails those tests by its own choice.
"""

import mmap
import os
import resource
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from tests.conformance.wire import Client, Role

ROOT = Path(__file__).parents[2]
ALLOWED = ("root", "unlocked-memory", "swap")  # a laptop's tests run as whoever starts them
PACKAGES = ("secure_world", "firmware", "drivers", "normal_world", "board_configs")


class Home(Protocol):
    """One device."""

    name: str

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def reboot(self) -> None: ...
    def pass_s(self, seconds: float) -> None: ...
    def alter_code(self, mark: str) -> None: ...
    def fill_disk(self, *, full: bool) -> None: ...
    def break_entropy(self) -> None: ...
    def client(self, role: Role) -> Client: ...
    def close(self) -> None: ...


class SoftwareHome:
    """The program `evlock-secured` over a folder; its clock moves when the test says so.

    The launcher (software.py) reads the clock out of shared memory; all else is the program's own.
    """

    name = "software"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.state, self.run, self.log = folder / "state", folder / "run", folder / "log"
        self._folder, self._code = folder, ROOT
        self._options: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        clock = folder / "clock"
        clock.write_bytes(struct.pack("QQ", 1, 3600 * 10**9))
        with clock.open("r+b") as file:
            self._clock = mmap.mmap(file.fileno(), 16)

    def start(self) -> None:
        """Until it is ready to sign."""
        command = [sys.executable, "-m", "tests.conformance.software", str(self._folder / "clock")]
        command += ["--state", str(self.state), "--run", str(self.run), *self._options]
        for name in ALLOWED:
            command += ["--allow", name]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._code,
                env={**os.environ, "PYTHONPATH": str(self._code)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said == "ready\n", self.log.read_text(encoding="utf-8")[-2000:]

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """In order."""
        assert self._end(kill=False) == 0

    def kill(self) -> None:
        """As a power cut does it, as far as the process goes."""
        self._end(kill=True)

    def reboot(self) -> None:
        """Power off, power on: the clock begins anew and the time between is not seen."""
        self.kill()
        boot, _ = struct.unpack("QQ", self._clock[:])
        self._clock[:] = struct.pack("QQ", boot + 1, 10**9)
        self.start()

    def pass_s(self, seconds: float) -> None:
        """So much uptime passes."""
        boot, now_ns = struct.unpack("QQ", self._clock[:])
        self._clock[:] = struct.pack("QQ", boot, now_ns + int(seconds * 10**9))

    def alter_code(self, mark: str) -> None:
        """From the next start on another version of the code runs; an empty mark: the real one."""
        if not mark:
            self._code = ROOT
            return
        self._code = self._folder / f"code-{mark}"
        if not self._code.exists():
            shutil.copytree(ROOT / "tests" / "conformance", self._code / "tests" / "conformance")
            for name in PACKAGES:
                skipped = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, self._code / name, ignore=skipped)
            with (self._code / "secure_world" / "rlp.py").open("a") as file:
                file.write(f"# {mark}\n")

    def fill_disk(self, *, full: bool) -> None:
        """No file of the process can grow any more, or again."""
        most = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (1 if full else most, most))

    def break_entropy(self) -> None:
        """From the next start on the noise source is stuck."""
        self._options = ["--noise", "/dev/zero"]

    def client(self, role: Role) -> Client:
        """A connection of its own."""
        return Client(self.run / f"secured-{role.value}.sock")

    def close(self) -> None:
        """Dead and gone."""
        self.kill()
        self._clock.close()

    def _end(self, *, kill: bool) -> int:
        if self._process is None:
            return 0
        with self._process as process:
            if kill:
                process.kill()
            else:
                process.terminate()
        self._process = None
        return process.returncode


HOMES = {"software": SoftwareHome}
