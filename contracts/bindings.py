"""Typed Python bindings: one module of `normal_world/chain/bindings/` for each artefact.

`python -m contracts.gen` writes them after the artefacts; `python -m contracts.bindings` alone
writes them from the artefacts that are there. `--check` only compares.

What changes the chain becomes a function that gives calldata, a view one that gives a `Call`, a
struct or an event a NamedTuple. Where two arguments have the same Python type, all are by keyword.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts.binding_text import module
from contracts.compiler import ROOT
from contracts.toolchain import ToolchainError

ARTIFACTS = ROOT / "contracts" / "artifacts"
BINDINGS = ROOT / "normal_world" / "chain" / "bindings"
PACKAGE = '"""Made by `python -m contracts.gen` from the ABIs: one module a contract."""\n'
# Module of each contract; one that is not named here goes by its own name.
MODULES = {
    "EnergyToken": "token",
    "MeterRegistry": "registry",
    "EnergyMarket": "market",
    "EnergyAuction": "auction",
    "RegistryGate": "gate",
    "GridOperator": "operator",
    "SmartMeter": "smart_meter",
    "GridLedger": "ledger",
    "Prosumer": "prosumer",
}


def generate(*, write: bool) -> Iterator[str]:
    """Differences between the bindings and the artefacts, one line each."""
    made = {"__init__.py": PACKAGE}
    for path in sorted(ARTIFACTS.glob("*.json")):
        artefact: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        name = MODULES.get(path.stem, path.stem.lower())
        made[f"{name}.py"] = _formatted(module(path.stem, artefact["abi"]))
    BINDINGS.mkdir(exist_ok=True)
    for name, text in made.items():
        yield from _put(BINDINGS / name, text, write=write)
    for orphan in sorted(BINDINGS.glob("*.py")):
        if orphan.name not in made:
            yield f"bindings/{orphan.name}: no artefact"
            if write:
                orphan.unlink()


def _put(path: Path, text: str, *, write: bool) -> Iterator[str]:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    yield f"bindings/{path.name}: {'differs' if path.exists() else 'new'}"
    if write:
        path.write_text(text, encoding="utf-8")


def _formatted(text: str) -> str:
    """As `ruff format` leaves it: what is committed is what the check expects."""
    words = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(BINDINGS / "x.py")]
    done = subprocess.run([*words, "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolchainError(f"ruff format: {done.stderr.strip()[:200]}")
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    """Writes or compares; the exit code is 1 if `--check` found a difference."""
    parser = argparse.ArgumentParser(prog="contracts.bindings", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit code 1 if stale")
    check = parser.parse_args(arguments).check
    try:
        stale = list(generate(write=not check))
    except ToolchainError as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return 2
    for line in stale:
        print(line)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
