"""Contracts on a chain without a clock, made once; households made for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from normal_world.chain.address_book import AddressBook
from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain
from tests.auction.street import House, Miner, deploy, house

Build = Callable[..., House]


@pytest.fixture(scope="session")
def network() -> Iterator[tuple[Miner, AddressBook]]:
    server = DevChain("127.0.0.1", 0, None, 0)
    yield deploy(Chain(server.url))
    server.close()


@pytest.fixture
def build(network: tuple[Miner, AddressBook], tmp_path: Path) -> Iterator[Build]:
    made: list[House] = []

    def one(name: str, **settings: Any) -> House:
        made.append(house(*network, tmp_path, name, **settings))
        return made[-1]

    yield one
    for each in made:
        if hasattr(each, "rows"):
            each.stop()
