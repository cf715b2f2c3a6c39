"""The normal world's side of the boundary: one blocking call a command."""

import itertools
import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from secure_world.commands import (
    LAYOUTS,
    MAX_MESSAGE,
    Command,
    Confirm,
    Count,
    Empty,
    Info,
    Lock,
    OpenTrade,
    PolicyRule,
    PolicyVersion,
    Provision,
    Provisioned,
    Register,
    Restore,
    Restored,
    SetPolicy,
    SignReading,
    Transaction,
)
from secure_world.envelope import decode_response, encode_request, refusal
from secure_world.errors import (
    FieldInvalid,
    ProvisioningUnconfirmed,
    RlpInvalid,
    SecureWorldUnreachable,
    SocketPathTooLong,
)
from secure_world.message import Message
from secure_world.structures import SignedReading, SignedReady

MAX_SOCKET_PATH = 107
T = TypeVar("T", bound=Message)


def check_socket_path(path: Path) -> None:
    """Raises SocketPathTooLong if the kernel would not take `path` for a UNIX socket."""
    size = len(os.fsencode(path))
    if size > MAX_SOCKET_PATH:
        raise SocketPathTooLong(f"{path}: {size} bytes, expected at most {MAX_SOCKET_PATH}")


class SecureWorld:
    """A role's connection, made on the first call and made anew after a failure.

    Every method raises SecureWorldRefused (nothing was changed), SecureWorldUnreachable (whether
    it was done is unknown: ask again, every command but `provision` may be repeated) or
    FieldInvalid (an argument out of range, nothing was sent). May be shared by threads.
    """

    def __init__(self, path: str | os.PathLike[str], timeout_s: float = 5.0) -> None:
        self._path, self._timeout_s = Path(path), timeout_s
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        check_socket_path(self._path)

    def close(self) -> None:
        """Drop the connection; the next call makes a new one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def info(self) -> Info:
        """State of the device; any role."""
        return self._call(Command.INFO, Empty(), Info)

    def provision(self, words: int, passphrase: str, rated_power_w: int) -> Provisioned:
        """Make new keys; the mnemonic is shown this once (12, 15, 18, 21 or 24 `words`).

        The keys count when the device has heard that the answer arrived. Is it lost before that,
        ProvisioningUnconfirmed carries what was made: finish with `confirm`, or provision again.
        """
        request = Provision(words, passphrase, rated_power_w)
        made = self._call(Command.PROVISION, request, Provisioned)
        try:
            self.confirm(made.account)
        except SecureWorldUnreachable as error:
            raise ProvisioningUnconfirmed(made) from error
        return made

    def confirm(self, account: bytes) -> None:
        """Accept the keys made by `provision`; may be repeated."""
        self._call(Command.CONFIRM, Confirm(account), Empty)

    def restore(self, mnemonic: str, passphrase: str, rated_power_w: int) -> Restored:
        """The account key of an earlier device; the meter key, and so the meter id, is new."""
        return self._call(Command.RESTORE, Restore(mnemonic, passphrase, rated_power_w), Restored)

    def set_policy(self, rules: Sequence[PolicyRule], max_fee_wei: int) -> int:
        """Replace the policy and return its version; the same policy again keeps its version."""
        request = SetPolicy(tuple(rules), max_fee_wei)
        return self._call(Command.SET_POLICY, request, PolicyVersion).version

    def lock(self, locked: bool) -> None:
        """Sign nothing (code LOCKED) until unlocked, also after a restart; counting goes on."""
        self._call(Command.LOCK, Lock(locked), Empty)

    def sign_transaction(self, unsigned: bytes) -> bytes:
        """Signed raw transaction of an unsigned EIP-1559 or legacy EIP-155 one."""
        return self._call(Command.SIGN_TRANSACTION, Transaction(unsigned), Transaction).raw

    def open_trade(self, trade: OpenTrade) -> SignedReady:
        """Pin a trade and sign Ready at the present register; the same trade, the same answer."""
        return self._call(Command.OPEN_TRADE, trade, SignedReady)

    def count(self, session: int, imported_uwh: int, exported_uwh: int) -> Register:
        """Bring the registers up to the session's totals (µWh since it began)."""
        return self._call(Command.COUNT, Count(session, imported_uwh, exported_uwh), Register)

    def sign_reading(
        self, trade: bytes, final: bool, session: int, imported_uwh: int, exported_uwh: int
    ) -> SignedReading:
        """Count and sign in one step; FINAL ends the trade, asked again it is the very same."""
        request = SignReading(trade, final, session, imported_uwh, exported_uwh)
        return self._call(Command.SIGN_READING, request, SignedReading)

    def _call(self, command: Command, fields: Message, answer: type[T]) -> T:
        assert LAYOUTS[command].response is answer
        with self._lock:
            number = next(self._ids)
            request = encode_request(command, number, fields)
            try:
                status, body = decode_response(self._exchange(request), number)
            except OSError as error:
                self.close()
                message = f"{self._path}: {error}, expected evlock-secured to answer"
                raise SecureWorldUnreachable(message) from error
            except (RlpInvalid, FieldInvalid) as error:
                self.close()
                raise SecureWorldUnreachable(f"{self._path}: {error}") from error
        if status:
            raise refusal(status, body)
        return answer.from_rlp(body)

    def _exchange(self, request: bytes) -> bytes:
        connection = self._send(request)
        response = connection.recv(MAX_MESSAGE)
        if not response:
            raise ConnectionResetError("connection closed before the answer")
        return response

    def _send(self, request: bytes) -> socket.socket:
        """A request that an old connection does not take goes over a new one, once."""
        if self._socket is not None:
            try:
                self._socket.send(request)
                return self._socket
            except ConnectionError:  # secured was restarted since: nothing has been sent
                self.close()
        self._socket = self._connect()
        self._socket.send(request)
        return self._socket

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.settimeout(self._timeout_s)
        try:
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise
        return connection
