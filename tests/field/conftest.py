"""One node for the tests of this folder that need a whole one; each leaves it as it found it."""

from collections.abc import Iterator

import pytest

from tests.field.bench import Bench, bench


@pytest.fixture(scope="session")
def node() -> Iterator[Bench]:
    """Set up by `evlock setup`, calibrated, all three programs running, on its own chain."""
    with bench() as made:
        made.set_up()
        yield made
