"""Foundry's anvil, a chain that can be reorganised, for the tests that need one.

`make anvil` installs into this folder what package-lock.json pins; where somebody has one already,
EVLOCK_ANVIL or the PATH names it.
"""

import os
import platform
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from normal_world.chain.anvil import VARIABLE, anvil_command
from normal_world.chain.devchain.server import free_port

FOLDER = Path(__file__).parent
START_LIMIT_S = 30.0
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
    argv = [*anvil_command(port=port, block_seconds=0), "--quiet"]  # nobody would read it
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        assert process.poll() is None, f"anvil ended with exit code {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            threading.Event().wait(0.02)
        else:
            return
    raise AssertionError("anvil does not answer")
