"""A secure world of a few lines, for what a real one would never do."""

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from normal_world.link.certificates import point_of
from normal_world.link.pki import Request, read_request
from secure_world.link_certificates import certificate_request, session_certificate
from secure_world.link_identity import link_statement
from secure_world.protocol import ErrorCode, SecureWorldRefused, SignLink


@dataclass(frozen=True)
class Told:
    """The part of Info that the link reads."""

    link_key: bytes | None


class Signer:
    """Of one meter; its link key is made with it."""

    def __init__(self, meter: bytes) -> None:
        self.meter = meter
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.refuses = False
        self.sessions = 0
        self.signed: list[SignLink] = []

    @property
    def secret(self) -> bytes:
        return self.key.private_numbers().private_value.to_bytes(32, "big")

    def request(self) -> Request:
        return read_request(certificate_request(self.secret, self.meter))

    def info(self) -> Told:
        return Told(point_of(self.key.public_key()))

    def link_session(self, key: bytes, not_before_s: int, lifetime_s: int) -> bytes:
        self._check()
        self.sessions += 1
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + key)
        return self.certify(public, not_before_s, not_before_s + lifetime_s)

    def certify(self, key: ec.EllipticCurvePublicKey, start_s: int, end_s: int) -> bytes:
        """What a forger does otherwise."""
        return session_certificate(self.secret, self.meter, key, start_s, end_s)

    def sign_link(self, link: SignLink, /) -> bytes:
        self._check()
        self.signed.append(link)
        return self.signature(link)

    def signature(self, link: SignLink) -> bytes:
        """r and s of this statement."""
        made = self.key.sign(link_statement(link), ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(made)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _check(self) -> None:
        if self.refuses:
            raise SecureWorldRefused(ErrorCode.LOCKED, "locked by its owner")
