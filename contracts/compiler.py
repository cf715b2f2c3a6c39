"""From Solidity sources to artefacts: resolve imports, compile, keep what is needed."""

import hashlib
import json
import posixpath
import re
from pathlib import Path
from typing import Any

from contracts.toolchain import FOLDER, MODULES, compile_json

ROOT = FOLDER.parent
IMPORT = re.compile(r'^\s*import\s[^;"]*"([^"]+)";', re.MULTILINE)
SETTINGS: dict[str, Any] = {
    "evmVersion": "cancun",  # for transient storage
    "viaIR": True,
    "optimizer": {"enabled": True, "runs": 10_000},
    # No hash of the sources in the byte code: a comment must not change it.
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
}
OUTPUT = [
    "abi",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
    "storageLayout",
]


class CompileError(ValueError):
    """The compiler refused a source, or warned."""

    code = "GEN-SOLIDITY"


def compile_source(path: Path, changed: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Artefacts of the contracts in one source file that can be deployed, by name.

    `changed` are texts, by name, to be taken instead of what these sources say.

    Each file is compiled by itself, with only what it imports: adding a contract must not
    change the byte code of another (the compiler's numbering reaches the byte code).
    """
    unit = path.relative_to(ROOT).as_posix()
    texts = closure(unit) | (changed or {})
    sources = {name: {"content": text} for name, text in texts.items()}
    settings = {**SETTINGS, "outputSelection": {unit: {"*": OUTPUT}}}
    request = {"language": "Solidity", "settings": settings, "sources": sources}
    answer = json.loads(compile_json(json.dumps(request)))
    _require_clean(answer.get("errors", []))
    return {
        name: _artefact(compiled, unit)
        for name, compiled in answer["contracts"][unit].items()
        if compiled["evm"]["bytecode"]["object"]
    }


def _require_clean(messages: list[dict[str, Any]]) -> None:
    """Errors anywhere and warnings about our own sources are refused."""
    for message in messages:
        ours = not message.get("sourceLocation", {"file": ""})["file"].startswith("@")
        if ours or message["severity"] == "error":
            raise CompileError(message["formattedMessage"].strip())


def source_hash(unit: str) -> str:
    """SHA-256 over our own sources of a file, the settings and the pinned packages.

    Needs neither compiler nor packages, so that a quick test can tell a forgotten `make gen`.
    """
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    facts = {"sources": closure(unit, own=True), "settings": SETTINGS, "lock": lock}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def closure(unit: str, *, own: bool = False) -> dict[str, str]:
    """A source and everything that it imports, by name; `own` leaves the packages out."""
    found: dict[str, str] = {}
    waiting = [unit]
    while waiting:
        name = waiting.pop()
        if name in found or (own and name.startswith("@")):
            continue
        base = MODULES if name.startswith("@") else ROOT
        found[name] = (base / name).read_text(encoding="utf-8")
        waiting += [_resolve(name, target) for target in IMPORT.findall(found[name])]
    return found


def _resolve(importer: str, target: str) -> str:
    if not target.startswith("."):
        return target
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), target))


def _artefact(compiled: dict[str, Any], unit: str) -> dict[str, Any]:
    return {
        "abi": compiled["abi"],
        "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
        "deployed_bytecode": "0x" + compiled["evm"]["deployedBytecode"]["object"],
        "immutables": _immutables(compiled["evm"]["deployedBytecode"]),
        "storage_layout": _layout(compiled["storageLayout"]),
        "source_hash": source_hash(unit),
        "compiler": {"version": _solc_version(), **SETTINGS},
    }


def _immutables(deployed: dict[str, Any]) -> list[list[int]]:
    """Where the constructor writes into the deployed byte code: first byte and length of each."""
    places = [place for found in deployed["immutableReferences"].values() for place in found]
    return sorted([place["start"], place["length"]] for place in places)


def _layout(layout: dict[str, Any]) -> list[dict[str, Any]]:
    """The layout without the compiler's running numbers, structs opened."""
    types = layout["types"] or {}

    def open_up(entry: dict[str, Any]) -> dict[str, Any]:
        kind = types[entry["type"]]
        row = {"label": entry["label"], "slot": int(entry["slot"]), "offset": entry["offset"]}
        row |= {"type": kind["label"], "bytes": int(kind["numberOfBytes"])}
        inner = types.get(kind.get("value", ""), kind)
        if "members" in inner:
            row["members"] = [open_up(member) for member in inner["members"]]
        return row

    return [open_up(entry) for entry in layout["storage"]]


def _solc_version() -> str:
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"]["node_modules/solc"]["version"])
