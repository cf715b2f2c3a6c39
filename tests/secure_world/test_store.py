"""The state file: versions, damage, and requests that fail half way."""

import sqlite3
from pathlib import Path

import pytest

from secure_world.commands import Command, Count, Empty, Role
from secure_world.device import DATABASE, SECRET, Device
from secure_world.dispatch import HANDLERS
from secure_world.errors import SecureWorldRefused, StateUnreadable
from secure_world.store import MIGRATIONS
from tests.secure_world.rig import Rig, StandingClock


def closed(folder: Path) -> Path:
    """A state folder with keys, and nobody in it."""
    Rig(folder).device.close()
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(StateUnreadable) as caught:
        Device(folder, StandingClock())
    return str(caught.value)


def test_a_state_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    folder = closed(tmp_path / "state")
    database = sqlite3.connect(folder / DATABASE)
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    before = (folder / DATABASE).read_bytes()
    assert "expected at most" in refused(folder)
    assert (folder / DATABASE).read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    folder = closed(tmp_path / "state")
    (folder / DATABASE).write_bytes(b"not a database at all" * 100)
    assert "expected secured's own state" in refused(folder)
    assert (folder / DATABASE).read_bytes().startswith(b"not a database")


@pytest.mark.parametrize("secret", [b"\7" * 32, b"\7" * 31, None], ids=["other", "short", "lost"])
def test_a_device_secret_that_does_not_fit_is_said(tmp_path: Path, secret: bytes | None) -> None:
    folder = closed(tmp_path / "state")
    (folder / SECRET).unlink()
    if secret is not None:
        (folder / SECRET).write_bytes(secret)
    assert "expected" in refused(folder)
    assert (folder / SECRET).exists() == (secret is not None)


def test_a_defect_half_way_leaves_no_trace(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_and_fail(device: Device, request: Count) -> None:
        device.store.write("UPDATE register SET export_uwh = 999")
        raise ZeroDivisionError("secret value")

    monkeypatch.setitem(HANDLERS, Command.COUNT, write_and_fail)
    with pytest.raises(SecureWorldRefused) as caught:
        rig.ask(Role.METER, Command.COUNT, Count(1, 0, 5))
    assert str(caught.value) == "INTERNAL ZeroDivisionError in evlock-secured"
    monkeypatch.undo()
    assert rig.ask(Role.METER, Command.INFO, Empty()).export_uwh == 0
    assert rig.ask(Role.METER, Command.COUNT, Count(1, 0, 5)).export_uwh == 5
