"""Fixtures of the secure world's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.secure_world.process import Secured
from tests.secure_world.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A provisioned device in this process."""
    made = Rig(tmp_path / "state")
    yield made
    made.device.close()


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    """The real program, running, without keys."""
    with Secured(tmp_path) as made:
        made.start()
        yield made
