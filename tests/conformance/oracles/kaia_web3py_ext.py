"""Makes tests/conformance/vectors/kaia.json with web3py-ext 2.1.0, Kaia's own Python tools.

It needs web3 6.3, which Evlock does not use: run it in an environment of its own, with this file
alone (it imports nothing of Evlock).

    python3 -m venv /tmp/kaia && /tmp/kaia/bin/pip install web3py-ext==2.1.0 'web3<6.4'
    /tmp/kaia/bin/python tests/conformance/oracles/kaia_web3py_ext.py > kaia.json

Each vector has the private key, the fields, what is hashed for signing (`unsigned`, and its hash as
the library computes it), and what the sender signs (`signed`). Of fee-delegated ones `paid` is the
whole transaction after the library's own fee payer has read `signed` and signed it too.
The library writes a chain id as two bytes always: these chains have ids of two bytes.
"""

# mypy: ignore-errors
# (its libraries are another environment's)

import json
import random
import sys
from collections.abc import Iterator
from typing import Any

import rlp
import web3py_ext.extend  # noqa: F401
from eth_account import Account
from eth_account._utils.signing import serializable_unsigned_transaction_from_dict
from eth_utils import keccak, to_checksum_address

Fields = dict[str, Any]
CHAINS = {"kaia": 8217, "kairos": 1001, "largest of two bytes": 65535, "smallest of two bytes": 256}
CALL, DELEGATED_CALL = 0x30, 0x31
FEE_PAYER_KEY = "0x" + "0f" * 32
KEY = "0x" + "11" * 32
PLAIN: Fields = {
    "nonce": 5,
    "gasPrice": 25 * 10**9,
    "gas": 500_000,
    "to": "0x" + "0a" * 20,
    "value": 0,
    "data": "0xaabbccdd",
    "chainId": 8217,
}
EDGES: dict[str, Fields] = {
    "plain": {},
    "first nonce": {"nonce": 0},
    "nonce 127": {"nonce": 127},
    "nonce 128": {"nonce": 128},
    "large nonce": {"nonce": 2**63},
    "free gas": {"gasPrice": 0},
    "no data": {"data": "0x"},
    "a zero byte of data": {"data": "0x00"},
    "data of 55 bytes": {"data": "0x" + "01" * 55},
    "data of 56 bytes": {"data": "0x" + "01" * 56},
    "data of 1000 bytes": {"data": "0x" + "fe" * 1000},
    "value of one coin": {"value": 10**18},
    "largest value": {"value": 2**256 - 1},
    "recipient with zeros": {"to": "0x" + "00" * 19 + "01"},
    **{f"chain {name}": {"chainId": chain} for name, chain in CHAINS.items()},
}


def main() -> None:
    """All vectors, as JSON on standard output."""
    chance = random.Random(4)
    cases = [(name, KEY, {**PLAIN, **change}) for name, change in EDGES.items()]
    cases += [_any(chance) for _ in range(24)]
    made = [_vector(*case, kind) for case in cases for kind in (CALL, DELEGATED_CALL)]
    json.dump({"made_by": "web3py-ext 2.1.0", "vectors": made}, sys.stdout, indent=1)
    print()


def _any(chance: random.Random) -> tuple[str, str, Fields]:
    fields = {
        "nonce": chance.randrange(2 ** chance.randrange(1, 64)),
        "gasPrice": chance.randrange(2 ** chance.randrange(1, 60)),
        "gas": chance.randrange(2 ** chance.randrange(15, 40)),
        "to": "0x" + chance.randbytes(20).hex(),
        "value": chance.randrange(2 ** chance.randrange(1, 128)),
        "data": "0x" + chance.randbytes(chance.randrange(300)).hex(),
        "chainId": chance.choice([8217, 1001]),
    }
    return "random", f"0x{chance.randrange(1, 2**255):064x}", fields


def _vector(name: str, key: str, fields: Fields, kind: int) -> Fields:
    account = Account.from_key(key)
    given = {**fields, "type": kind, "from": account.address}
    given["to"] = to_checksum_address(fields["to"])
    signed = Account.sign_transaction(dict(given), key)
    digest = serializable_unsigned_transaction_from_dict(dict(given)).hash()
    unsigned = _preimage(given)
    assert keccak(unsigned) == digest
    made = {
        "name": name,
        "type": kind,
        "key": key,
        "fields": {**fields, "from": account.address.lower()},
        "unsigned": "0x" + unsigned.hex(),
        "digest": "0x" + digest.hex(),
        "signed": "0x" + bytes(signed.rawTransaction).hex(),
    }
    if kind == DELEGATED_CALL:
        payer = Account.from_key(FEE_PAYER_KEY).address
        raw = signed.rawTransaction
        paid = Account.sign_transaction_as_feepayer(raw, payer, FEE_PAYER_KEY)
        made["paid"] = "0x" + bytes(paid.rawTransaction).hex()
    return made


def _preimage(given: Fields) -> bytes:
    """By the rlp package: the library keeps only the hash of its own, which must agree."""
    inner = [*_uints(given, "type", "nonce", "gasPrice", "gas"), _octets(given["to"])]
    inner += [*_uints(given, "value"), _octets(given["from"]), _octets(given["data"])]
    encoded: bytes = rlp.encode([rlp.encode(inner), *_uints(given, "chainId"), b"", b""])
    return encoded


def _uints(given: Fields, *names: str) -> Iterator[bytes]:
    for name in names:
        value: int = given[name]
        yield value.to_bytes((value.bit_length() + 7) // 8, "big")


def _octets(text: str) -> bytes:
    return bytes.fromhex(text[2:])


if __name__ == "__main__":
    main()
