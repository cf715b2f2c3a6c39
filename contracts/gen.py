"""Compile the contracts: `python -m contracts.gen` writes the artefacts and the Python bindings.

With --check it only compares, and the exit code is 1 if a committed artefact is not what its
source compiles to, or a binding not what its artefact gives.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts import bindings, weakened
from contracts.compiler import ROOT, CompileError, compile_source
from contracts.toolchain import ToolchainError, bring_packages
from contracts.weakened import WeakenedError

# Where sources lie and where their artefacts go. The second are the attackers of the tests.
PLACES = (
    (ROOT / "contracts" / "src", ROOT / "contracts" / "artifacts"),
    (ROOT / "tests" / "contracts" / "attackers", ROOT / "tests" / "contracts" / "artifacts"),
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="contracts.gen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit code 1 if stale")
    check = parser.parse_args(arguments).check
    try:
        bring_packages()
        stale = [line for place in PLACES for line in _generate(*place, write=not check)]
        stale += weakened.generate(write=not check)
        stale += bindings.generate(write=not check)
    except (ToolchainError, CompileError, WeakenedError) as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return 2
    for line in stale:
        print(line)
    return 1 if check and stale else 0


def _generate(sources: Path, artefacts: Path, *, write: bool) -> Iterator[str]:
    """Differences between a folder of artefacts and its sources, one line each."""
    made: dict[str, dict[str, Any]] = {}
    for path in sorted(sources.glob("*.sol")):
        made |= compile_source(path)
    artefacts.mkdir(exist_ok=True)
    for name, artefact in sorted(made.items()):
        target = artefacts / f"{name}.json"
        yield from differences(name, _read(target), artefact)
        if write:
            target.write_text(json.dumps(artefact, indent=1) + "\n", encoding="utf-8")
    for orphan in sorted(artefacts.glob("*.json")):
        if orphan.stem not in made:
            yield f"{orphan.stem}: no source"
            if write:
                orphan.unlink()


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    artefact: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return artefact


def differences(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """One readable line for each key in which two artefacts of a contract differ."""
    if not old:
        yield f"{name}: new"
        return
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield f"{name}: {key} differs ({_summary(old.get(key))} -> {_summary(new.get(key))})"


def _summary(value: object) -> str:
    """A few words on one side of a difference."""
    if isinstance(value, str):
        return f"{value[:10]}… {len(value)} characters" if value.startswith("0x") else value[:10]
    return f"{len(value)} entries" if isinstance(value, list | dict) else "missing"


if __name__ == "__main__":
    sys.exit(main())
