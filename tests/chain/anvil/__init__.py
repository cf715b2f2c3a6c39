"""Foundry's anvil, a chain that can be reorganised, for the tests that need one.

`make anvil` installs into this folder what package-lock.json pins; where somebody has one already,
EVLOCK_ANVIL or the PATH names it.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from normal_world.chain.anvil import VARIABLE, anvil_command
from normal_world.chain.devchain.server import free_port

FOLDER = Path(__file__).parent
PINNED_FOR = "x86_64"
HOW = f"no anvil here: `make anvil` brings it (npm, {PINNED_FOR}), or set {VARIABLE}"


def there() -> bool:
    """Whether there is one; the one of this folder is made known to the programs under test."""
    if (
        not (os.environ.get(VARIABLE) or shutil.which("anvil"))
        and (FOLDER / "node_modules" / ".package-lock.json").exists()
    ):
        os.environ[VARIABLE] = str(FOLDER)
    return bool(os.environ.get(VARIABLE) or shutil.which("anvil"))


def need_anvil() -> None:
    """Skip; fail where EVLOCK_ALL_TESTS says that this machine must have everything."""
    if there():
        return
    if os.environ.get("EVLOCK_ALL_TESTS") and platform.machine() == PINNED_FOR:
        pytest.fail(f"EVLOCK_ALL_TESTS is set, but {HOW}")
    pytest.skip(HOW)


@contextmanager
def running_anvil() -> Iterator[str]:
    """URL of a new chain that makes blocks only when it is told to."""
    need_anvil()
    port = free_port()
    argv = anvil_command(port=port, block_seconds=0)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            assert any(line.startswith(b"Listening on") for line in process.stdout)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
