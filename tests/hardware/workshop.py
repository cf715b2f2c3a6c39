"""Builds what the tests of this folder need: the shim, and real libraries, each apart.

RPi.GPIO and rpi-lgpio have the same import name, so no library goes into the tests' own
environment. Everything is kept in pytest's cache; a machine installs it once.
"""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

REQUIREMENTS = {
    "rpi": "RPi.GPIO==0.7.1",
    "lgpio": "rpi-lgpio==0.6",
    "gpiod": "gpiod==2.5.0",
    "smbus2": "smbus2==0.6.1",
}
FROM_SOURCE = {"rpi"}
WHEEL_ONLY = {"lgpio"}  # its source needs swig, and there is not a wheel for every Python
SOURCES = Path(__file__).parent / "shim"
LIMIT_S = 600.0  # for a slow network


def impossible(why: str) -> NoReturn:
    """Skip; fail where EVLOCK_ALL_TESTS says that this machine must have everything."""
    if os.environ.get("EVLOCK_ALL_TESTS"):
        pytest.fail(f"EVLOCK_ALL_TESTS is set, but {why}")
    pytest.skip(why)


def need_compiler() -> None:
    """gcc, or skip."""
    if shutil.which("gcc") is None:
        impossible("gcc is missing: apt install gcc libc6-dev")


def need_x86() -> None:
    """The register shim steps over single instructions, or skip."""
    if platform.machine() != "x86_64":
        impossible(f"the shim of /dev/gpiomem is for x86_64, this is {platform.machine()}")


def build_shim(cache: Path) -> Path:
    """The shared object for LD_PRELOAD."""
    need_compiler()
    sources = sorted(SOURCES.glob("*.c"))
    made = cache / "shim.so"
    newest = max(source.stat().st_mtime for source in [*sources, SOURCES / "shim.h"])
    if not made.exists() or made.stat().st_mtime < newest:
        with tempfile.TemporaryDirectory(dir=cache) as place:
            fresh = Path(place) / "shim.so"
            command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
            _check(_run([*command, "-o", str(fresh), *map(str, sources), "-ldl"]))
            fresh.rename(made)
    return made


def library(cache: Path, name: str) -> Path:
    """A folder for PYTHONPATH with the real library of that name, and nothing else."""
    if name in FROM_SOURCE:
        need_compiler()
        if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
            impossible("Python.h is missing: apt install python3-dev")
    requirement = REQUIREMENTS[name]
    place = cache / f"{requirement}-{sys.implementation.cache_tag}"
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            fresh = Path(temporary) / "library"
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input"]
            pip += ["--disable-pip-version-check", "--target", str(fresh), requirement]
            if name in WHEEL_ONLY:
                pip += ["--only-binary", "lgpio"]
            done = _run(pip)
            if name in WHEEL_ONLY and "No matching distribution" in done.stderr:
                impossible(f"lgpio has no wheel for {sys.implementation.cache_tag}")
            _check(done)
            with suppress(OSError):  # another run of the tests was faster
                fresh.rename(place)
    return place


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)


def _check(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, f"{' '.join(done.args)}:\n{done.stdout}{done.stderr}"
