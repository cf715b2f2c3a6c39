"""The same sweep with real processes and real SIGKILLs, at a handful of points."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain
from tests.chain.life import INTENTS
from tests.chain.tools import COUNTER, Account, count, deploy

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ticking() -> Iterator[DevChain]:
    """With a clock: a block every 20 ms."""
    server = DevChain("127.0.0.1", 0, None, 0.02)
    yield server
    server.close()


def live(url: str, path: Path, account: Account, contract: str, at: int) -> int:
    arguments = [url, str(path), account.key.to_bytes().hex(), contract, str(at)]
    command = [sys.executable, "-m", "tests.chain.life", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, timeout=60, check=False).returncode


@pytest.mark.parametrize("at", [6, 17, 26, 33])
def test_sigkill_then_a_new_process(ticking: DevChain, tmp_path: Path, at: int) -> None:
    chain = Chain(ticking.url)
    account = Account()
    account.fund(chain)
    counter = deploy(chain, COUNTER)
    path = tmp_path / "outbox.sqlite"
    assert live(ticking.url, path, account, counter, at) == -signal.SIGKILL
    assert live(ticking.url, path, account, counter, 0) == 0
    assert [count(chain, counter, number) for number in range(INTENTS)] == [1] * INTENTS
    assert chain.nonce(account.address) == INTENTS
