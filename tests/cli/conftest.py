"""One chain with contracts for all tests of a module that ask for it."""

from collections.abc import Iterator

import pytest

from normal_world.chain import operator
from normal_world.cli.main import run
from tests.cli.chain import Network, Typed, network


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("network")
    with network(folder) as made:
        book = str(folder / "contracts.json")
        assert run(["contracts", "deploy", "--rpc", made.url, "--book", book, "--json"]) == 0
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of these tests are short: a command looks for its receipt more often."""
    monkeypatch.setattr(operator, "POLL_S", 0.005)


@pytest.fixture
def evlock(deployed: Network, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(deployed, capsys)
