"""The audit log, verified with hashlib only: chained, complete, bounded, deaf to floods."""

from hashlib import sha256

from tests.conformance import answers, rlp
from tests.conformance.answers import Entry, named
from tests.conformance.kit import PIN, Kit, trade, trade_id
from tests.conformance.transactions import Tx
from tests.conformance.wire import Code, Command

GENESIS = b"\0" * 32
KEPT, PAGE = 4096, 40


def whole(kit: Kit, first: int = 1) -> list[Entry]:
    """All entries from `first` on, their hashes computed anew up to the head that INFO tells."""
    found: list[Entry] = []
    head = None
    info = kit.info()
    while not found or found[-1].number < info.audit_count:
        number = found[-1].number + 1 if found else first
        before, entries = answers.page(kit.ask(Command.AUDIT, number))
        assert head in (None, before) and 0 < len(entries) <= PAGE
        head = head or before
        for entry in entries:
            head = sha256(head + rlp.encode(entry)).digest()
            found.append(named(Entry, entry))
    assert head == info.audit_head
    assert [entry.number for entry in found] == list(range(found[0].number, info.audit_count + 1))
    return found


def events(kit: Kit) -> list[str]:
    return [entry.event for entry in whole(kit)]


def test_a_life_is_written_down(blank: Kit) -> None:
    blank.prepare()
    blank.ask(Command.LOCK)
    assert blank.refused(Command.UNLOCK, "wrong one") is Code.PIN_WRONG
    blank.ask(Command.UNLOCK, PIN)
    blank.ask(Command.CHANGE_PIN, PIN, "another pin")
    blank.ask(Command.BACKUP, "another pin")
    blank.open(trade(1))
    blank.read(trade_id(1), final=True)
    blank.ask(Command.ATTEST, b"\1" * 32)
    blank.ask(Command.TAMPER, 2)
    blank.restart()
    blank.ask(Command.ZEROISE, "another pin")
    told = events(blank)
    wanted = (
        "START RESTORED CLAIMED POLICY LOCKED PIN-WRONG UNLOCKED PIN-CHANGED BACKUP TRADE TRADE "
        "QUOTE TAMPER START ZEROISED"
    ).split()
    kept = [event for event in told if event in wanted]
    assert kept == wanted
    assert answers.page(blank.ask(Command.AUDIT, 1))[0] == GENESIS


def test_entries_say_when(kit: Kit) -> None:
    kit.home.pass_s(100)
    kit.ask(Command.LOCK)
    kit.reboot()
    last = whole(kit)
    locked = next(entry for entry in last if entry.event == "LOCKED")
    start = last[-1]
    assert locked.uptime_ms >= 3600_000 + 100_000
    assert (start.event, start.boot_count) == ("START", locked.boot_count + 1)
    assert start.uptime_ms < locked.uptime_ms
    assert [entry.boot_count for entry in last] == sorted(entry.boot_count for entry in last)


def test_the_log_outlives_deaths(kit: Kit) -> None:
    before = whole(kit)
    for _ in range(3):
        kit.restart()
    after = whole(kit)
    assert after[: len(before)] == before
    assert [entry.event for entry in after[len(before) :]] == ["START"] * 3


def test_pages(kit: Kit) -> None:
    count = kit.info().audit_count
    before, entries = answers.page(kit.ask(Command.AUDIT, count))
    assert [rlp.uint(entry[0]) for entry in entries] == [count] and before != GENESIS
    before, entries = answers.page(kit.ask(Command.AUDIT, count + 1))
    assert (before, entries) == (kit.info().audit_head, [])
    assert answers.page(kit.ask(Command.AUDIT, 2**64 - 1))[1] == []
    assert answers.page(kit.ask(Command.AUDIT, 0)) == answers.page(kit.ask(Command.AUDIT, 1))


def test_a_flood_of_refusals_is_told_in_few_entries(kit: Kit) -> None:
    before = kit.info().audit_count
    for number in range(300):
        assert kit.refused_tx(Tx(chain_id=2 + number)) is Code.POLICY_CHAIN
        assert kit.refused(Command.SIGN_READING, b"\1" * 32, 0, 1, 0, 0) is Code.TRADE_UNKNOWN
    entries = whole(kit, before + 1)
    assert 2 <= len(entries) <= 4
    assert {"POLICY-CHAIN", "TRADE-UNKNOWN"} <= {entry.detail.split()[0] for entry in entries}
    for _ in range(10):
        kit.home.pass_s(61)
        kit.refused_tx(Tx(chain_id=2))
    entries = whole(kit, before + 1)
    assert 3 <= len(entries) <= 14
    assert any("299" in entry.detail for entry in entries)  # how many were kept silent


def test_the_log_is_bounded_and_its_rest_still_proven(kit: Kit) -> None:
    """More policies than the log has room for: the oldest entries go, the chain holds."""
    for _ in range(KEPT + 30):
        kit.set_policy()
    count = kit.info().audit_count
    assert count > KEPT
    before, entries = answers.page(kit.ask(Command.AUDIT, 1))
    first = named(Entry, entries[0])
    assert first.number == count - KEPT + 1 and before != GENESIS
    assert len(whole(kit)) == KEPT
