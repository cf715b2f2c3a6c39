from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import pytest

from tests.contracts.abi import Refused
from tests.contracts.world import AMOUNT, Household, Terms, World


class RefusedWith(Protocol):
    def __call__(self, name: str, *arguments: Any) -> AbstractContextManager[None]: ...


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def seller(world: World) -> Household:
    return world.household("seller")


@pytest.fixture
def buyer(world: World) -> Household:
    return world.household("buyer")


@pytest.fixture
def terms(world: World, seller: Household, buyer: Household) -> Terms:
    """A trade of AMOUNT, with blocks enough gone by to deliver it."""
    opened = world.trade(seller, buyer, AMOUNT)
    world.evm.mine(30)
    return opened


@pytest.fixture
def refused() -> RefusedWith:
    """`with refused("Name", first, …)`: the call reverts so; no arguments given: any will do."""

    @contextmanager
    def expect(name: str, *arguments: Any) -> Iterator[None]:
        with pytest.raises(Refused) as caught:
            yield
        assert caught.value.name == name
        assert not arguments or caught.value.arguments == arguments

    return expect
