"""Contracts with one defence taken out, made from the real sources: what the attacks' tests need.

tests/contracts/weakened.toml says what is taken out: passages that must each stand exactly once in
their source, so that no weakened contract outlives a change of the real one unnoticed.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from typing import Any

from contracts.compiler import ROOT, compile_source, source_hash

PLAN = ROOT / "tests" / "contracts" / "weakened.toml"
ARTEFACTS = ROOT / "tests" / "contracts" / "artifacts" / "weakened"
KEPT = ("abi", "bytecode")


class WeakenedError(ValueError):
    """A passage to be taken out does not stand exactly once in its source."""

    code = "GEN-WEAKENED"


def plan() -> dict[str, dict[str, Any]]:
    """All weakened contracts by name: contract, why, edits (source, old, new)."""
    entries: dict[str, dict[str, Any]] = tomllib.loads(PLAN.read_text(encoding="utf-8"))
    return entries


def unit_of(entry: dict[str, Any]) -> str:
    return f"contracts/src/{entry['contract']}.sol"


def changed(name: str, entry: dict[str, Any]) -> dict[str, str]:
    """The edited sources by name, or WeakenedError."""
    texts: dict[str, str] = {}
    for edit in entry["edits"]:
        source = f"contracts/src/{edit['source']}.sol"
        text = texts.get(source) or (ROOT / source).read_text(encoding="utf-8")
        if text.count(edit["old"]) != 1:
            where = f"{name}: {source}: {edit['old'].strip().splitlines()[0]!r}"
            raise WeakenedError(f"{where} stands {text.count(edit['old'])} times, expected once")
        texts[source] = text.replace(edit["old"], edit["new"])
    return texts


def fingerprint(name: str, entry: dict[str, Any]) -> str:
    """Of the real contract's sources, settings and packages, and of the edits; no compiler."""
    facts = [source_hash(unit_of(entry)), changed(name, entry)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def generate(*, write: bool) -> Iterator[str]:
    """A line for each artefact that is not of its sources; `write` compiles these again."""
    ARTEFACTS.mkdir(exist_ok=True)
    entries = plan()
    for name, entry in entries.items():
        target = ARTEFACTS / f"{name}.json"
        facts = fingerprint(name, entry)
        if target.exists() and json.loads(target.read_text("utf-8"))["source_hash"] == facts:
            continue
        yield f"weakened/{name}: stale"
        if write:
            made = compile_source(ROOT / unit_of(entry), changed(name, entry))[entry["contract"]]
            artefact = {key: made[key] for key in KEPT} | {"source_hash": facts}
            target.write_text(json.dumps(artefact, indent=1) + "\n", encoding="utf-8")
    for orphan in sorted(ARTEFACTS.glob("*.json")):
        if orphan.stem not in entries:
            yield f"weakened/{orphan.stem}: not planned"
            if write:
                orphan.unlink()
