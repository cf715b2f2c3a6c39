"""The audit log: chained, bounded, durable with what it tells of, and not to be flooded."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_world import rlp
from secure_world.audit import KEPT, PAGE, Audit
from secure_world.audit_rate import BUCKET, DAY_NS, MINUTE_NS, REFILL_NS, Rate
from secure_world.commands import MAX_MESSAGE, AuditFrom, AuditPage, Command, Role, Transaction
from secure_world.device import Device
from secure_world.envelope import encode_response
from secure_world.protocol import AuditBroken, AuditEntry, AuditLog, SecureWorld
from secure_world.store import Store
from tests.secure_world import owner
from tests.secure_world.process import Secured, refusal
from tests.secure_world.rig import Rig, StandingClock

Change = Callable[[sqlite3.Connection], object]


def log_of(client: SecureWorld) -> AuditLog:
    page = client.audit(1)
    log = AuditLog(page.before, page.entries)
    while page.entries:
        page = client.audit(log.count + 1)
        log.add(page)
    return log


def events(client: SecureWorld) -> list[str]:
    return [entry.event for entry in log_of(client).entries]


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    made = Audit(Store(tmp_path / "state.db"), StandingClock())
    made.load(boot_count=3)
    return made


def all_of(audit: Audit) -> AuditLog:
    page = audit.page(0)
    log = AuditLog(page.before, page.entries)
    while page.entries:
        page = audit.page(log.count + 1)
        log.add(page)
    return log


def test_what_persons_do_is_told_in_order(secured: Secured) -> None:
    secured.admin.provision(12, "", 1000)
    owner.take(secured.admin)
    secured.admin.lock()
    secured.admin.lock()  # again: nothing happens
    assert refusal(lambda: secured.admin.unlock("314159")) == "PIN-WRONG"
    secured.admin.unlock(owner.PIN)
    secured.admin.change_pin(owner.PIN, "161803")
    secured.admin.backup("161803")
    told = events(secured.admin)
    assert [event for event in told if not event.startswith("POLICY")] == [
        *("START", "PROVISIONED", "CLAIMED", "LOCKED", "PIN-WRONG"),
        *("UNLOCKED", "PIN-CHANGED", "BACKUP"),
    ]
    assert len(told) == 9
    info = secured.admin.info()
    log_of(secured.admin).verify(info.audit_count, info.audit_head)


def test_an_entry_is_durable_with_what_it_tells_of(secured: Secured) -> None:
    secured.admin.claim(owner.PUBLIC_KEY, owner.PIN)
    secured.admin.lock()
    before = secured.admin.info()
    secured.kill()
    secured.start()
    assert events(secured.admin) == ["START", "CLAIMED", "LOCKED", "START"]
    log_of(secured.admin).verify(before.audit_count, before.audit_head)
    assert [entry.boot_count for entry in log_of(secured.admin).entries] == [1, 1, 1, 2]


def test_a_batch_that_is_undone_leaves_no_entry(rig: Rig) -> None:
    audit = rig.device.audit
    before = audit.count, audit.head
    audit.note("CLAIMED", "never")
    rig.device.undo()
    assert (audit.count, audit.head) == before
    audit.note("LOCKED")
    rig.device.commit()
    rig.restart()
    assert [one.event for one in rig.device.audit.page(before[0] + 1).entries] == ["LOCKED"]


def test_the_log_is_bounded_and_what_is_left_can_be_proven(audit: Audit) -> None:
    heads = {0: audit.head}
    for number in range(1, KEPT + 101):
        audit.note("QUOTE", f"number {number}")
        heads[number] = audit.head
    log = all_of(audit)
    assert (log.first, log.count, len(log.entries)) == (101, KEPT + 100, KEPT)
    assert (log.before, log.head) == (heads[100], audit.head)
    for count in (100, 101, 2000, KEPT + 100):
        log.verify(count, heads[count])
    with pytest.raises(AuditBroken, match="expected entry 99"):
        log.verify(99, heads[99])


def test_a_page_is_of_forty_entries_and_fits_a_message(audit: Audit) -> None:
    for _ in range(PAGE + 1):
        audit.note("E" * 32, "ä" * 150)
    page = audit.page(1)
    assert len(page.entries) == PAGE
    assert {len(entry.detail.encode()) for entry in page.entries} == {200}
    assert len(encode_response(2**64 - 1, page)) <= MAX_MESSAGE
    assert [entry.number for entry in audit.page(PAGE + 1).entries] == [PAGE + 1]


@pytest.mark.parametrize("first", [42, 43, 2**63, 2**64 - 1])
def test_behind_the_end_there_is_nothing_but_the_head(rig: Rig, first: int) -> None:
    audit = rig.device.audit
    while audit.count < 41:
        audit.note("QUOTE")
    page: AuditPage = rig.ask(Role.ADMIN, Command.AUDIT, AuditFrom(first))
    assert page == AuditPage(audit.head, ())


@given(st.text(max_size=300))
def test_any_detail_can_be_noted_and_read(detail: str) -> None:
    cut = detail.encode("utf-8", "replace")[:200].decode("utf-8", "ignore")
    entry = AuditEntry(1, 0, 0, "E", cut)
    assert AuditEntry.from_rlp(rlp.decode(rlp.encode(entry.to_rlp()))) == entry


# -- tampering with the database -------------------------------------------------------------


def of_entry(place: int, /, **changes: object) -> Change:
    def change(db: sqlite3.Connection) -> None:
        (data,) = db.execute("SELECT entry FROM audit WHERE number = ?", (place,)).fetchone()
        fields = AuditEntry.from_rlp(rlp.decode(data)).to_json() | changes
        forged = rlp.encode(AuditEntry.from_json(fields).to_rlp())
        db.execute("UPDATE audit SET entry = ? WHERE number = ?", (forged, place))

    return change


def sql(text: str) -> Change:
    return lambda db: db.execute(text)


def swapped(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT entry, number FROM audit WHERE number IN (3, 4)").fetchall()
    (third, three), (fourth, four) = rows
    db.executemany("UPDATE audit SET entry = ? WHERE number = ?", [(fourth, three), (third, four)])


TAMPERINGS: dict[str, Change] = {
    "detail": of_entry(5, detail="nothing happened"),
    "event": of_entry(1, event="STOP"),
    "time": of_entry(60, uptime_ms=1),
    "number": of_entry(7, number=8),
    "first removed": sql("DELETE FROM audit WHERE number = 1"),
    "removed": sql("DELETE FROM audit WHERE number = 30"),
    "removed at a page's end": sql("DELETE FROM audit WHERE number = 40"),
    "last removed": sql("DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)"),
    "swapped": swapped,
    "hash": sql("UPDATE audit SET hash = zeroblob(32) WHERE number = 40"),
    "no entry": sql("UPDATE audit SET entry = x'01' WHERE number = 9"),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_tampered_row_is_noticed(rig: Rig, tampering: str) -> None:
    for number in range(90):
        rig.device.audit.note("QUOTE", str(number))
    rig.device.commit()
    count, head = rig.device.audit.count, rig.device.audit.head
    all_of(rig.device.audit).verify(count, head)
    rig.device.close()
    with sqlite3.connect(rig.folder / "state.db") as db:
        TAMPERINGS[tampering](db)
    db.close()
    rig.device = Device(rig.folder, rig.clock)
    with pytest.raises((AuditBroken, PermissionError)):
        all_of(rig.device.audit).verify(count, head)


@given(st.lists(st.sampled_from(["START", "LOCKED", "QUOTE"]), min_size=2, max_size=30), st.data())
def test_verify_finds_any_change_of_a_copy(told: list[str], data: st.DataObject) -> None:
    entries = [AuditEntry(number, 1, 5, event, "") for number, event in enumerate(told, 1)]
    log = AuditLog(bytes(32), entries)
    at = data.draw(st.integers(0, len(entries) - 1))
    how = data.draw(st.sampled_from(["changed", "removed", "moved"]))
    if how == "changed":
        entries[at] = AuditEntry(at + 1, 1, 6, told[at], "")
    elif how == "removed":
        del entries[at]
    else:
        entries.insert((at + 1) % len(entries), entries.pop(at))
    with pytest.raises(AuditBroken):
        AuditLog(bytes(32), entries).verify(log.count, log.head)


# -- floods ----------------------------------------------------------------------------------


def test_refusals_are_told_at_most_once_a_minute_with_the_number_in_between(rig: Rig) -> None:
    def refused() -> None:
        assert refusal(lambda: rig.ask(Role.NODE, Command.SIGN_TRANSACTION, Transaction(b"")))

    before = rig.device.audit.count
    for _ in range(50):
        refused()
    assert rig.device.audit.count == before + 1
    rig.clock.pass_s(59)
    refused()
    assert rig.device.audit.count == before + 1
    rig.clock.pass_s(1)
    refused()
    entries = rig.device.audit.page(before + 1).entries
    assert [(one.event, one.detail) for one in entries] == [
        ("REFUSED", "TX-TYPE"),
        ("REFUSED", "TX-TYPE (and 50 before)"),
    ]


def test_a_million_refusals_of_all_codes_make_few_entries() -> None:
    """An hour of uptime, 280 refusals a second."""
    rate, written = Rate(), 0
    for number in range(10**6):
        now_ns = number * 3600 * 10**9 // 10**6
        written += rate.suppressed(f"CODE-{number % 60}", now_ns) is not None
    assert written <= BUCKET + 3600 * 10**9 // REFILL_NS + 1


def test_one_code_for_ever_is_one_entry_a_day_in_the_end() -> None:
    rate, days = Rate(), 30
    moments = range(0, days * DAY_NS, MINUTE_NS)
    told = [now_ns for now_ns in moments if rate.suppressed("BUSY", now_ns) is not None]
    assert len([now_ns for now_ns in told if now_ns >= 10 * DAY_NS]) <= 21
    assert len(told) < 45


def test_after_a_quiet_time_the_first_refusal_is_told_at_once() -> None:
    rate = Rate()
    for now_ns in range(0, DAY_NS, MINUTE_NS):
        rate.suppressed("BUSY", now_ns)
    assert rate.suppressed("BUSY", 4 * DAY_NS) is not None  # with those that were kept silent
    assert rate.suppressed("BUSY", 7 * DAY_NS) == 0
    assert rate.suppressed("BUSY", 7 * DAY_NS + MINUTE_NS) == 0


def test_a_flood_of_one_code_does_not_silence_another() -> None:
    rate = Rate()
    for now_ns in range(0, DAY_NS, MINUTE_NS // 60):
        rate.suppressed("BUSY", now_ns)
    assert rate.suppressed("PIN-WAIT", DAY_NS) == 0
