"""Mythril over all contracts: `python -m contracts.mythril`; exit code 1 if it finds anything.

Symbolic execution of the runtime code, two transactions deep, so many seconds a contract. Its
pinned version knows neither transient storage nor MCOPY. So what it reads is compiled for Shanghai,
with a re-entrancy guard of the same rules in ordinary storage: the sources are otherwise the same.
Its integer module is left out: the compiler checks arithmetic, and what that module reports are the
compiler's own masks (1 << 160) - 1, on plain getters too. So is the one for predictable variables:
it names every comparison with block.number, of which the windows are made; that nothing else of a
block is read, a test sees in the sources.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from itertools import pairwise
from pathlib import Path

from contracts.compiler import ROOT, SETTINGS, closure
from contracts.toolchain import FOLDER, ToolchainError, bring_packages, compile_json

MYTHRIL = ("mythril==0.24.8", "setuptools<80")
HOME = FOLDER / ".mythril"
MODULES = (
    *("AccidentallyKillable", "ArbitraryDelegateCall", "ArbitraryJump", "ArbitraryStorage"),
    *("EtherThief", "Exceptions", "ExternalCalls", "MultipleSends", "StateChangeAfterCall"),
    *("TransactionOrderDependence", "TxOrigin", "UncheckedRetval", "UnexpectedEther"),
    "UserAssertions",
)
GUARD = "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol"
STORED_GUARD = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;
abstract contract ReentrancyGuardTransient {
    bool private entered;
    error ReentrancyGuardReentrantCall();
    modifier nonReentrant() {
        if (entered) revert ReentrancyGuardReentrantCall();
        entered = true;
        _;
        entered = false;
    }
    modifier nonReentrantView() {
        if (entered) revert ReentrancyGuardReentrantCall();
        _;
    }
}
"""


def main(arguments: list[str] | None = None) -> int:
    """Its report for each contract on standard output."""
    parser = argparse.ArgumentParser(prog="contracts.mythril", description=__doc__)
    parser.add_argument("contracts", nargs="*", help="some of them, by name; else all")
    parser.add_argument("--seconds", type=int, default=300, help="for each contract (300)")
    options = parser.parse_args(arguments)
    names = options.contracts or [p.stem for p in sorted((ROOT / "contracts/src").glob("*.sol"))]
    try:
        bring_packages()
        program = _bring_mythril()
        clean = [_analyse(program, name, options.seconds) for name in names]
    except ToolchainError as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return 2
    return 0 if all(clean) else 1


def _bring_mythril() -> Path:
    program = HOME / "bin" / "myth"
    if not program.exists():
        venv.create(HOME, with_pip=True)
        words = [str(HOME / "bin" / "pip"), "install", "--quiet", *MYTHRIL]
        if subprocess.run(words, stdout=sys.stderr).returncode != 0:
            raise ToolchainError(f"{' '.join(words)} failed")
    return program


def _analyse(program: Path, name: str, seconds: int) -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=".hex") as file:
        file.write(_runtime(name))
        file.flush()
        words = [str(program), "analyze", "--bin-runtime", "-f", file.name, "-t", "2"]
        words += ["-m", ",".join(MODULES)]
        words += ["--execution-timeout", str(seconds), "--solver-timeout", "5000"]
        begun = time.monotonic()
        done = subprocess.run(words, capture_output=True, text=True)
        taken = time.monotonic() - begun
    said = done.stdout.strip()
    clean = "No issues were detected" in said
    if not said:
        raise ToolchainError(f"mythril on {name}: {done.stderr.strip().splitlines()[-1:]}")
    much = "stopped, some paths not seen" if taken >= seconds else "all paths of two transactions"
    print(f"== {name}: {taken:.0f} s, {much}\n{said}\n", flush=True)
    return clean


def _runtime(name: str) -> str:
    """Runtime code with each immutable set to a number of its own: none of them is zero."""
    unit = f"contracts/src/{name}.sol"
    sources = {path: {"content": text} for path, text in closure(unit).items()}
    for source in sources.values():
        source["content"] = _without_mcopy(source["content"])
    if GUARD in sources:
        sources[GUARD] = {"content": STORED_GUARD}
    wanted = ["evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]
    settings = {**SETTINGS, "evmVersion": "shanghai", "outputSelection": {unit: {name: wanted}}}
    request = {"language": "Solidity", "settings": settings, "sources": sources}
    answer = json.loads(compile_json(json.dumps(request)))
    try:
        code = answer["contracts"][unit][name]["evm"]["deployedBytecode"]
    except KeyError:
        said = [entry["formattedMessage"] for entry in answer.get("errors", [])]
        raise ToolchainError(f"{name} for Shanghai: {said[:1]}") from None
    octets = bytearray.fromhex(code["object"])
    for number, places in enumerate(code["immutableReferences"].values(), start=1):
        for place in places:
            end = place["start"] + place["length"]
            octets[place["start"] : end] = (0x1000 + number).to_bytes(place["length"], "big")
    return octets.hex()


def _without_mcopy(text: str) -> str:
    """Copies word by word instead; it may write up to 31 bytes past the end, into free memory."""
    while (start := text.find("mcopy(")) >= 0:
        depth, place, parts = 1, start + 6, [start + 6]
        while depth:
            depth += {"(": 1, ")": -1}.get(text[place], 0)
            if (depth == 1 and text[place] == ",") or depth == 0:
                parts.append(place + 1)
            place += 1
        to, source, size = (text[one : two - 1] for one, two in pairwise(parts))
        loop = f"for {{ let w := 0 }} lt(w, {size}) {{ w := add(w, 32) }}"
        copy = f"{loop} {{ mstore(add({to}, w), mload(add({source}, w))) }}"
        text = text[:start] + copy + text[place:]
    return text


if __name__ == "__main__":
    sys.exit(main())
