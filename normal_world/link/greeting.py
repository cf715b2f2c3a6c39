"""How a connection begins once TLS stands: both secure worlds sign this very connection.

    server                       client
    challenge {nonce}        →
                             ←   proof {signature}
    proof {signature}        →
                             ←   hello {}

Signed are the signer's end, the exporter value (RFC 8446 §7.5), the SHA-256 of both session
certificates and the nonce, by the key of the device's certificate. TLS alone does not do:
it proves a session's key, which lies in the memory of a process that has the Internet, and its
exporter does not cover the client's certificate.

A TLS 1.3 client ends its handshake before the server has judged its certificate. It stays
silent until the challenge: bytes that nobody reads would make the refusal end in a reset.
"""

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding

from normal_world.link.errors import FrameError, LinkDown, ProofInvalid, RefusedByPeer
from normal_world.link.frames import Body
from normal_world.link.identity import Identity
from secure_world.protocol import EXPORTER_LABEL, SignLink, link_statement

if TYPE_CHECKING:
    from normal_world.link.channel import Channel

NONCE_BYTES, SIGNATURE_BYTES = 32, 64


async def greet(channel: "Channel", identity: Identity, *, is_server: bool) -> None:
    """Prove, and have it proven; ProofInvalid, FrameError, LinkDown, IdentityUnavailable."""
    if is_server:
        await _greet_client(channel, identity)
    else:
        await _greet_server(channel, identity)


async def _greet_client(channel: "Channel", identity: Identity) -> None:
    """The server signs only for a client that has proven who it is."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    own = _connection(channel, nonce, is_server=True)
    channel.write("challenge", {"nonce": "0x" + nonce.hex()})
    await _expect_proof(channel, _as_other_end(own, server=False))
    await _prove(channel, identity, own)
    if await _expect(channel, "hello", ()):
        raise FrameError(f"{channel.stream.where} said more than hello")


async def _greet_server(channel: "Channel", identity: Identity) -> None:
    nonce = _octets(await _expect(channel, "challenge", ("nonce",)), "nonce", NONCE_BYTES)
    own = _connection(channel, nonce, is_server=False)
    await _prove(channel, identity, own)
    await _expect_proof(channel, _as_other_end(own, server=True))
    channel.write("hello", {})


def _connection(channel: "Channel", nonce: bytes, *, is_server: bool) -> SignLink:
    own, peer = channel.stream.own_certificate(), channel.judge.session
    if peer is None:
        raise ProofInvalid(f"{channel.stream.where} has shown no certificate")
    client, server = (peer, own) if is_server else (own, peer)
    exporter = channel.stream.exported(EXPORTER_LABEL)
    return SignLink(is_server, exporter, _digest(client), _digest(server), nonce)


def _as_other_end(connection: SignLink, *, server: bool) -> SignLink:
    return SignLink(
        server,
        connection.exporter,
        connection.client_certificate,
        connection.server_certificate,
        connection.nonce,
    )


async def _prove(channel: "Channel", identity: Identity, connection: SignLink) -> None:
    signature = await identity.sign(connection)
    channel.write("proof", {"signature": "0x" + signature.hex()})


async def _expect_proof(channel: "Channel", connection: SignLink) -> None:
    body = await _expect(channel, "proof", ("signature",))
    signature = _octets(body, "signature", SIGNATURE_BYTES)
    half = SIGNATURE_BYTES // 2
    numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    key = channel.judge.device.public_key() if channel.judge.device else None
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        key.verify(
            utils.encode_dss_signature(*numbers),
            link_statement(connection),
            ec.ECDSA(hashes.SHA256()),
        )
    except InvalidSignature:
        who = f"0x{channel.judge.meter.hex()} at {channel.stream.where}"
        raise ProofInvalid(f"the secure world of {who} did not sign this connection") from None


async def _expect(channel: "Channel", kind: str, keys: tuple[str, ...]) -> Body:
    message = await channel.receive()
    if message.type == "bye":
        code = message.body.get("code")
        text = f"{channel.stream.where} refuses this connection: {code!r:.40}"
        if code == ProofInvalid.code:
            raise RefusedByPeer(text, "LINK-REFUSED-PROOF")
        raise LinkDown(text)
    if message.type != kind or message.body.keys() != set(keys):
        raise FrameError(f"{channel.stream.where} began with {message!r:.200}, expected a {kind}")
    return message.body


def _octets(body: Body, key: str, size: int) -> bytes:
    text = body[key]
    try:
        value = bytes.fromhex(text[2:]) if isinstance(text, str) else b""
    except ValueError:
        value = b""
    if len(value) != size or text != "0x" + value.hex():
        raise FrameError(f"{key} {text!r:.80}, expected 0x and {2 * size} hexadecimal digits")
    return value


def _digest(certificate: x509.Certificate) -> bytes:
    return sha256(certificate.public_bytes(Encoding.DER)).digest()
