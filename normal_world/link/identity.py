"""Who this node is on the link: the device's certificate, and a session below it.

The session's key lives in this process's memory alone. The secure world certifies it for a day
at most, and signs each connection; whoever steals the key cannot do without that signature.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from normal_world.link import certificates, errors, tls
from normal_world.link.files import Stamp, stamp
from normal_world.link.pem import read_certificate
from normal_world.link.revocation import Revocations
from secure_world.protocol import SecureWorldError, SignLink

LOG = logging.getLogger(__name__)
LIFETIME = timedelta(hours=24)
SKEW = timedelta(hours=1)  # how far the peer's clock may lie behind this one
RETRY_S = 1.0
T = TypeVar("T")


def utc_now() -> datetime:
    """This machine's wall clock."""
    return datetime.now(UTC)


class HasLinkKey(Protocol):
    """`Info` of the secure world."""

    @property
    def link_key(self) -> bytes | None: ...


class Signer(Protocol):
    """What the link asks of the secure world; each may raise SecureWorldError."""

    def info(self) -> HasLinkKey: ...
    def link_session(self, key: bytes, not_before_s: int, lifetime_s: int) -> bytes: ...
    def sign_link(self, link: SignLink, /) -> bytes: ...


@dataclass(frozen=True)
class Session:
    """A key of this process and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def is_valid(self, now: datetime) -> bool:
        """Whether a peer whose clock is right accepts it."""
        made = self.certificate
        return made.not_valid_before_utc <= now < made.not_valid_after_utc

    def is_fresh(self, now: datetime) -> bool:
        """False from half of its life on, and after a clock that jumped out of that half."""
        return self.is_valid(now) and now < self.certificate.not_valid_after_utc - LIFETIME / 2


class Identity:
    """`ca` and `device` are PEM files, `revoked` a list of the authority (None: none is kept)."""

    def __init__(
        self,
        ca: Path,
        device: Path,
        world: Signer,
        revoked: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.ca, self.device = ca, device
        self.revocations = Revocations(revoked, ca, clock)
        self._world, self._clock = world, clock
        self._turn = asyncio.Lock()
        self._stamp: tuple[Stamp, ...] = ()
        self._session: Session | None = None
        self._context: SSL.Context | None = None
        self._failed: tuple[float, errors.LinkError] | None = None

    def own_meter(self) -> bytes:
        """The meter that the device's certificate names; PkiError if it is not one."""
        try:
            return certificates.device_meter(read_certificate(self.device))
        except errors.PeerRefused as error:
            raise errors.DeviceMismatch(f"{self.device}: {error}") from error

    async def start(self) -> None:
        """Check the files (PkiError). A secure world that does not sign yet is only logged."""
        self.own_meter()
        with contextlib.suppress(errors.IdentityUnavailable):
            await self.current()

    async def current(self) -> SSL.Context:
        """The TLS context with a session that is good now; PkiError, IdentityUnavailable."""
        async with self._turn:
            found = tuple(stamp(path) for path in (self.ca, self.device))
            now = self._clock()
            fresh = self._session is not None and self._session.is_fresh(now)
            if self._context is None or found != self._stamp or not fresh:
                await self._renew(found, now)
            assert self._context is not None
            return self._context

    async def sign(self, connection: SignLink) -> bytes:
        """The secure world's signature (64 bytes) for one connection; IdentityUnavailable."""
        return await self._ask(lambda: self._world.sign_link(connection))

    async def _renew(self, found: tuple[Stamp, ...], now: datetime) -> None:
        """A new session; the one of before stays while it is valid and none is to be had."""
        try:
            session = await self._new_session(now)
        except errors.IdentityUnavailable:
            if self._session is None or not self._session.is_valid(now):
                raise
            session = self._session
        self._context = tls.make_context(self.ca, self.device, session.certificate, session.key)
        self._session, self._stamp = session, found

    async def _new_session(self, now: datetime) -> Session:
        if self._failed is not None and time.monotonic() - self._failed[0] < RETRY_S:
            raise self._failed[1]
        try:
            self._check_device(await self._ask(self._world.info))
            session = await self._certified(now)
        except errors.LinkError as error:
            LOG.warning("%s %s", error.code, error)  # once in RETRY_S, whoever knocks
            self._failed = time.monotonic(), error
            raise
        self._failed = None
        return session

    async def _certified(self, now: datetime) -> Session:
        key = ec.generate_private_key(ec.SECP256R1())
        point, start_s = certificates.point_of(key.public_key()), int((now - SKEW).timestamp())
        made = await self._ask(
            lambda: self._world.link_session(point, max(0, start_s), int(LIFETIME.total_seconds()))
        )
        return Session(key, x509.load_der_x509_certificate(made))

    def _check_device(self, info: HasLinkKey) -> None:
        """Else every peer would refuse, and not know why."""
        certificate = read_certificate(self.device)
        if certificates.point_of(certificate.public_key()) != info.link_key:
            text = "is not the certificate of this device's link key: ask the operator for another"
            raise errors.DeviceMismatch(f"{self.device} {text}")

    async def _ask(self, question: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(question)
        except SecureWorldError as error:
            raise errors.IdentityUnavailable(f"secure world: {error}") from error
