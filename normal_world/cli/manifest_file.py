"""A manifest as a file: what the release key signed, and the files that it stands for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from normal_world.cli import new_file, owner_keys
from normal_world.cli.errors import UsageInvalid

MARK, FORMAT = "evlock_manifest", 1
KEYS = {MARK, "version", "floor", "measurement", "release", "signature", "files"}
VERSION_MAX = 2**32 - 1


@dataclass(frozen=True)
class Manifest:
    """`files` are (path, SHA-256); `release` is the address of who signed."""

    version: int
    floor: int
    files: tuple[tuple[str, bytes], ...]
    release: str
    signature: bytes

    @property
    def measurement(self) -> bytes:
        """Of the files."""
        from secure_world.protocol import measurement

        return measurement(list(self.files))

    def to_json(self) -> dict[str, Any]:
        """The file's content."""
        return {
            MARK: FORMAT,
            "version": self.version,
            "floor": self.floor,
            "measurement": _hex(self.measurement),
            "release": self.release,
            "signature": _hex(self.signature),
            "files": {path: digest.hex() for path, digest in self.files},
        }


def files_of(tree: Path) -> tuple[tuple[str, bytes], ...]:
    """The measured files of a tree; UsageInvalid if there are none."""
    from secure_world.protocol import measured_files

    found = measured_files(str(tree.resolve()))
    if not any(path.startswith("secure_world/") for path, _ in found):
        raise UsageInvalid(f"--tree {tree}: the folder that holds secure_world/ expected")
    return tuple(found)


def signed(
    files: tuple[tuple[str, bytes], ...], version: int, floor: int, key: Path, passphrase: str
) -> Manifest:
    """Sign with the release key of a file; raises UsageInvalid, OSError."""
    from secure_world.protocol import manifest_digest, measurement

    release = owner_keys.read(key, passphrase)
    digest = manifest_digest(version, floor, measurement(list(files)))
    address = owner_keys.address_of(owner_keys.public(release))
    return Manifest(version, floor, files, address, owner_keys.sign(release, digest))


def read(path: Path) -> Manifest:
    """A manifest whose files are those it was signed for. Raises UsageInvalid, OSError."""
    found = new_file.read(path, MARK, FORMAT)
    try:
        made = _manifest(found)
        whole = found.keys() == KEYS and made.to_json() == found
    except (KeyError, TypeError, ValueError, AttributeError):
        whole = False
    if not whole:
        raise UsageInvalid(f"{path}: altered or not whole, a manifest as it was made expected")
    return made


def _manifest(found: dict[str, Any]) -> Manifest:
    files = sorted((str(name), bytes.fromhex(digest)) for name, digest in found["files"].items())
    version, floor = int(found["version"]), int(found["floor"])
    signature = bytes.fromhex(found["signature"].removeprefix("0x"))
    made = Manifest(version, floor, tuple(files), str(found["release"]), signature)
    if not (0 <= floor <= version <= VERSION_MAX and _signer(made) == made.release.lower()):
        raise ValueError("not signed so")
    return made


def _signer(made: Manifest) -> str:
    from secure_world.protocol import manifest_digest, recover

    return _hex(
        recover(manifest_digest(made.version, made.floor, made.measurement), made.signature)
    )


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
