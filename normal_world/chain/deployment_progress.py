"""What a deployment has begun: a file beside the address book, until the book is written.

Each step's nonce is durable before its transaction is sent. A contract's address follows from
account and nonce, and of two transactions with one nonce at most one is ever mined: so whatever
was sent before a crash is found again, and nothing is done twice.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from normal_world.chain.address_book import write_whole
from normal_world.errors import ConfigError

VERSION = 1


class Progress:
    """Steps by name: {"nonce": number, "transaction": hash once it is known}."""

    def __init__(self, path: Path | None, head: dict[str, Any], free: Collection[str] = ()) -> None:
        """`head` says which chain, account and numbers; ConfigError if the file has others.

        `free`: keys of it in which the file may differ.
        """
        self._path, self._free = path, free
        self._head = {"version": VERSION, **head}
        self.steps: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            self._read(path)

    def _read(self, path: Path) -> None:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            self.steps = {name: dict(step) for name, step in found.pop("steps").items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _wrong(path, "not the progress of a deployment") from error
        for key in (self._head.keys() | found.keys()) - set(self._free):
            if found.get(key) != self._head.get(key):
                raise _wrong(path, f"begun with {key} {found.get(key)}, now {self._head.get(key)}")

    def nonce(self, step: str) -> int | None:
        """The nonce that a step was given."""
        found = self.steps.get(step)
        return None if found is None else int(found["nonce"])

    def begin(self, step: str, nonce: int) -> None:
        """Durable before the transaction is sent."""
        self.steps[step] = {"nonce": nonce}
        self._write()

    def sent(self, step: str, transaction: str) -> None:
        """The hash, for the receipt."""
        self.steps[step]["transaction"] = transaction
        self._write()

    def forget(self) -> None:
        """The deployment is done: the address book says it all."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        if self._path is not None:
            write_whole(
                self._path, json.dumps({**self._head, "steps": self.steps}, indent=1) + "\n"
            )


def _wrong(path: Path, what: str) -> ConfigError:
    told = f"{path}: {what}; go on as it was begun, or remove the file to begin anew"
    return ConfigError(told, "CONFIG-DEPLOYMENT")
