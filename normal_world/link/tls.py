"""TLS as the link uses it: version 1.3 only, both sides certified, no session ever resumed.

The judgement of the peer's certificates happens inside the handshake, so a refusal leaves as
the TLS alert that fits (RFC 8446 §6.2) before any byte of the application. OpenSSL sends
`internal error` for the judgements that are not its own: good certificates, but not expected here.
"""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

from normal_world.link import errors
from normal_world.link.errors import LinkError
from normal_world.link.judge import Judge
from normal_world.link.pem import read_certificate

SUITES = b"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

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


def make_context(
    ca: Path, device: Path, session: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> SSL.Context:
    """For both ends: `ca` is trusted, the session and the device's certificate are shown."""
    context = SSL.Context(SSL.TLS_METHOD)
    try:
        context.load_verify_locations(str(ca))
    except SSL.Error as error:
        raise errors.FileUnreadable(f"{ca} holds no certificate in PEM form") from error
    context.use_certificate(session)
    context.use_privatekey(key)
    context.add_extra_chain_cert(read_certificate(device))
    return _harden(context)


def failure(error: SSL.Error, where: str) -> LinkError:
    """OpenSSL's error by its name in our tree."""
    stack = error.args[0] if error.args and isinstance(error.args[0], list) else []
    words = ", ".join(str(part[-1]) for part in stack)
    for text, (kind, code) in _FAILURES.items():
        if text in words:
            return kind(f"TLS with {where} failed: {words}", code)
    return errors.TlsBroken(f"TLS with {where} failed: {words or 'cut off'}")


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
    context.set_verify_depth(1)  # the device's alone between session and authority
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
