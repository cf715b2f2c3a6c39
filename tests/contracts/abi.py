"""Calls by name, and events and custom errors back by name, from the artefacts' ABIs."""

import json
from pathlib import Path
from typing import Any

from eth_abi import abi as codec
from eth_abi.abi import encode
from eth_utils.crypto import keccak

import contracts
from tests.contracts.evm import Evm, Log, Outcome, Reverted

ATTACKERS = Path(__file__).parent / "artifacts"
ARTEFACTS = Path(contracts.__file__).parent / "artifacts"
NAMES = tuple(sorted(path.stem for path in ARTEFACTS.glob("*.json")))
Entry = dict[str, Any]


class Refused(Exception):
    """A contract refused a call with this custom error."""

    def __init__(self, name: str, arguments: tuple[Any, ...]) -> None:
        super().__init__(f"{name}{arguments}")
        self.name = name
        self.arguments = arguments


def artefact(name: str) -> Entry:
    if name in NAMES:
        return contracts.load(name)
    loaded: Entry = json.loads((ATTACKERS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def type_of(parameter: Entry) -> str:
    """Canonical type, tuples opened."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(types_of(parameter["components"])) + ")" + kind.removeprefix("tuple")


def types_of(parameters: list[Entry]) -> list[str]:
    return [type_of(parameter) for parameter in parameters]


def decode(types: list[str], data: bytes) -> tuple[Any, ...]:
    """Values from their bytes; addresses are bytes, as everywhere in these tests."""
    return tuple(_plain(value) for value in codec.decode(types, data))


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("0x"):
        return bytes.fromhex(value[2:])
    return tuple(_plain(item) for item in value) if isinstance(value, tuple) else value


def selector(entry: Entry) -> bytes:
    return topic(entry)[:4]


def topic(entry: Entry) -> bytes:
    return keccak(text=f"{entry['name']}({','.join(types_of(entry['inputs']))})")


ERRORS = {selector(e): e for n in NAMES for e in artefact(n)["abi"] if e["type"] == "error"}
EVENTS = {
    (topic(e), sum(p["indexed"] for p in e["inputs"])): e
    for n in NAMES for e in artefact(n)["abi"] if e["type"] == "event"
}  # fmt: skip


def decode_refusal(data: bytes) -> Refused:
    """The custom error in a revert's bytes; ("", ()) if there is none."""
    entry = ERRORS.get(data[:4])
    if entry is None:
        return Refused("Panic" if data[:4] == keccak(text="Panic(uint256)")[:4] else "", ())
    return Refused(entry["name"], decode(types_of(entry["inputs"]), data[4:]))


def decode_event(log: Log) -> tuple[str, dict[str, Any]]:
    """Name and arguments of a log entry."""
    _, topics, data = log
    entry = EVENTS[topics[0].to_bytes(32, "big"), len(topics) - 1]
    indexed = [p for p in entry["inputs"] if p["indexed"]]
    plain = [p for p in entry["inputs"] if not p["indexed"]]
    values = dict(zip([p["name"] for p in plain], decode(types_of(plain), data), strict=True))
    for parameter, word in zip(indexed, topics[1:], strict=True):
        (values[parameter["name"]],) = decode([type_of(parameter)], word.to_bytes(32, "big"))
    return entry["name"], values


class Contract:
    """A deployed contract. Calls raise Refused with the custom error's name and arguments."""

    def __init__(self, evm: Evm, name: str, *arguments: Any) -> None:
        self.evm = evm
        made = artefact(name)
        self.functions = {e["name"]: e for e in made["abi"] if e["type"] == "function"}
        constructor = [e for e in made["abi"] if e["type"] == "constructor"]
        types = types_of(constructor[0]["inputs"]) if constructor else []
        code = bytes.fromhex(made["bytecode"][2:]) + encode(types, arguments)
        try:
            self.address = evm.deploy(code)
        except Reverted as revert:
            raise decode_refusal(revert.data) from None

    def data(self, function: str, *arguments: Any) -> bytes:
        entry = self.functions[function]
        return selector(entry) + encode(types_of(entry["inputs"]), arguments)

    def call(self, sender: bytes, function: str, *arguments: Any, value: int = 0) -> Outcome:
        return self.send(sender, self.data(function, *arguments), value)

    def send(self, sender: bytes, data: bytes, value: int = 0) -> Outcome:
        """A call by its bytes."""
        try:
            return self.evm.call(sender, self.address, data, value)
        except Reverted as revert:
            raise decode_refusal(revert.data) from None

    def view(self, function: str, *arguments: Any) -> Any:
        """The value of a view; a tuple if it has several."""
        types = types_of(self.functions[function]["outputs"])
        try:
            output = self.evm.view(self.address, self.data(function, *arguments))
        except Reverted as revert:
            raise decode_refusal(revert.data) from None
        values = decode(types, output)
        return values[0] if len(values) == 1 else values
