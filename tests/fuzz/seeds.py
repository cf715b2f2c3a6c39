"""Writes seeds to tests/fuzz/corpus, one of each shape (python -m tests.fuzz.seeds)."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tests.conformance import requests, rlp
from tests.conformance.kit import asked, trade, trade_id
from tests.conformance.owner import MARKET, TOKEN
from tests.conformance.transactions import Tx, call
from tests.conformance.wire import Command, request
from tests.fuzz.device import APPROVE, BUY, ROLES, RULES
from tests.fuzz.targets import frame

CORPUS = Path(__file__).parent / "corpus"
_ACCOUNT = bytes.fromhex("19e7e376e7c213b7e7e7e46cc70a5dd086daff2a")  # of the key 0x11…


def kaia(kind: int, nonce: int, sender: bytes = _ACCOUNT) -> bytes:
    """An unsigned contract execution of Kaia."""
    inner = rlp.encode([kind, nonce, 2, 100_000, MARKET, 0, sender, BUY])
    return rlp.encode([inner, 31337, 0, 0])


def transactions() -> list[bytes]:
    """One of each kind, and a few whose arguments are bounded."""
    buy = call(BUY, 10**5, 10**6)
    return [
        Tx(nonce=1, kind=0).raw(),
        Tx(nonce=2, data=buy, value=9).raw(),
        Tx(nonce=3, to=TOKEN, data=call(APPROVE, 6, 400)).raw(),
        Tx(nonce=3, to=TOKEN, tip=2, max_fee=3, data=call(APPROVE, 6, 400)).raw(),
        kaia(0x30, 4),
        kaia(0x31, 5),
    ]


def sessions() -> Iterator[bytes]:
    """Each kind of request by itself, and a whole trade."""
    for command, fields in requests.FIELDS.items():
        role = sorted(requests.roles(command))[0]
        yield frame(ROLES.index(role), request(command, fields))
    for raw in transactions():
        yield frame(2, request(Command.SIGN_TRANSACTION, [raw]))
    steps = [
        request(Command.OPEN_TRADE, trade(5)),
        request(Command.COUNT, [7, 0, 1]),
        request(Command.SIGN_READING, [trade_id(5), False, 7, 0, 2]),
        request(Command.SIGN_READING, [trade_id(5), True, 7, 0, 3]),
    ]
    framed = [frame(1, step) for step in steps]
    yield b"".join(framed)
    claims = [frame(2, request(Command.SIGN_CLAIM, asked(number))) for number in (7, 8, 7)]
    yield framed[0] + framed[2] + framed[3] + claims[0] + framed[1] + claims[1]
    yield frame(1, request(Command.COUNT, [9, 5, 5])) + claims[0] + frame(3, b"") + claims[2]
    yield framed[0] + framed[2] + frame(3, b"") + framed[2] + framed[3]


def seeds() -> Iterator[tuple[str, bytes]]:
    """(target, input)."""
    for command in requests.FIELDS:
        yield "fields", rlp.encode(requests.good(command))
    for data in transactions():
        yield "transaction", data
        yield "rlp", data if data[0] >= 0xC0 else data[1:]
    yield "rules", RULES.encode()
    yield "rlp", RULES.encode()
    for session in (0, 5, 0x80, 2**64 - 1):
        for number in (0, 127, 128, 2**64 - 1):
            totals: list[rlp.Value] = [session, number, number + 1 & 2**64 - 1]
            yield "readings", request(Command.COUNT, totals, number)
            yield "readings", request(Command.SIGN_READING, [trade_id(5), False, *totals], number)
    for data in sessions():
        yield "session", data


if __name__ == "__main__":
    for target, data in seeds():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / sha256(data).hexdigest()[:16]).write_bytes(data)
