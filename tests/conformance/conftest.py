"""Fixtures: a home as it is delivered, and one in its owner's hands, for each kind of home."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance.home import HOMES
from tests.conformance.kit import Kit

Make = Callable[[], Kit]


@pytest.fixture(params=list(HOMES), scope="session")
def home_kind(request: pytest.FixtureRequest) -> str:
    """Name of the home that is judged."""
    return str(request.param)


@pytest.fixture
def make(home_kind: str, tmp_path: Path) -> Iterator[Make]:
    """As many new, started homes as a test asks for."""
    made: list[Kit] = []

    def new() -> Kit:
        home = HOMES[home_kind](tmp_path / str(len(made)))
        made.append(Kit(home))
        home.start()
        return made[-1]

    yield new
    for kit in made:
        kit.close()


@pytest.fixture
def blank(make: Make) -> Kit:
    """A started home without keys."""
    return make()


@pytest.fixture
def kit(blank: Kit) -> Kit:
    """A home with keys, an owner and a policy."""
    return blank.prepare()


@pytest.fixture(scope="module")
def shared(home_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The same for a whole module, whose tests leave each other's nonces and trades alone."""
    yield from _prepared(home_kind, tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def scratch(home_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The same for those tests of a module that may leave it in any state."""
    yield from _prepared(home_kind, tmp_path_factory.mktemp("scratch"))


def _prepared(home_kind: str, folder: Path) -> Iterator[Kit]:
    kit = Kit(HOMES[home_kind](folder))
    kit.home.start()
    try:
        yield kit.prepare()
    finally:
        kit.close()
