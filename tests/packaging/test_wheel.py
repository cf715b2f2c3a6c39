"""The wheel in a clean environment, started from `/`: nothing of the source tree is at hand."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.plant_process import ROOT

NOT_SOURCE = ("node_modules", "build", "dist", "*.egg-info", "__pycache__")
LEFT_OUT = shutil.ignore_patterns(".*", *NOT_SOURCE)


def run(*argv: str | Path, cwd: Path = Path("/")) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "EVLOCK"))}
    done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{argv}: {done.stderr[-3000:]}"
    return done.stdout


def test_the_wheel_trades() -> None:
    with tempfile.TemporaryDirectory(prefix="evw") as folder:
        place = Path(folder)
        shutil.copytree(ROOT, place / "source", ignore=LEFT_OUT)
        pip = (sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "--wheel-dir")
        run(*pip, place, place / "source")
        (wheel,) = place.glob("evlock-*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        assert any(name.endswith("EnergyMarket.json") for name in names)
        assert any(name.endswith("virtual.toml") for name in names)
        assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)
        shutil.rmtree(place / "source")
        run(sys.executable, "-m", "venv", place / "clean")
        run(place / "clean/bin/pip", "--quiet", "install", wheel)
        shown = run(place / "clean/bin/evlock", "demo", "--json", "--amount-uwh", "5000")
        assert json.loads(shown.splitlines()[-1])["state"] == "settled"
