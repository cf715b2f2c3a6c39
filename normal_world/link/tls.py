"""TLS as the link uses it: version 1.3 only, both sides certified, no session ever resumed.

The judgement of the peer's certificate happens inside the handshake, so a refusal leaves as
the TLS alert that fits (RFC 8446 §6.2) before any byte of the application. OpenSSL sends
`internal error` for the one judgement that is not its own: a good certificate, wrong meter.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from OpenSSL import SSL, crypto

from normal_world.link import certificates, errors, pki
from normal_world.link.errors import LinkError

SUITES = b"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

# X509_V_ERR_… of OpenSSL's x509_vfy.h
_REFUSALS: dict[int, type[errors.PeerRefused]] = {
    2: errors.UnknownAuthority,  # issuer not found
    7: errors.UnknownAuthority,  # bad signature: another authority of the same name
    9: errors.CertificateNotYetValid,
    10: errors.CertificateExpired,
    18: errors.UnknownAuthority,  # self-signed
    19: errors.UnknownAuthority,  # self-signed, in the chain
    20: errors.UnknownAuthority,  # issuer not found locally
    21: errors.UnknownAuthority,  # first certificate not verified
    30: errors.UnknownAuthority,  # key identifiers differ
}

# OpenSSL's words for what went wrong here, or there (alerts); the first that fits.
_FAILURES: dict[str, tuple[type[LinkError], str]] = {
    "peer did not return a certificate": (errors.CertificateMissing, "TLS-NO-CERTIFICATE"),
    "unsupported protocol": (errors.VersionTooLow, "TLS-VERSION"),
    "alert protocol version": (errors.VersionTooLow, "TLS-VERSION"),
    "alert certificate required": (errors.RefusedByPeer, "TLS-REFUSED-NO-CERTIFICATE"),
    "alert certificate expired": (errors.RefusedByPeer, "TLS-REFUSED-EXPIRED"),
    "alert bad certificate": (errors.RefusedByPeer, "TLS-REFUSED-CERTIFICATE"),
    "alert unsupported certificate": (errors.RefusedByPeer, "TLS-REFUSED-CERTIFICATE"),
    "alert unknown ca": (errors.RefusedByPeer, "TLS-REFUSED-AUTHORITY"),
    "alert decrypt error": (errors.RefusedByPeer, "TLS-REFUSED-AUTHORITY"),
    "alert internal error": (errors.RefusedByPeer, "TLS-REFUSED-METER"),
    " alert ": (errors.RefusedByPeer, "TLS-REFUSED"),
}


@dataclass(frozen=True)
class Credentials:
    """The three PEM files of a node."""

    ca: Path
    certificate: Path
    key: Path


@dataclass
class Judge:
    """Decides on one connection's peer; afterwards says who it is."""

    allowed: Callable[[], Collection[bytes]]
    meter: bytes = b""
    not_after: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    def judge(self, certificate: crypto.X509, error: int, depth: int) -> None:
        """One step of OpenSSL's walk from the authority (depth 1) to the peer (depth 0)."""
        try:
            found = certificate.to_cryptography()
            who = f"certificate of {found.subject.rfc4514_string()} at depth {depth}"
        except ValueError as fault:
            raise errors.CertificateInvalid(f"certificate cannot be read: {fault}") from fault
        if error:
            span = f"valid {found.not_valid_before_utc} to {found.not_valid_after_utc}"
            kind = _REFUSALS.get(error, errors.CertificateInvalid)
            raise kind(f"{who} ({span}) is refused: {kind.__name__}, X.509 error {error}")
        if depth == 0:
            self._judge_meter(found, who)

    def _judge_meter(self, found: x509.Certificate, who: str) -> None:
        meter = certificates.meter_of(found)
        if meter is None or meter not in self.allowed():
            named = "no meter" if meter is None else f"meter 0x{meter.hex()}"
            raise errors.WrongMeter(f"{who} names {named}, which is not expected here")
        self.meter, self.not_after = meter, found.not_valid_after_utc


class Contexts:
    """The OpenSSL context of the credentials, made anew when a file has changed."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._stamp: tuple[tuple[int, int, int], ...] = ()
        self._context: SSL.Context | None = None

    def own_meter(self) -> bytes:
        """The meter that the node's own certificate names; CertificateInvalid if none."""
        meter = pki.inspect(self._credentials.certificate).meter
        if meter is None:
            raise errors.CertificateInvalid(f"{self._credentials.certificate} names no meter")
        return meter

    def current(self) -> SSL.Context:
        """Raises FileMissing, FileUnreadable, KeyExposed."""
        files = self._credentials
        stamp = tuple(_stamp(path) for path in (files.ca, files.certificate, files.key))
        if self._context is None or stamp != self._stamp:
            self._context, self._stamp = _load(files), stamp
        return self._context


def failure(error: SSL.Error, where: str) -> LinkError:
    """OpenSSL's error by its name in our tree."""
    stack = error.args[0] if error.args and isinstance(error.args[0], list) else []
    words = ", ".join(str(part[-1]) for part in stack)
    for text, (kind, code) in _FAILURES.items():
        if text in words:
            return kind(f"TLS with {where} failed: {words}", code)
    return errors.TlsBroken(f"TLS with {where} failed: {words or 'cut off'}")


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise errors.FileMissing(f"{path} cannot be found: {error.strerror}") from None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _load(files: Credentials) -> SSL.Context:
    if files.key.stat().st_mode & 0o077:
        raise errors.KeyExposed(f"{files.key} can be read by others, expected mode 0600")
    context = SSL.Context(SSL.TLS_METHOD)
    try:
        context.load_verify_locations(str(files.ca))
        context.use_certificate_chain_file(str(files.certificate))
        context.use_privatekey_file(str(files.key))
        context.check_privatekey()
    except SSL.Error as error:
        names = f"{files.ca}, {files.certificate}, {files.key}"
        raise errors.FileUnreadable(f"no matching authority, certificate, key: {names}") from error
    return _harden(context)


def _harden(context: SSL.Context) -> SSL.Context:
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_max_proto_version(SSL.TLS1_3_VERSION)
    context.set_tls13_ciphersuites(SUITES)
    # With both, the tickets that a server must send are names of sessions that nobody kept.
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    store = context.get_cert_store()
    if store is not None:
        store.set_flags(crypto.X509StoreFlags.X509_STRICT)
    context.set_verify_depth(0)  # no certificate between the node's and the authority's
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _ask_judge)
    return context


def _ask_judge(
    connection: SSL.Connection, certificate: crypto.X509, error: int, depth: int, _: int
) -> bool:
    judge = connection.get_app_data()
    if not isinstance(judge, Judge):
        return False
    judge.judge(certificate, error, depth)  # pyOpenSSL raises it again out of the handshake
    return True
