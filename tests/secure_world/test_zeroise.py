"""Zeroise and tamper marks: what they destroy is gone from the files too, at any power cut."""

import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest

from secure_world.protocol import EXPORT, Finding, OpenTrade, SecureWorldUnreachable
from tests.secure_world import owner
from tests.secure_world.process import Secured, refusal
from tests.secure_world.rig import CHAIN, MARKET

LAUNCHER = ("-m", "tests.secure_world.launcher")
POWER_W = 2**24 - 1
TRADE = OpenTrade(CHAIN, MARKET, b"\1" * 32, EXPORT, 10**6, b"\x0c" * 20, b"\5" * 32)
MARKED, UNMARKED = Finding.CASE_OPENED, Finding.DEBUGGER
SECRETS = (
    "SELECT sealed FROM device",
    "SELECT wrapped FROM slot",
    "SELECT hash FROM pin",
    "SELECT rules FROM policy",
    "SELECT opened FROM trade",
)


def lived_in(secured: Secured) -> list[bytes]:
    """A device with keys, owner, policy, a trade and energy; what of it must vanish."""
    secured.admin.provision(12, "", POWER_W)
    owner.take(secured.admin, owner.law(tamper_marks=1 << MARKED))
    secured.meter.open_trade(TRADE)
    secured.meter.count(1, 20, 300)
    secured.stop()
    secret = (secured.state / "device-secret").read_bytes()
    with closing(sqlite3.connect(secured.state / "state.db")) as db:
        rows = [db.execute(query).fetchone() for query in SECRETS]
    found = [secret, *[row[0] for row in rows]]
    assert all(found)
    secured.start()
    return found


def traces(secured: Secured, secrets: list[bytes]) -> list[str]:
    """Files that still hold any of them."""
    return [
        f"{file.name}: {number}"
        for file in secured.state.rglob("*")
        for number, secret in enumerate(secrets)
        if file.is_file() and secret in file.read_bytes()
    ]


def test_nothing_of_the_keys_is_left_in_the_files(secured: Secured) -> None:
    secrets = lived_in(secured)
    assert traces(secured, secrets)
    count = secured.admin.info().audit_count
    secured.admin.zeroise(owner.PIN)
    assert traces(secured, secrets) == []  # at once: nobody waits for a restart
    info = secured.admin.info()
    assert (info.provisioned, info.account, info.meter) == (False, None, None)
    assert (info.owner, info.policy_version, info.open_export) == (None, 0, None)
    assert (info.import_uwh, info.export_uwh) == (20, 300)
    assert secured.admin.audit(count + 1).entries[-1].event == "ZEROISED"
    assert refusal(lambda: secured.meter.open_trade(TRADE)) == "NOT-PROVISIONED"
    assert refusal(lambda: secured.admin.unlock(owner.PIN)) == "NOT-CLAIMED"


def test_a_zeroised_device_is_a_new_one_but_for_its_registers(secured: Secured) -> None:
    lived_in(secured)
    before = secured.admin.info()
    secured.admin.lock()
    secured.admin.zeroise(owner.PIN)
    secured.stop()
    assert secured.start()
    secured.admin.provision(12, "", POWER_W)
    state = owner.take(secured.admin)
    assert state.version == 1
    info = secured.admin.info()
    assert info.meter != before.meter
    assert not info.locked
    assert secured.meter.open_trade(TRADE).from_uwh == 300
    assert info.audit_count > before.audit_count


def test_zeroise_asks_the_pin(secured: Secured) -> None:
    secrets = lived_in(secured)
    assert refusal(lambda: secured.admin.zeroise("314159")) == "PIN-WRONG"
    assert secured.admin.info().provisioned
    assert traces(secured, secrets)


def test_a_marked_finding_destroys_the_keys(secured: Secured) -> None:
    secrets = lived_in(secured)
    keys = secrets[:3]
    assert secured.meter.tamper(MARKED) is True
    assert traces(secured, keys[:2]) == []
    info = secured.admin.info()
    assert (info.tampered, info.provisioned) == (1 << MARKED, False)
    assert (info.import_uwh, info.export_uwh) == (20, 300)
    for _ in range(2):
        assert refusal(lambda: secured.meter.open_trade(TRADE)) == "TAMPERED"
        assert refusal(lambda: secured.admin.backup(owner.PIN)) == "TAMPERED"
        assert refusal(lambda: secured.admin.provision(12, "", POWER_W)) == "TAMPERED"
        assert secured.meter.tamper(MARKED) is True  # again: gone already
        secured.kill()
        secured.start()
    events = [entry.event for entry in secured.admin.audit(1).entries]
    assert events.count("TAMPER") == events.count("KEYS-DESTROYED") == 1


def test_after_a_marked_finding_a_person_makes_the_device_new(secured: Secured) -> None:
    lived_in(secured)
    secured.meter.tamper(MARKED)
    secured.admin.zeroise(owner.PIN)
    secured.admin.provision(12, "", POWER_W)
    assert secured.admin.info().tampered == 0
    owner.take(secured.admin)
    assert secured.meter.open_trade(TRADE).from_uwh == 300


def test_an_unmarked_finding_is_told_once_and_destroys_nothing(secured: Secured) -> None:
    lived_in(secured)
    count = secured.admin.info().audit_count
    for _ in range(3):
        assert secured.meter.tamper(UNMARKED) is False
    entries = secured.admin.audit(count + 1).entries
    assert [(one.event, one.detail) for one in entries] == [("TAMPER", "DEBUGGER")]
    info = secured.admin.info()
    assert (info.tampered, info.provisioned) == (1 << UNMARKED, True)
    secured.kill()
    secured.start()
    assert secured.admin.info().tampered == 1 << UNMARKED
    assert secured.meter.open_trade(TRADE).trade == TRADE.trade


def test_without_a_policy_no_finding_destroys_anything(secured: Secured) -> None:
    secured.admin.provision(12, "", POWER_W)
    assert [secured.meter.tamper(finding) for finding in Finding] == [False] * len(Finding)
    assert secured.admin.info().tampered == (1 << len(Finding)) - 1
    assert secured.admin.info().provisioned


@pytest.mark.parametrize("by", ["person", "finding"])
def test_power_may_go_at_any_moment_of_it(tmp_path: Path, by: str) -> None:
    with Secured(tmp_path / "model") as model:
        (tmp_path / "model").mkdir()
        model.start()
        secrets = lived_in(model)
        model.stop()
    moments, deaths = cut(tmp_path / "model", tmp_path / "whole", 0, secrets, by)
    assert deaths == 0
    for kill_at in range(1, moments + 1):
        _, deaths = cut(tmp_path / "model", tmp_path / str(kill_at), kill_at, secrets, by)
        assert deaths == 1, f"moment {kill_at} was not reached"


def cut(model: Path, folder: Path, kill_at: int, secrets: list[bytes], by: str) -> tuple[int, int]:
    """(moments counted, deaths) of one run that dies at this moment and is taken up again."""
    shutil.copytree(model / "state", folder / "state")
    report, deaths = folder / "moments", 0
    settings = {
        "EVLOCK_TEST_KILL_AT": str(kill_at),
        "EVLOCK_TEST_COUNT_FROM": "ready",
        "EVLOCK_TEST_MOMENTS": str(report),
    }
    with Secured(folder, LAUNCHER) as secured:
        while True:
            try:
                if secured.start(**settings):
                    destroy(secured, by)
                    assert secured.stop() == 0
                    break
            except SecureWorldUnreachable:
                pass
            assert secured.wait() == -9
            deaths += 1
            settings["EVLOCK_TEST_KILL_AT"] = "0"
        (moments,) = struct.unpack("Q", report.read_bytes())
        secured.start(**settings)
        assert traces(secured, secrets[:2]) == []
        assert secured.admin.info().export_uwh == 300
        assert not secured.admin.info().provisioned
    return moments, deaths


def destroy(secured: Secured, by: str) -> None:
    if by == "person":
        if secured.admin.info().owner is not None:
            secured.admin.zeroise(owner.PIN)
    else:
        secured.meter.tamper(MARKED)
