"""The secret that this device has and a copy of its database has not. Software home.

`file` is a file beside the state: it keeps the keys out of a copied database or a backup of it,
and does nothing against a copy of the whole card, unless a passphrase is typed at boot.
Another source (fuses of the chip) is another class with these three methods.
"""

import os
from pathlib import Path
from typing import Protocol

from secure_world import durable
from secure_world.errors import StateUnreadable

SECRET_BYTES = 32


class DeviceSecret(Protocol):
    """32 bytes that never change until they are destroyed."""

    def read(self) -> bytes:
        """The secret. Raises StateUnreadable if it is missing or damaged."""
        ...

    def made(self) -> bytes:
        """The secret, made if there is none yet. Raises StateUnreadable, ENTROPY."""
        ...

    def destroy(self) -> None:
        """Overwrite it and take it away, durably; again: nothing."""
        ...

    @property
    def destroyed(self) -> bool:
        """Whether there was one that was destroyed: its remains are there."""
        ...

    def bury(self) -> None:
        """Nothing needs it any more: take away the remains."""
        ...


class FileSecret:
    """A file (0600)."""

    def __init__(self, path: Path) -> None:
        self._path, self._remains = path, path.with_name(path.name + ".destroyed")

    def read(self) -> bytes:
        try:
            secret = self._path.read_bytes()
        except FileNotFoundError as error:
            text = f"{self._path}: missing, expected the secret that the keys are sealed with"
            raise StateUnreadable(text) from error
        if len(secret) != SECRET_BYTES:
            text = f"{self._path}: {len(secret)} bytes, expected {SECRET_BYTES}"
            raise StateUnreadable(text)
        return secret

    def made(self) -> bytes:
        if not self._path.exists():
            from secure_world import entropy

            durable.write_file(self._path, entropy.random_bytes(SECRET_BYTES))
            self.bury()
        return self.read()

    def destroy(self) -> None:
        # First the name, which tells the next start to go on with it, should the power go.
        if self._path.exists():
            self._path.rename(self._remains)
            durable.sync_folder(self._path.parent)
        if self._remains.exists():
            self._overwrite()

    @property
    def destroyed(self) -> bool:
        return self._remains.exists()

    def bury(self) -> None:
        if self._remains.exists():
            self._overwrite()
            self._remains.unlink()
            durable.sync_folder(self._remains.parent)

    def _overwrite(self) -> None:
        handle = os.open(self._remains, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(handle, bytes(SECRET_BYTES))
            os.fsync(handle)
        finally:
            os.close(handle)
