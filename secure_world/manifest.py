"""Manifests: the release key names code that may use the keys, and which versions may no longer.

digest = Keccak-256 of RLP [ "Evlock manifest 1", version, floor, measurement ], signed as EIP-2098
"""

from secure_world import rlp
from secure_world.commands import EnrollManifest
from secure_world.errors import ErrorCode, SecureWorldRefused, SignatureInvalid
from secure_world.keys import keccak256, recover

_PURPOSE = b"Evlock manifest 1"


def manifest_digest(version: int, floor: int, measurement: bytes) -> bytes:
    """What the release key signs."""
    return keccak256(
        rlp.encode([_PURPOSE, rlp.encode_uint(version), rlp.encode_uint(floor), measurement])
    )


def check(request: EnrollManifest, release: bytes | None, floor: int) -> None:
    """Raises MANIFEST-SIGNER (the policy names no `release`, or another), MANIFEST-VERSION."""
    if release is None:
        text = "the policy names no release key, expected one that does"
        raise SecureWorldRefused(ErrorCode.MANIFEST_SIGNER, text)
    signed = manifest_digest(request.version, request.floor, request.measurement)
    try:
        signer = recover(signed, request.signature)
    except SignatureInvalid as error:
        raise SecureWorldRefused(ErrorCode.MANIFEST_SIGNER, str(error)) from error
    if signer != release:
        text = f"signed by 0x{signer.hex()}, expected the release key 0x{release.hex()}"
        raise SecureWorldRefused(ErrorCode.MANIFEST_SIGNER, text)
    check_version(request.version, request.floor, floor)


def check_version(version: int, new_floor: int, floor: int) -> None:
    """Raises MANIFEST-VERSION: a version under the floor, the device's or its own."""
    if version < max(floor, new_floor):
        text = f"version {version}, expected at least the floor, {max(floor, new_floor)}"
        raise SecureWorldRefused(ErrorCode.MANIFEST_VERSION, text)
