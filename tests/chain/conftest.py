"""A development chain without a clock: blocks are made by `evm_mine` only, so nothing waits."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain
from normal_world.chain.outbox import Outbox
from tests.chain.anvil import running_anvil
from tests.chain.tools import COUNTER, ETHER, RICH, Account, SignerRefused, deploy, mine

Maker = Callable[..., Outbox]


@pytest.fixture(scope="session")
def anvil() -> Iterator[Chain]:
    """One without a clock, as the development chain, with the same rich account."""
    with running_anvil() as url:
        chain = Chain(url)
        chain.rpc("anvil_setBalance", RICH, hex(10**6 * ETHER))
        chain.rpc("anvil_impersonateAccount", RICH)
        mine(chain, 8)
        yield chain


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


@pytest.fixture
def make(chain: Chain, account: Account, tmp_path: Path) -> Iterator[Maker]:
    made: list[Outbox] = []

    def outbox(**options: Any) -> Outbox:
        settings: dict[str, Any] = {"refused": (SignerRefused,), "bump_blocks": 2} | options
        on = settings.pop("on", chain)
        signer = settings.pop("sign", account.sign)
        made.append(Outbox(tmp_path / "outbox.sqlite", on, account.address, signer, **settings))
        return made[-1]

    yield outbox
    for box in made:
        box.close()


@pytest.fixture
def counter(chain: Chain) -> str:
    return deploy(chain, COUNTER)
