"""The contracts as data: ABI, byte code and storage layout, made by `python -m contracts.gen`."""

import json
from importlib.resources import files
from typing import Any


def load(name: str) -> dict[str, Any]:
    """The artefact of a contract ("EnergyToken", "MeterRegistry", "EnergyMarket").

    Keys: abi, bytecode, deployed_bytecode, immutables (places in it), storage_layout,
    source_hash, compiler.
    Raises FileNotFoundError if there is no such contract.
    """
    text = files(__package__).joinpath("artifacts", f"{name}.json").read_text(encoding="utf-8")
    artefact: dict[str, Any] = json.loads(text)
    return artefact


def names() -> tuple[str, ...]:
    """All contracts that have an artefact, by name."""
    found = files(__package__).joinpath("artifacts").iterdir()
    return tuple(sorted(p.name.removesuffix(".json") for p in found if p.name.endswith(".json")))
