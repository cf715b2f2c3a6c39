"""Where the contracts of a network are: contracts.json in the node's settings folder."""

import json
import os
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any

from normal_world.chain import hexes
from normal_world.chain.client import Chain
from normal_world.errors import ChainWrongId, ConfigError, ContractMissing

CONTRACTS = ("token", "registry", "market")
MORE_CONTRACTS = ("auction", "gate", "operator", "smart_meter", "ledger")  # "" where not deployed


@dataclass(frozen=True)
class AddressBook:
    """Addresses are `0x` and lower case; deadlines are counts of blocks.

    What has a default is not in older books: such a network has only a market.
    """

    chain_id: int
    token: str
    registry: str
    market: str
    deployed_block: int
    report_blocks: int
    trade_blocks: int
    block_milliseconds: int
    auction: str = ""
    gate: str = ""
    operator: str = ""
    smart_meter: str = ""
    ledger: str = ""
    slot_blocks: int = 0
    commit_blocks: int = 0
    reveal_blocks: int = 0

    def contracts(self) -> dict[str, str]:
        """Address of each contract that was deployed, by its name in the book."""
        names = CONTRACTS + MORE_CONTRACTS
        return {name: address for name in names if (address := getattr(self, name))}


def read_address_book(path: Path) -> AddressBook:
    """The book in a file; ConfigError names the key that is wrong."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(path, f"{error.strerror}; `evlock contracts deploy` writes it") from error
    except ValueError as error:
        raise _wrong(path, f"not JSON ({error})") from error
    names = {field.name for field in fields(AddressBook)}
    needed = {field.name for field in fields(AddressBook) if field.default is MISSING}
    if not isinstance(found, dict) or not needed <= set(found) <= names:
        raise _wrong(path, f"expected exactly the keys {', '.join(sorted(names))}")
    try:
        return AddressBook(**{name: _value(name, found[name]) for name in found})
    except ValueError as error:
        raise _wrong(path, str(error)) from error


def _value(name: str, value: Any) -> Any:
    if name in CONTRACTS or (name in MORE_CONTRACTS and value != ""):
        return hexes.address(value, name)
    if name in MORE_CONTRACTS:
        return value
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name}: expected a number from 0, got {value!r}")
    return value


def _wrong(path: Path, what: str) -> ConfigError:
    return ConfigError(f"{path}: {what}", "CONFIG-ADDRESS-BOOK")


def write_address_book(path: Path, book: AddressBook) -> None:
    """Writes the file whole or not at all."""
    write_whole(path, json.dumps(asdict(book), indent=2) + "\n")


def write_whole(path: Path, text: str) -> None:
    """The file has the new text or the old one, whenever the machine stops."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def check_address_book(chain: Chain, book: AddressBook) -> None:
    """ChainWrongId or ContractMissing unless the node has these contracts."""
    if chain.chain_id != book.chain_id:
        raise ChainWrongId(f"{chain.url}: chain id {chain.chain_id}, expected {book.chain_id}")
    for name, address in book.contracts().items():
        if not chain.code(address):
            raise ContractMissing(f"{chain.url}: no contract at {address}, expected the {name}")
