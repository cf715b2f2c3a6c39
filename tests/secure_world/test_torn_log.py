"""Power cut in the middle of a write: the log of the database torn at many places of every commit.

Before each command the two files are copied. A cut while it was written leaves the log with a part
of the new bytes over the old ones (or over nothing). Opened again, such a state is that of before
the command or that of after it, whole; and once the command was answered, that of after it.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from secure_world import effects, rlp
from secure_world.commands import Command, Count, Lock, Role, SignReading, Tamper, Transaction
from secure_world.persons_effects import PinAttempt
from secure_world.places import DATABASE
from secure_world.protocol import EXPORT, OpenTrade, SignedReading
from secure_world.store import Store
from tests.secure_world import owner
from tests.secure_world.calls import unsigned
from tests.secure_world.rig import CHAIN, MARKET, Rig

LOG = DATABASE + "-wal"
_HEADER, _FRAME = 32, 24 + 4096  # bytes, sqlite.org/fileformat2.html#walformat
_INSIDE = 2  # cuts at random places of a commit, beside those at every frame
Dump = dict[str, list[tuple[Any, ...]]]


class Torn:
    """A device, the files before its last command, and what was answered so far."""

    def __init__(self, folder: Path) -> None:
        self.rig = Rig(folder / "state")
        self.rig.device.pin.claim(b"\1" * 48)
        self.rig.device.commit()
        self.folder, self.random = folder / "copy", random.Random(4)
        self.folder.mkdir()
        self.register = (0, 0)
        self.sequences: dict[bytes, int] = {}
        self.payloads: set[bytes] = set()
        self.images = 0

    def play(self, command: Callable[["Torn"], None]) -> None:
        """One command, and every state that a power cut in it could have left."""
        files, dump = self._files(), dumped(self.rig.device.store)
        register, sequences = self.register, dict(self.sequences)
        self.rig.clock.pass_s(1000)
        command(self)
        after_files, after = self._files(), dumped(self.rig.device.store)
        for log in torn(files[1], after_files[1], self.random):
            found = self._reopened(files[0], log)
            assert found == dump, "a part of a command"
            assert_kept(found, register, sequences)
            self.images += 1
        for database in (files[0], after_files[0]):  # a checkpoint may have been cut as well
            found = self._reopened(database, after_files[1])
            assert found == after, "what was answered is lost"
            assert_kept(found, self.register, self.sequences)
        assert {row[3] for row in after["payload"]} >= self.payloads

    def _files(self) -> tuple[bytes, bytes]:
        state = self.rig.folder
        return (state / DATABASE).read_bytes(), (state / LOG).read_bytes()

    def _reopened(self, database: bytes, log: bytes) -> Dump:
        (self.folder / DATABASE).write_bytes(database)
        (self.folder / LOG).write_bytes(log)
        store = Store(self.folder / DATABASE)
        try:
            return dumped(store)
        finally:
            store.close()


def torn(before: bytes, after: bytes, chance: random.Random) -> Iterator[bytes]:
    """Logs with a part, not all, of what was written last."""
    padded = before.ljust(len(after), b"\0")
    changed = [at for at in range(0, len(after), 8) if after[at : at + 8] != padded[at : at + 8]]
    if not changed:
        return
    start, end = changed[0], min(changed[-1] + 8, len(after))
    frames = range(_HEADER, end, _FRAME)
    places = {start + 1, end - 1} | {at + by for at in frames for by in (-1, 0, 24)}
    places |= {chance.randrange(start, end) for _ in range(_INSIDE)}
    for cut in sorted(places):
        image = after[:cut] + before[cut:]
        if start < cut < end and image != after:
            yield image


def dumped(store: Store) -> Dump:
    """All rows of all tables."""
    names = store.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return {name: store.rows(f"SELECT * FROM {name}") for (name,) in names}  # noqa: S608


def assert_kept(dump: Dump, register: tuple[int, int], sequences: dict[bytes, int]) -> None:
    """No register below what was answered, no sequence free that was used."""
    (_, imported, exported, *_) = dump["register"][0]
    assert imported >= register[0]
    assert exported >= register[1]
    reserved = {row[0]: row[4] for row in dump["trade"]}
    assert all(reserved[trade] > sequence for trade, sequence in sequences.items())


def trade(number: int) -> OpenTrade:
    where = CHAIN, MARKET, number.to_bytes(32, "big")
    return OpenTrade(*where, EXPORT, 10**6, b"\x0c" * 20, b"\5" * 32)


def count(more_uwh: int) -> Callable[[Torn], None]:
    def act(device: Torn) -> None:
        imported, exported = device.register
        totals = Count(1, imported + more_uwh, exported)
        answer = device.rig.ask(Role.METER, Command.COUNT, totals)
        device.register = answer.import_uwh, answer.export_uwh

    return act


def opening(number: int) -> Callable[[Torn], None]:
    return lambda device: device.rig.ask(Role.METER, Command.OPEN_TRADE, trade(number))


def read(number: int, more_uwh: int, *, final: bool = False) -> Callable[[Torn], None]:
    def act(device: Torn) -> None:
        imported, exported = device.register
        request = SignReading(trade(number).trade, final, 1, imported, exported + more_uwh)
        reading: SignedReading = device.rig.ask(Role.METER, Command.SIGN_READING, request)
        assert reading.sequence > device.sequences.get(reading.trade, 0)
        device.sequences[reading.trade] = reading.sequence
        device.register = imported, exported + more_uwh

    return act


def sign(raw: bytes) -> Callable[[Torn], None]:
    def act(device: Torn) -> None:
        before = {row[3] for row in dumped(device.rig.device.store)["payload"]}
        device.rig.ask(Role.NODE, Command.SIGN_TRANSACTION, Transaction(raw))
        device.payloads |= {row[3] for row in dumped(device.rig.device.store)["payload"]} - before
        assert device.payloads

    return act


def attempt(device: Torn) -> None:
    (number,) = [at for at, row in enumerate(effects.EFFECTS) if row[0] is PinAttempt]
    asked = rlp.encode([rlp.encode_uint(number), PinAttempt().to_rlp()])
    assert effects.apply(device.rig.device, Role.ADMIN, asked) == rlp.encode([b"", []])


def commands() -> Iterator[Callable[[Torn], None]]:
    """So many that the log begins anew."""
    for number in range(1, 8):
        yield count(5)
        yield opening(number)
        for energy in (0, 7, 0, 9):
            yield read(number, energy)
        yield sign(unsigned(number))
        yield sign(unsigned(number, tip=11, max_fee=22))
        yield read(number, 3, final=True)
        for _ in range(16):
            yield count(1)
        if number % 4 == 0:
            rules = owner.law(max_fee_wei=10**16 + number)
            yield lambda device, rules=rules: device.rig.rule(rules)  # type: ignore[misc]
    yield lambda device: device.rig.ask(Role.METER, Command.TAMPER, Tamper(2))
    yield attempt
    yield attempt
    yield lambda device: device.rig.ask(Role.ADMIN, Command.LOCK, Lock())


def test_a_log_torn_anywhere_is_the_state_before_or_after(tmp_path: Path) -> None:
    device = Torn(tmp_path)
    played = 0
    for command in commands():
        device.play(command)
        played += 1
    device.rig.device.close()
    assert played > 150
    assert device.images > 500
