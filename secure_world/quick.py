"""Readings and counts by the thousand: what dispatch.py does for them, without its objects.

Only the usual form of a request that will be granted is served here: DELIVERING, an open trade,
canonical bytes. All else gives None, has changed nothing, and goes the general way, which says
what is wrong with it. Both ways give the same bytes (tests/secure_world/test_quick.py).
"""

from _pysha3 import keccak_256

from secure_world.commands import PROTOCOL_VERSION, Command
from secure_world.device import Device, Keys, Stage
from secure_world.keys import sign_compact
from secure_world.structures import READING_TYPE, domain
from secure_world.trades import Trade

_DONE, _TRADE, _DELIVERING, _SIGNATURE = b"\x80", 0xA0, 0x80, b"\x80\xb8\x40"
_SIGN_READING, _COUNT = int(Command.SIGN_READING), int(Command.COUNT)
_VERSION = bytes([PROTOCOL_VERSION])
_SMALL = [b"\x80", *[bytes([value]) for value in range(1, 0x80)]]
_SIZES = [bytes([0x80 + size]) for size in range(9)]
_LISTS = [bytes([0xC0 + size]) for size in range(56)] + [
    bytes([0xF8, size]) for size in range(56, 256)
]


class Paper:
    """What is the same in all readings of a trade by one meter."""

    __slots__ = ("domain", "fields", "keys", "struct")

    def __init__(self, trade: Trade, keys: Keys) -> None:
        opened, from_uwh = trade.opened, trade.from_uwh
        self.keys = keys
        self.domain = b"\x19\x01" + domain(opened.chain_id, opened.market)
        words = opened.trade + keys.meter.rjust(32, b"\0") + from_uwh.to_bytes(32, "big")
        self.struct = READING_TYPE + words
        self.fields = b"\xa0" + opened.trade + b"\x94" + keys.meter + _uint(from_uwh)

    def digest(self, to_uwh: int, sequence: int) -> bytes:
        """What is signed (EIP-712), DELIVERING."""
        words = (to_uwh << 512 | sequence << 256).to_bytes(96, "big")
        struct = keccak_256(self.struct + words).digest()
        digest: bytes = keccak_256(self.domain + struct).digest()
        return digest


def answer(device: Device, data: bytes) -> bytes | None:
    """The response to a meter's request, if it is one of the usual ones."""
    try:
        number, trade, totals = _parse(data)
    except (IndexError, ValueError):
        return None
    return _count(device, number, totals) if trade is None else _read(device, number, trade, totals)


def _parse(data: bytes) -> tuple[bytes, bytes | None, list[int]]:
    """(request id as RLP, trade if a reading is asked for, session and totals).

    Raises ValueError or IndexError for all that is not usual.
    """
    at = _list(data, 0)
    version, command = data[at], data[at + 1]
    if version != PROTOCOL_VERSION or command not in (_SIGN_READING, _COUNT):
        raise ValueError
    _, end = _number(data, at + 2)
    number, trade, at = data[at + 2 : end], None, _list(data, end)
    if command == _SIGN_READING:
        if data[at] != _TRADE or data[at + 33] != _DELIVERING:
            raise ValueError
        trade, at = data[at + 1 : at + 33], at + 34
    session, at = _number(data, at)
    imported_uwh, at = _number(data, at)
    exported_uwh, at = _number(data, at)
    if at != len(data):
        raise ValueError
    return number, trade, [session, imported_uwh, exported_uwh]


def _count(device: Device, number: bytes, totals: list[int]) -> bytes | None:
    registers = device.register
    if device.stage is not Stage.PROVISIONED or not registers.try_count(*totals):
        return None
    return _response(number, _uint(registers.import_uwh) + _uint(registers.export_uwh))


def _read(device: Device, number: bytes, which: bytes, totals: list[int]) -> bytes | None:
    trade, keys, registers = device.trades.get(which), device.signer, device.register
    if trade is None or keys is None or not trade.may_deliver:
        return None
    if not registers.try_count(*totals):
        return None
    paper = trade.paper
    if paper is None or paper.keys is not keys:
        paper = trade.paper = Paper(trade, keys)
    to_uwh = trade.to_uwh(registers.import_uwh, registers.export_uwh)
    sequence = trade.take_sequence()
    signature = sign_compact(keys.meter_key, paper.digest(to_uwh, sequence))
    fields = paper.fields + _uint(to_uwh) + _uint(sequence) + _SIGNATURE + signature
    return _response(number, fields)


def _response(number: bytes, fields: bytes) -> bytes:
    """A success; its request's id comes as RLP, its fields without their list's prefix."""
    body = _VERSION + number + _DONE + _LISTS[len(fields)] + fields
    return _LISTS[len(body)] + body


def _list(data: bytes, at: int) -> int:
    """Where the first item of a list lies that ends with `data`. Raises ValueError, IndexError."""
    first = data[at]
    if 0xC0 <= first <= 0xF7:
        start, size = at + 1, first - 0xC0
    elif first == 0xF8 and data[at + 1] > 55:
        start, size = at + 2, data[at + 1]
    else:
        raise ValueError
    if start + size != len(data):
        raise ValueError
    return start


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A canonical u64, and the place after it. Raises ValueError, IndexError."""
    first = data[at]
    if first <= 0x80:
        if not first:
            raise ValueError
        return first & 0x7F, at + 1
    end = at + first - 0x7F
    lead = data[at + 1]
    if first > 0x88 or not lead or (first == 0x81 and lead < 0x80) or end > len(data):
        raise ValueError
    return int.from_bytes(data[at + 1 : end], "big"), end


def _uint(value: int) -> bytes:
    if value < 0x80:
        return _SMALL[value]
    size = value.bit_length() + 7 >> 3
    return _SIZES[size] + value.to_bytes(size, "big")
