"""A development chain without a clock: blocks are made by `evm_mine` only, so nothing waits."""

import os
import shutil
from collections.abc import Iterator

import pytest

from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain
from tests.chain.tools import Account


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "anvil: needs the anvil binary (PATH or EVLOCK_ANVIL)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("EVLOCK_ANVIL") or shutil.which("anvil"):
        return
    for item in items:
        if item.get_closest_marker("anvil"):
            item.add_marker(pytest.mark.skip(reason="no anvil: set EVLOCK_ANVIL"))


@pytest.fixture(scope="session")
def devchain() -> Iterator[DevChain]:
    server = DevChain("127.0.0.1", 0, None, 0)
    yield server
    server.close()


@pytest.fixture
def chain(devchain: DevChain) -> Chain:
    return Chain(devchain.url)


@pytest.fixture
def account(chain: Chain) -> Account:
    """A new account with ten ether."""
    fresh = Account()
    fresh.fund(chain)
    return fresh
