"""The normal world's side of the boundary: one blocking call a command."""

import itertools
import os
import socket
import threading
from pathlib import Path
from typing import TypeVar

from secure_world.commands import (
    LAYOUTS,
    MAX_MESSAGE,
    AuditFrom,
    AuditPage,
    Backup,
    ChangePin,
    Claim,
    Command,
    Confirm,
    Count,
    Empty,
    EnrollManifest,
    Info,
    LinkRequest,
    LinkSession,
    LinkSignature,
    Lock,
    Nonce,
    OpenTrade,
    Passphrase,
    PolicyState,
    Provision,
    Provisioned,
    Quote,
    Register,
    Restore,
    Restored,
    RestoreKey,
    SessionCertificate,
    SetPolicy,
    SignClaim,
    SignedClaim,
    SignLink,
    SignReading,
    Tamper,
    Tampered,
    Transaction,
    Unseal,
    WithPin,
)
from secure_world.envelope import decode_response, encode_request, refusal
from secure_world.errors import (
    FieldInvalid,
    ProvisioningUnconfirmed,
    RlpInvalid,
    SecureWorldUnreachable,
)
from secure_world.message import Message
from secure_world.places import check_socket_path
from secure_world.structures import SignedReading, SignedReady

T = TypeVar("T", bound=Message)


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

    def restore_key(self, account_key: bytes, rated_power_w: int) -> Restored:
        """The account key of an opened backup; the meter key, and so the meter id, is new."""
        return self._call(Command.RESTORE_KEY, RestoreKey(account_key, rated_power_w), Restored)

    def claim(self, owner_key: bytes, pin: str) -> None:
        """Name the owner (public key, 33 bytes) and the PIN of the person beside it; once."""
        self._call(Command.CLAIM, Claim(owner_key, pin), Empty)

    def get_policy(self) -> PolicyState:
        """The policy in force, and what is left under it; any role."""
        return self._call(Command.GET_POLICY, Empty(), PolicyState)

    def set_policy(
        self, version: int, previous: bytes, rules: bytes, signature: bytes
    ) -> PolicyState:
        """Put the owner's next policy in force; the one that is in force again changes nothing."""
        request = SetPolicy(version, previous, rules, signature)
        return self._call(Command.SET_POLICY, request, PolicyState)

    def lock(self) -> None:
        """Sign nothing (code LOCKED) until unlocked, also after a restart; counting goes on."""
        self._call(Command.LOCK, Lock(), Empty)

    def unlock(self, pin: str) -> None:
        """Sign again."""
        self._call(Command.UNLOCK, WithPin(pin), Empty)

    def change_pin(self, pin: str, new_pin: str) -> None:
        """Another PIN from now on."""
        self._call(Command.CHANGE_PIN, ChangePin(pin, new_pin), Empty)

    def audit(self, first: int) -> AuditPage:
        """Entries of the audit log from number `first` on, as many as an answer holds."""
        return self._call(Command.AUDIT, AuditFrom(first), AuditPage)

    def attest(self, nonce: bytes) -> Quote:
        """What the device says of itself, signed, with `nonce` (32 bytes) in it."""
        return self._call(Command.ATTEST, Nonce(nonce), Quote)

    def backup(self, pin: str) -> Backup:
        """The account key, sealed to the owner."""
        return self._call(Command.BACKUP, WithPin(pin), Backup)

    def zeroise(self, pin: str) -> None:
        """Destroy all keys, for ever."""
        self._call(Command.ZEROISE, WithPin(pin), Empty)

    def set_passphrase(self, pin: str, passphrase: str) -> None:
        """Without it the keys stay sealed at the next start; an empty one takes it away."""
        self._call(Command.SET_PASSPHRASE, Passphrase(pin, passphrase), Empty)

    def unseal(self, passphrase: str) -> None:
        """Open the keys after a start."""
        self._call(Command.UNSEAL, Unseal(passphrase), Empty)

    def enroll_manifest(
        self, version: int, floor: int, measurement: bytes, signature: bytes
    ) -> None:
        """Let the next version's code, signed by the release key, use the keys."""
        request = EnrollManifest(version, floor, measurement, signature)
        self._call(Command.ENROLL_MANIFEST, request, Empty)

    def tamper(self, finding: int) -> bool:
        """Report a finding (Finding); whether the keys are destroyed."""
        return self._call(Command.TAMPER, Tamper(finding), Tampered).destroyed

    def link_request(self) -> bytes:
        """PKCS #10 request (DER) for the device's CA certificate."""
        return self._call(Command.LINK_REQUEST, Empty(), LinkRequest).request

    def link_session(self, key: bytes, not_before_s: int, lifetime_s: int) -> bytes:
        """Certificate (DER) of the device for a P-256 key (point, 64 bytes); Unix time, seconds."""
        request = LinkSession(key, not_before_s, lifetime_s)
        return self._call(Command.LINK_SESSION, request, SessionCertificate).certificate

    def sign_link(self, link: SignLink) -> bytes:
        """P-256 signature (r and s) over one connection as both ends see it."""
        return self._call(Command.SIGN_LINK, link, LinkSignature).signature

    def sign_transaction(self, unsigned: bytes) -> bytes:
        """Signed raw transaction of an unsigned one (transactions.py says which types)."""
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

    def sign_claim(
        self,
        chain_id: int,
        direction: int,
        consumer: bytes,
        reference: int,
        price: int,
        least_from_uwh: int = 0,
    ) -> SignedClaim:
        """Claim all energy of a direction that is not claimed yet, for a contract to use once.

        `price` is in base units per kWh (96 bits). The same consumer, reference and price again
        give the very same answer. `least_from_uwh` gives up what was counted below it.
        """
        request = SignClaim(chain_id, direction, consumer, reference, price, least_from_uwh)
        return self._call(Command.SIGN_CLAIM, request, SignedClaim)

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
