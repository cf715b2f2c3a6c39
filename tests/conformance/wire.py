"""The boundary as a stranger writes it from docs/secure-world.md: ids, codes, one small client."""

import itertools
import socket
from collections.abc import Callable
from enum import IntEnum, StrEnum
from pathlib import Path

from tests.conformance import rlp
from tests.conformance.rlp import Item, Value

VERSION = 4
MAX_MESSAGE = 16 * 1024
MAX_TRANSACTION = 8 * 1024


class Role(StrEnum):
    """Whose socket."""

    ADMIN = "admin"
    METER = "meter"
    NODE = "node"


class Command(IntEnum):
    """Ids on the wire."""

    INFO = 1
    PROVISION = 2
    CONFIRM = 3
    RESTORE = 4
    SET_POLICY = 5
    LOCK = 6
    UNLOCK = 7
    CLAIM = 8
    CHANGE_PIN = 9
    GET_POLICY = 10
    AUDIT = 11
    ATTEST = 12
    BACKUP = 13
    RESTORE_KEY = 14
    ZEROISE = 15
    SIGN_TRANSACTION = 16
    SIGN_LINK = 17
    LINK_REQUEST = 18
    LINK_SESSION = 19
    SET_PASSPHRASE = 20
    UNSEAL = 21
    ENROLL_MANIFEST = 22
    OPEN_TRADE = 32
    COUNT = 33
    SIGN_READING = 34
    TAMPER = 35
    SIGN_CLAIM = 36


class Code(IntEnum):
    """Status of an answer."""

    OK = 0
    MALFORMED = 1
    TOO_LARGE = 2
    VERSION = 3
    COMMAND = 4
    ROLE = 5
    NOT_PROVISIONED = 16
    ALREADY_PROVISIONED = 17
    MNEMONIC = 18
    ACCOUNT = 19
    STORAGE = 20
    INTERNAL = 21
    LOCKED = 22
    SEALED = 23
    MEASUREMENT = 24
    ENTROPY = 25
    TAMPERED = 26
    BUSY = 27
    TX_MALFORMED = 32
    TX_TYPE = 33
    POLICY_CHAIN = 34
    POLICY_CONTRACT = 35
    POLICY_SELECTOR = 36
    POLICY_VALUE = 37
    POLICY_FEE = 38
    NONCE_USED = 39
    POLICY_SIZE = 40
    POLICY_ARGUMENT = 41
    POLICY_AMOUNT = 42
    POLICY_ALLOWANCE = 43
    TX_SENDER = 44
    TRADE_OPEN = 48
    TRADE_UNKNOWN = 49
    TRADE_MISMATCH = 50
    TRADE_FINAL = 51
    REGISTER_GROWTH = 52
    REGISTER_BACKWARDS = 53
    SEQUENCE_END = 54
    POLICY_MARKET = 55
    POLICY_TRADE_ENERGY = 56
    POLICY_DAY_ENERGY = 57
    CLAIM_POLICY = 58
    CLAIM_EMPTY = 59
    CLAIM_CHANGED = 60
    CLAIM_OPEN = 61
    CLAIM_PAST = 62
    NOT_CLAIMED = 64
    ALREADY_CLAIMED = 65
    PIN_WRONG = 66
    PIN_WAIT = 67
    PIN_WEAK = 68
    OWNER_KEY = 69
    PASSPHRASE = 70
    POLICY_MISSING = 80
    POLICY_SIGNER = 81
    POLICY_VERSION = 82
    POLICY_PREVIOUS = 83
    POLICY_RULES = 84
    MANIFEST_SIGNER = 85
    MANIFEST_VERSION = 86
    LINK_KEY = 87


class Gone(ConnectionError):
    """No answer: the connection ended."""


class Refused(Exception):
    """An answer with a status other than 0."""

    def __init__(self, code: Code, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(f"{code.name} {text}")


def request(command: int, fields: Value, number: int = 1, version: int = VERSION) -> bytes:
    """RLP [version, command, request id, fields]."""
    return rlp.encode([version, command, number, fields])


def answered(data: bytes) -> tuple[int, Code, list[Item]]:
    """(request id, status, fields) of an answer, whose form is judged too."""
    found = rlp.decode(data)
    assert isinstance(found, list) and len(found) == 4, found
    version, number, status, fields = found
    assert rlp.uint(version) == VERSION and isinstance(fields, list)
    code = Code(rlp.uint(status))
    if code is not Code.OK:
        assert len(fields) == 1 and isinstance(fields[0], bytes) and 0 < len(fields[0]) <= 512
        assert fields[0].decode("utf-8").isprintable()
    return rlp.uint(number), code, fields


class Client:
    """One role's socket, connected when needed; asks again over a new one only when told."""

    def __init__(self, path: Path, timeout_s: float = 60.0) -> None:
        self._path, self._timeout_s = path, timeout_s
        self._ids = itertools.count(1)
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Drop the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, command: int, *fields: Value) -> list[Item]:
        """Fields of the answer. Raises Refused, Gone."""
        number = next(self._ids)
        again, code, found = answered(self.raw(request(command, fields, number)))
        if code is not Code.OK:
            assert isinstance(found[0], bytes)
            assert again in (0, number)
            raise Refused(code, found[0].decode("utf-8"))
        assert again == number
        return found

    def raw(self, datagram: bytes) -> bytes:
        """One datagram there and one back. Raises Gone."""
        self.send(datagram)
        return self.receive()

    def send(self, datagram: bytes) -> None:
        """One datagram there. Raises Gone."""
        try:
            self._connected().send(datagram)
        except OSError as error:
            self.close()
            raise Gone(str(error)) from error

    def receive(self) -> bytes:
        """One datagram back. Raises Gone."""
        try:
            found = self._connected().recv(MAX_MESSAGE + 1)
        except OSError as error:
            self.close()
            raise Gone(str(error)) from error
        if not found:
            self.close()
            raise Gone("connection ended")
        assert len(found) <= MAX_MESSAGE
        return found

    def _connected(self) -> socket.socket:
        if self._socket is None:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            made.settimeout(self._timeout_s)
            try:
                made.connect(str(self._path))
            except OSError as error:
                made.close()
                raise Gone(str(error)) from error
            self._socket = made
        return self._socket


def refused(ask: Callable[[], object]) -> Code:
    """The code with which it is refused."""
    try:
        found = ask()
    except Refused as error:
        return error.code
    raise AssertionError(f"expected a refusal, found {found!r:.200}")
