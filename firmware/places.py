"""Where things live: one folder tree under EVLOCK_HOME, or the system's places."""

import os
from dataclasses import dataclass
from pathlib import Path

from firmware.errors import ConfigError

SOCKET_PATH_MAX = 107  # sockaddr_un.sun_path holds 108 bytes with its terminator


@dataclass(frozen=True)
class Places:
    """The three roots of a node: settings, state, sockets."""

    etc: Path
    var: Path
    run: Path

    @classmethod
    def of_environment(cls) -> "Places":
        """The places named by EVLOCK_HOME, or the system's when it is unset."""
        home = os.environ.get("EVLOCK_HOME")
        return cls.under(Path(home)) if home else cls.of_system()

    @classmethod
    def of_system(cls) -> "Places":
        return cls(Path("/etc/evlock"), Path("/var/lib/evlock"), Path("/run/evlock"))

    @classmethod
    def under(cls, home: Path) -> "Places":
        return cls(home / "etc", home / "var", home / "run")

    def state(self, program: str) -> Path:
        """The program's own folder, made on first use, closed to others."""
        folder = self.var / program
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def socket(self, name: str) -> Path:
        """Path of `run/<name>.sock`; raises ConfigError when the system cannot hold it."""
        path = self.run / f"{name}.sock"
        if len(os.fsencode(path)) > SOCKET_PATH_MAX:
            raise ConfigError(
                f"socket path {path} is longer than {SOCKET_PATH_MAX} bytes: "
                "set EVLOCK_HOME to a shorter folder",
                "CONFIG-PATH",
            )
        return path
