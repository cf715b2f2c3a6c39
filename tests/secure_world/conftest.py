"""Fixtures of the secure world's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.secure_world.story")

from tests.secure_world.process import Secured  # noqa: E402
from tests.secure_world.rig import Rig  # noqa: E402


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
