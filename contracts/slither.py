"""Slither over all contracts: `python -m contracts.slither`; exit code 1 if it finds anything.

It lives in a virtual environment of its own (its pins are not ours) beside the npm packages. What
it calls informational or an optimisation is not asked for; a finding that is answered in the code
has its reason behind `slither-disable`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from contracts.compiler import ROOT, SETTINGS, closure
from contracts.toolchain import FOLDER, MODULES, ToolchainError, bring_packages, node_path

SLITHER = "slither-analyzer==0.11.6"
HOME = FOLDER / ".slither"
QUIET = ("--exclude-informational", "--exclude-optimization", "--filter-paths", "@openzeppelin")
OUTPUT = {"*": {"*": ["abi", "evm.bytecode", "evm.deployedBytecode"], "": ["ast"]}}
WRAPPER = """#!{node}
const solc = require({modules!r} + '/solc');
if (process.argv.includes('--version')) console.log('Version: ' + solc.version());
else process.stdout.write(solc.compile(require('fs').readFileSync(0, 'utf8')));
"""


def main(arguments: list[str] | None = None) -> int:
    """Its findings on standard output; 0 none, 1 some, 2 it could not run."""
    parser = argparse.ArgumentParser(prog="contracts.slither", description=__doc__)
    parser.add_argument("contracts", nargs="*", help="some of them, by name; else all")
    wanted = parser.parse_args(arguments).contracts
    try:
        bring_packages()
        return _analyse(_bring_slither(), wanted)
    except ToolchainError as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return 2


def _bring_slither() -> Path:
    program = HOME / "bin" / "slither"
    if not program.exists():
        venv.create(HOME, with_pip=True)
        _run([str(HOME / "bin" / "pip"), "install", "--quiet", SLITHER], FOLDER)
    return program


def _analyse(program: Path, wanted: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "all.json").write_text(json.dumps(_request(wanted, place)), encoding="utf-8")
        solc = place / "solc"
        solc.write_text(WRAPPER.format(node=node_path(), modules=str(MODULES)), encoding="utf-8")
        solc.chmod(0o700)
        words = [str(program), "all.json", "--compile-force-framework", "solc-json"]
        done = subprocess.run(
            [*words, "--solc", str(solc), *QUIET],
            cwd=place,
            capture_output=True,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
    said = done.stderr.strip()
    if "analyzed" not in said:
        raise ToolchainError(f"slither: {said.splitlines()[-1] if said else 'no output'}")
    print(said)
    return 1 if "INFO:Detectors:" in said else 0


def _request(wanted: list[str], place: Path) -> dict[str, Any]:
    """All sources in one compilation; also laid out as files, from which findings are quoted."""
    sources: dict[str, str] = {}
    for path in sorted((ROOT / "contracts" / "src").glob("*.sol")):
        if not wanted or path.stem in wanted:
            sources |= closure(path.relative_to(ROOT).as_posix())
    if not sources:
        raise ToolchainError(f"no contract {', '.join(wanted)}")
    for name, text in sources.items():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    found = {name: {"content": text} for name, text in sources.items()}
    settings = {**SETTINGS, "outputSelection": OUTPUT}
    return {"language": "Solidity", "settings": settings, "sources": found}


def _run(words: list[str], folder: Path) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise ToolchainError(f"{' '.join(words[:3])}: {done.stderr.strip() or done.stdout.strip()}")


if __name__ == "__main__":
    sys.exit(main())
