"""claim, pin, audit, backup, restore, zeroise and key unlock, against the real evlock-secured."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from normal_world.cli import policy_file
from normal_world.cli.main import run
from tests.secure_world import owner
from tests.secure_world.process import Secured

Told = Callable[..., dict[str, Any]]
Failed = Callable[..., str]
PUBLIC_KEY = "0x" + owner.PUBLIC_KEY.hex()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secured]:
    """A node with keys; files with the PIN, another PIN, and the owner's key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVLOCK_DEBUG", raising=False)
    for name, text in (
        ("pin", owner.PIN),
        ("new-pin", "161803"),
        ("wrong-pin", "314159"),
        ("owner", "0x" + owner.KEY.secret.hex()),
        ("none", ""),
    ):
        Path(name).write_text(text + "\n", encoding="utf-8")
    with Secured(tmp_path / "home") as secured:
        (tmp_path / "home").mkdir()
        monkeypatch.setenv("EVLOCK_HOME", str(tmp_path / "home"))
        assert secured.start()
        secured.admin.provision(12, "", 1000)
        yield secured


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    def ask(*arguments: str) -> dict[str, Any]:
        code = run([*arguments, "--json"])
        captured = capsys.readouterr()
        assert code == 0, captured.err
        answer: dict[str, Any] = json.loads(captured.out)
        return answer

    return ask


@pytest.fixture
def failed(capsys: pytest.CaptureFixture[str]) -> Failed:
    def ask(code: int, *arguments: str) -> str:
        assert run([*arguments]) == code
        captured = capsys.readouterr()
        assert len(captured.err.splitlines()) == 1, captured.err
        return captured.err

    return ask


def claim(told: Told) -> None:
    told("secure-world", "claim", "--owner-key", PUBLIC_KEY, "--pin-file", "pin")


@pytest.mark.parametrize("given", ["digits", "file of digits", "owner's file"])
def test_a_device_is_claimed_by_the_owners_public_key(
    home: Secured, told: Told, failed: Failed, given: str
) -> None:
    Path("public").write_text(PUBLIC_KEY + "\n", encoding="utf-8")
    key = {"digits": PUBLIC_KEY, "file of digits": "public", "owner's file": "owner"}[given]
    answer = told("secure-world", "claim", "--owner-key", key, "--pin-file", "pin")
    assert answer["owner"].lower() == "0x" + owner.OWNER.hex()
    assert home.admin.info().owner == owner.OWNER
    again = failed(3, "secure-world", "claim", "--owner-key", key, "--pin-file", "pin")
    assert again.startswith("ALREADY-CLAIMED")


def test_the_pin_locks_and_unlocks_and_is_changed(
    home: Secured, told: Told, failed: Failed
) -> None:
    claim(told)
    told("key", "lock")
    assert failed(3, "key", "unlock", "--pin-file", "wrong-pin").startswith("PIN-WRONG")
    assert home.admin.info().locked
    assert told("key", "unlock", "--pin-file", "pin") == {"locked": False}
    told("secure-world", "pin", "--pin-file", "pin", "--new-pin-file", "new-pin")
    assert failed(3, "key", "unlock", "--pin-file", "pin").startswith("PIN-WRONG")
    told("key", "unlock", "--pin-file", "new-pin")


def test_a_pin_is_typed_twice_and_never_shown(
    home: Secured, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = iter([owner.PIN, "other", owner.PIN, owner.PIN])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    assert run(["secure-world", "claim", "--owner-key", PUBLIC_KEY]) == 2
    assert "differ" in capsys.readouterr().err
    assert run(["secure-world", "claim", "--owner-key", PUBLIC_KEY]) == 0
    captured = capsys.readouterr()
    assert owner.PIN not in captured.out + captured.err
    assert home.admin.info().owner == owner.OWNER


def test_the_audit_log_is_shown_kept_and_proven(
    home: Secured, told: Told, failed: Failed, capsys: pytest.CaptureFixture[str]
) -> None:
    claim(told)
    first = told("secure-world", "audit", "--verify", "--out", "first.json")
    assert [one["event"] for one in first["entries"]] == ["START", "PROVISIONED", "CLAIMED"]
    told("key", "lock")
    assert run(["secure-world", "audit", "--since", "first.json"]) == 0
    text = capsys.readouterr().out
    assert "LOCKED" in text
    assert "unchanged: all entries up to 3" in text
    last = told("secure-world", "audit", "--last", "1")
    assert [one["event"] for one in last["entries"]] == ["LOCKED"]
    assert last["count"] == 4
    assert "exists" in failed(2, "secure-world", "audit", "--out", "first.json")


@pytest.mark.parametrize("forged", [{"detail": "0x00"}, {"event": "QUOTE"}, {"uptime_ms": 1}])
def test_a_copy_that_differs_is_told(
    home: Secured, told: Told, failed: Failed, forged: dict[str, Any]
) -> None:
    claim(told)
    told("secure-world", "audit", "--out", "copy.json")
    copy = json.loads(Path("copy.json").read_text(encoding="utf-8"))
    copy["entries"][-1] |= forged
    Path("copy.json").write_text(json.dumps(copy), encoding="utf-8")
    line = failed(1, "secure-world", "audit", "--since", "copy.json")
    assert line.startswith("AUDIT-BROKEN copy.json: entry 3")


def test_a_log_that_was_begun_anew_is_told(home: Secured, told: Told, failed: Failed) -> None:
    claim(told)
    told("secure-world", "audit", "--out", "copy.json")
    home.stop()
    shutil.rmtree(home.state)
    home.start()
    for _ in range(3):
        home.stop()
        home.start()
    told("secure-world", "audit", "--verify")  # whole in itself
    line = failed(1, "secure-world", "audit", "--since", "copy.json")
    assert line.startswith("AUDIT-BROKEN entry 3: hash")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET entry = x'c0' WHERE number = 2",  # no entry at all
        "UPDATE audit SET entry = (SELECT entry FROM audit WHERE number = 1) WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "UPDATE audit SET hash = zeroblob(32) WHERE number = 3",
    ],
)
def test_a_changed_row_ends_verify_with_code_1(
    home: Secured, told: Told, failed: Failed, change: str
) -> None:
    claim(told)
    home.stop()
    with closing(sqlite3.connect(home.state / "state.db")) as database:
        database.execute(change)
        database.commit()
    assert home.start()
    assert failed(1, "secure-world", "audit", "--verify").startswith("AUDIT-BROKEN")


def test_an_account_moves_to_a_new_board(home: Secured, told: Told, failed: Failed) -> None:
    claim(told)
    owner.rule(home.admin)
    before = home.admin.info()
    kept = told("secure-world", "backup", "--out", "backup.json", "--pin-file", "pin")
    assert kept["account"] == "0x" + (before.account or b"").hex()
    assert Path("backup.json").stat().st_mode & 0o777 == 0o600
    assert "exists" in failed(2, "secure-world", "backup", "--out", "backup.json")
    told("secure-world", "zeroise", "--yes", "--pin-file", "pin")
    restore = ["secure-world", "restore", "backup.json", "--owner-key", "owner"]
    made = told(*restore, "--policy-out", "policy.json")
    after = home.admin.info()
    assert made == {"account": kept["account"], "meter": "0x" + (after.meter or b"").hex()}
    assert after.meter != before.meter
    assert after.rated_power_w == 1000
    claim(told)
    told("secure-world", "policy", "sign", "policy.json", "--owner-key", "owner")
    told("secure-world", "policy", "set", "policy.json")
    assert home.admin.get_policy().rules == owner.signed(b"\1" * 20, owner.law()).rules
    assert failed(3, *restore).startswith("ALREADY-PROVISIONED")


def test_a_policy_of_another_device_is_refused_as_such(
    home: Secured, told: Told, failed: Failed
) -> None:
    claim(told)
    request = owner.signed(b"\5" * 20, owner.law())
    policy = policy_file.Proposal(b"\5" * 20, 1, request.previous, request.rules, request.signature)
    policy_file.write(Path("other.json"), policy)
    line = failed(3, "secure-world", "policy", "set", "other.json")
    assert line.startswith("POLICY-SIGNER policy for meter 0x05050505")
    assert home.admin.get_policy().version == 0


def test_a_backup_holds_no_secret_of_the_meter(home: Secured, told: Told) -> None:
    claim(told)
    told("secure-world", "backup", "--out", "backup.json", "--pin-file", "pin")
    kept = json.loads(Path("backup.json").read_text(encoding="utf-8"))
    assert sorted(kept) == sorted(
        "evlock_backup made_at account owner sealed meter rated_power_w policy calibration".split()
    )
    assert len(bytes.fromhex(kept["sealed"][2:])) == 93  # point, nonce, one key of 32, tag


def test_the_wrong_owners_key_restores_nothing(home: Secured, told: Told, failed: Failed) -> None:
    claim(told)
    told("secure-world", "backup", "--out", "backup.json", "--pin-file", "pin")
    told("secure-world", "zeroise", "--yes", "--pin-file", "pin")
    Path("owner").write_text("0x" + "77" * 32, encoding="utf-8")
    line = failed(2, "secure-world", "restore", "backup.json", "--owner-key", "owner")
    assert line.startswith("BACKUP-INVALID")
    assert not home.admin.info().provisioned


def test_zeroise_wants_the_meter_ids_digits(
    home: Secured, monkeypatch: pytest.MonkeyPatch, told: Told, failed: Failed
) -> None:
    claim(told)
    meter = home.admin.info().meter
    assert meter is not None
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _prompt: "nope")
    assert run(["secure-world", "zeroise", "--pin-file", "pin"]) == 2
    assert home.admin.info().provisioned
    monkeypatch.setattr("builtins.input", lambda _prompt: meter.hex()[-4:].upper())
    assert run(["secure-world", "zeroise", "--pin-file", "pin"]) == 0
    info = home.admin.info()
    assert (info.provisioned, info.owner) == (False, None)


def test_zeroise_without_a_terminal_wants_yes(home: Secured, told: Told, failed: Failed) -> None:
    claim(told)
    with Path("none").open(encoding="utf-8") as nobody, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", nobody)
        assert "--yes" in failed(2, "secure-world", "zeroise", "--pin-file", "pin")
    assert home.admin.info().provisioned
