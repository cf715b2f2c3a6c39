"""The state file: versions, damage, and requests that fail half way."""

import sqlite3
from pathlib import Path

import pytest

from secure_world.commands import Command, Count, Empty, Lock, Role
from secure_world.device import Device
from secure_world.dispatch import HANDLERS, answers
from secure_world.envelope import decode_response, encode_request
from secure_world.errors import ErrorCode, SecureWorldRefused, StateUnreadable
from secure_world.places import DATABASE, SECRET
from secure_world.store import MIGRATIONS, Store
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
    def write_and_fail(device: Device, _: Lock) -> None:
        device.store.write("UPDATE register SET export_uwh = 999")
        raise ZeroDivisionError("secret value")

    rig.ask(Role.METER, Command.COUNT, Count(1, 0, 3))
    monkeypatch.setitem(HANDLERS, Command.LOCK, write_and_fail)
    with pytest.raises(SecureWorldRefused) as caught:
        rig.ask(Role.ADMIN, Command.LOCK, Lock())
    assert str(caught.value) == "INTERNAL ZeroDivisionError in evlock-secured"
    monkeypatch.undo()
    assert rig.ask(Role.METER, Command.INFO, Empty()).export_uwh == 3
    assert rig.ask(Role.METER, Command.COUNT, Count(1, 0, 5)).export_uwh == 5


def test_a_batch_is_durable_as_a_whole_or_refused_as_a_whole(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(store: Store) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    requests = [
        (Role.METER, encode_request(Command.COUNT, number, Count(1, 0, number)))
        for number in (1, 2, 3)
    ]
    monkeypatch.setattr(Store, "commit", full)
    replies = [decode_response(reply, 0) for reply in answers(rig.device, requests)]
    monkeypatch.undo()
    assert [ErrorCode(status) for status, _ in replies] == [ErrorCode.STORAGE] * 3
    assert rig.device.register.export_uwh == 0
    replies = [
        decode_response(reply, number)
        for number, reply in enumerate(answers(rig.device, requests), 1)
    ]
    assert [status for status, _ in replies] == [0] * 3
    rig.restart()
    assert rig.device.register.export_uwh == 3


def test_a_refused_request_does_not_undo_its_neighbours(rig: Rig) -> None:
    good = encode_request(Command.COUNT, 1, Count(1, 0, 9))
    bad = encode_request(Command.COUNT, 2, Count(1, 0, 8))
    first, second = answers(rig.device, [(Role.METER, good), (Role.METER, bad)])
    assert decode_response(first, 1)[0] == 0
    assert decode_response(second, 2)[0] == ErrorCode.REGISTER_BACKWARDS
    rig.restart()
    assert rig.device.register.export_uwh == 9
