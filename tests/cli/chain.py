"""A development chain with every contract, and people who type commands at it."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from normal_world.chain.address_book import AddressBook, read_address_book
from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain
from normal_world.chain.operator import fund, node_operator
from normal_world.cli.main import run

ETHER = 10**18


@dataclass
class Network:
    """`folder` has contracts.json and the key files NAME.key."""

    url: str
    folder: Path

    @property
    def chain(self) -> Chain:
        return Chain(self.url)

    @property
    def book(self) -> AddressBook:
        return read_address_book(self.folder / "contracts.json")

    def person(self, name: str, wei: int = 10 * ETHER) -> str:
        """Account of a new key, with coins; the key lies in NAME.key."""
        key = PrivateKey(bytes(keccak(text=f"{self.folder} {name}")))
        path = self.folder / f"{name}.key"
        path.touch(0o600)
        path.write_text(key.to_hex(), encoding="ascii")
        account = str(key.public_key.to_address())
        if wei:
            fund(node_operator(self.chain), account, wei)
        return account

    def key(self, name: str) -> PrivateKey:
        return PrivateKey(bytes.fromhex((self.folder / f"{name}.key").read_text()[2:]))


@dataclass
class Typed:
    """Commands and what they print. `exit_code` and `error` are of the last one."""

    network: Network
    capsys: pytest.CaptureFixture[str]
    exit_code: int = 0
    error: str = ""

    def __call__(self, words: str, *, by: str | None = None) -> Any:
        """The JSON that a command prints; None if it failed. `by`: whose key signs."""
        line = [*shlex.split(words), "--json", "--rpc", self.network.url]
        if not words.startswith("contracts fund"):  # needs no contracts
            line += ["--book", str(self.network.folder / "contracts.json")]
        line += ["--key", str(self.network.folder / f"{by}.key")] if by else []
        self.capsys.readouterr()
        self.exit_code = run(line)
        told = self.capsys.readouterr()
        self.error = told.err.strip()
        return json.loads(told.out) if self.exit_code == 0 else None

    def text(self, words: str) -> str:
        """What a person reads."""
        line = [*shlex.split(words), "--book", str(self.network.folder / "contracts.json")]
        assert run([*line, "--rpc", self.network.url]) == 0
        return self.capsys.readouterr().out

    def refused(self, words: str, code: int, told: str, *, by: str | None = None) -> None:
        """It fails with this exit code, in one line that has these words; nothing on stdout."""
        assert self(words, by=by) is None
        assert self.exit_code == code, self.error
        assert len(self.error.splitlines()) == 1
        assert told in self.error, self.error


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    """With a clock of short blocks, because commands wait for blocks; nothing is deployed yet."""
    server = DevChain("127.0.0.1", 0, None, 0.02)
    try:
        yield Network(server.url, folder)
    finally:
        server.close()
