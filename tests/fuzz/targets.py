"""What is fuzzed. A target raises for whatever must not be; refusals by name are no finding."""

import itertools
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from secure_world import quick, transactions
from secure_world import rlp as its_rlp
from secure_world.commands import LAYOUTS
from secure_world.commands import Command as ItsCommand
from secure_world.envelope import decode_request
from secure_world.errors import FieldInvalid, RlpInvalid, SecureWorldRefused
from secure_world.policy_paper import read_rules
from tests.conformance import rlp
from tests.conformance.wire import VERSION, Command
from tests.fuzz.device import ROLES, Judged

_MEMORY = Path("/dev/shm")  # a sync a request would be all that is measured
_FOLDER = tempfile.TemporaryDirectory(
    prefix="evlock-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None
)
_runs = itertools.count()
LIFE = 20_000  # requests to one device: its tables stay small


def rlp_item(data: bytes) -> None:
    """Both readers take the same bytes, and what is taken is written back the same."""
    try:
        found = its_rlp.decode(data)
    except RlpInvalid:
        found = None
    try:
        ours = rlp.decode(data)
    except (ValueError, RecursionError):
        ours = None
    if found is None:
        assert ours is None or _depth(ours) > its_rlp.MAX_DEPTH, data.hex()
        return
    assert its_rlp.encode(found) == data == rlp.encode(ours), data.hex()


def transaction(data: bytes) -> None:
    """What is parsed as a transaction is canonical, and its fields are those of its bytes."""
    try:
        found = transactions.parse(data)
    except SecureWorldRefused:
        return
    kind = data[0] if data[0] < 0xC0 else 0
    items = rlp.decode(data[1:] if kind else data)
    assert isinstance(items, list) and kind in (0, 2)
    if len(items) == 4:  # Kaia: wrapped
        assert isinstance(items[0], bytes)
        inner, chain_id = rlp.decode(items[0]), items[1]
        assert isinstance(inner, list) and inner[0] in (b"\x30", b"\x31")
        numbers, rest = [chain_id, *inner[1:4]], [inner[4], inner[5], inner[7]]
    elif kind:
        numbers, rest = [items[0], items[1], items[3], items[4]], items[5:8]
    else:
        numbers, rest = [items[6], *items[:3]], items[3:6]
    assert [found.chain_id, found.nonce, *_fees(kind, found)] == [rlp.uint(n) for n in numbers]
    assert [found.to, found.value, found.data] == [rest[0], rlp.uint(rest[1]), rest[2]]
    assert len(found.to) == 20 and found.chain_id > 0 and found.tip <= found.max_fee


def _fees(kind: int, found: transactions.Unsigned) -> list[int]:
    return [found.max_fee, found.gas] if kind or found.kind in (0, 0x30, 0x31) else []


def rules(data: bytes) -> None:
    """Rules that are taken have one form only."""
    try:
        found = read_rules(data)
    except SecureWorldRefused:
        return
    assert its_rlp.encode(found.to_rlp()) == data == rlp.encode(rlp.decode(data))
    assert len({allowance.asset for allowance in found.allowances}) == len(found.allowances)
    assert all(bound.low <= bound.high for call in found.calls for bound in call.bounds)


def fields(data: bytes) -> None:
    """Requests of every command, those too that are worked on in a child: one form only."""
    try:
        _, code, items = decode_request(data)
        message = LAYOUTS[ItsCommand(code)].request.from_rlp(items)
    except (SecureWorldRefused, FieldInvalid, ValueError):
        return
    assert its_rlp.encode(message.to_rlp()) == its_rlp.encode(items)
    rlp.decode(data)


def readings(data: bytes) -> None:
    """What the short way for readings and counts reads is canonical, and says the same."""
    try:
        number, trade, totals = quick._parse(data)
    except (IndexError, ValueError):
        return
    found = rlp.decode(data)
    assert isinstance(found, list) and len(found) == 4
    version, command, asked, given = found
    assert rlp.uint(version) == VERSION and rlp.encode(asked) == number
    assert isinstance(given, list) and rlp.uint(asked) < 2**64
    if trade is not None:
        assert given[:2] == [trade, b""] and len(trade) == 32
    assert rlp.uint(command) == (Command.COUNT if trade is None else Command.SIGN_READING)
    assert totals == [rlp.uint(part) for part in given[0 if trade is None else 2 :]]
    assert len(totals) == 3 and max(totals) < 2**64


def session(data: bytes) -> None:
    """Requests to a provisioned device: a byte for the role, two for the length, the request.

    Role 3 restarts the device.
    """
    device, at = _device(next(_runs) // LIFE), 0
    for _ in range(8):
        head = data[at : at + 3]
        if len(head) < 3:
            return
        size = int.from_bytes(head[1:], "big")
        request, at = data[at + 3 : at + 3 + size], at + 3 + size
        if head[0] & 3 == 3:
            device.restart()
        elif request:
            device.ask(ROLES[head[0] & 3], request)


def frame(role: int, request: bytes) -> bytes:
    """One request of a session."""
    return bytes([role]) + len(request).to_bytes(2, "big") + request


TARGETS: dict[str, Callable[[bytes], None]] = {
    "rlp": rlp_item,
    "transaction": transaction,
    "rules": rules,
    "fields": fields,
    "readings": readings,
    "session": session,
}


@cache
def _open_devices() -> dict[int, Judged]:
    return {}


def _device(life: int) -> Judged:
    """The device of this life; that of the one before is gone."""
    devices = _open_devices()
    if life not in devices:
        for old in devices.values():
            old.close()
        devices.clear()
        devices[life] = Judged(Path(_FOLDER.name) / str(life))
    return devices[life]


def _depth(item: rlp.Item) -> int:
    return 0 if isinstance(item, bytes) else 1 + max(map(_depth, item), default=0)
