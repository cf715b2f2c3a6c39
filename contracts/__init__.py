"""The contracts as data: ABI, byte code and storage layout, made by `python -m contracts.gen`."""

import json
from importlib.resources import files
from typing import Any


def load(name: str) -> dict[str, Any]:
    """The artefact of a contract ("EnergyToken", "MeterRegistry", "EnergyMarket").

    Keys: abi, bytecode, deployed_bytecode, storage_layout, source_hash, compiler.
    Raises FileNotFoundError if there is no such contract.
    """
    text = files(__package__).joinpath("artifacts", f"{name}.json").read_text(encoding="utf-8")
    artefact: dict[str, Any] = json.loads(text)
    return artefact
