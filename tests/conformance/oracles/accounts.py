"""Writes vectors/accounts.json: accounts of mnemonics, by bip_utils and eth_account alike.

    python -m tests.conformance.oracles.accounts

Official: the 24 English entropies of BIP-39's reference vectors (Trezor), passphrase TREZOR.
Zeros: BIP-32's vectors 3 and 4 in our path: parents and keys whose first byte is zero.
Phrases: passphrases that NFKD changes, that are long, or that look empty.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from bip_utils import Bip32Slip10Secp256k1
from eth_account import Account
from mnemonic import Mnemonic

VECTORS = Path(__file__).parents[1] / "vectors" / "accounts.json"
PATH = "m/44'/8217'/0'/0/0"
LEVELS = ("m", "m/44'", "m/44'/8217'", "m/44'/8217'/0'", "m/44'/8217'/0'/0", PATH)
PATTERNS = [byte * size for size in (16, 24, 32) for byte in ("00", "7f", "80", "ff")]
RANDOM = """
9e885d952ad362caeb4efe34a8e91bd2 6610b25967cdcca9d59875f5cb50b0ea75433311869e930b
68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c
c0ba5a8e914111210f2bd131f3d5e08d 6d9be1ee6ebd27a258115aad99b7317b9c8d28b6d76431c3
9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863
23db8160a31d3e0dca3688ed941adbf3 8197a4a47f0425faeaa69deebc05ca29c0a5b5cc76ceacc0
066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad
f30f8c1da665478f49b001d94c5fc452 c10ec20dc3cd9f652c7fac2f1230f7a3c828389a14392f05
f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f
""".split()
OFFICIAL_SEED = "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d182"
PHRASES = (
    "",
    " ",
    "é",
    "e\u0301",
    "ﬁ ½ ㎧",
    "패스워드",
    "㍍ガバヴァぱばぐゞちぢ十人十色",
    "x" * 512,
)
_words = Mnemonic("english")


def account(mnemonic: str, passphrase: str) -> tuple[str, str]:
    """(private key, address), as both libraries find them."""
    seed = Mnemonic.to_seed(mnemonic, passphrase)
    key = Bip32Slip10Secp256k1.FromSeed(seed).DerivePath(PATH).PrivateKey().Raw().ToBytes()
    Account.enable_unaudited_hdwallet_features()
    other = Account.from_mnemonic(mnemonic, passphrase=passphrase, account_path=PATH)
    assert bytes(other.key) == key
    return key.hex(), str(other.address).lower()


def row(group: str, mnemonic: str, passphrase: str) -> dict[str, str]:
    """One vector."""
    key, address = account(mnemonic, passphrase)
    return {
        "group": group,
        "mnemonic": mnemonic,
        "passphrase": passphrase,
        "key": key,
        "account": address,
    }


def zeros() -> Iterator[tuple[str, str]]:
    """(level, mnemonic): the first one found whose key at that level begins with a zero byte."""
    wanted, number = set(LEVELS), 0
    while wanted:
        number += 1
        entropy = hashlib.sha256(f"zeros {number}".encode()).digest()[:16]
        mnemonic = _words.to_mnemonic(entropy)
        root = Bip32Slip10Secp256k1.FromSeed(Mnemonic.to_seed(mnemonic, ""))
        for level in sorted(wanted):
            node = root if level == "m" else root.DerivePath(level)
            if node.PrivateKey().Raw().ToBytes()[0] == 0:
                wanted.remove(level)
                yield level, mnemonic


def vectors() -> list[dict[str, str]]:
    """All of them."""
    official = [_words.to_mnemonic(bytes.fromhex(entropy)) for entropy in PATTERNS + RANDOM]
    assert Mnemonic.to_seed(official[0], "TREZOR").hex().startswith(OFFICIAL_SEED[:64])
    rows = [row("official", mnemonic, "TREZOR") for mnemonic in official]
    rows += [row(f"zeros {level}", mnemonic, "") for level, mnemonic in zeros()]
    rows += [row("phrases", official[12], phrase) for phrase in PHRASES]
    sizes = [_words.to_mnemonic(hashlib.sha256(b"size").digest()[:size]) for size in (20, 28)]
    rows += [row("sizes", mnemonic, "fifteen or twenty-one words") for mnemonic in sizes]
    composed, apart = (r for r in rows if r["passphrase"] in ("é", "e\u0301"))
    assert composed["account"] == apart["account"]
    assert unicodedata.normalize("NFKD", "é") == "e\u0301"
    return rows


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1, ensure_ascii=True)
    VECTORS.write_text(text + "\n", encoding="ascii")
