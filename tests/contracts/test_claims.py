"""ClaimLib: what a claim's signature binds, on a smart meter that uses it."""

from dataclasses import replace
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.contracts.conftest import RefusedWith
from tests.contracts.evm import CHAIN_ID
from tests.contracts.operator_world import Claim, OperatorWorld, signature
from tests.contracts.world import BLOCK_UWH, IMPORT, OPERATOR, STRANGER, Household

ENERGY = 20 * BLOCK_UWH + 3
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
ORDER = 2 * HALF_ORDER + 1


@pytest.fixture
def operator() -> OperatorWorld:
    return OperatorWorld()


@pytest.fixture
def home(operator: OperatorWorld) -> Household:
    """A household whose meter had time to produce."""
    home = operator.household("home")
    operator.evm.mine(100)
    return home


@pytest.mark.parametrize(
    "forged",
    [
        {"consumer": OPERATOR},
        {"number": 2},
        {"price": 1},
        {"direction": IMPORT},
        {"from_": 1},
        {"to": ENERGY + 1},
        {"meter": Household("other").meter},
    ],
)
def test_the_signature_is_over_all_of_the_claim(
    operator: OperatorWorld, home: Household, refused: RefusedWith, forged: dict[str, Any]
) -> None:
    """What was signed differs in one place from what is brought."""
    claim = operator.claim(home, 0, ENERGY)
    signed = signature(home, replace(claim, **forged).digest(operator.registry.address))
    words = (claim.meter, 0, ENERGY, claim.number, claim.price, *signed)
    with refused("ClaimSignatureInvalid"):
        operator.smart_meter.call(STRANGER, "reportProduction", *words)


def test_a_signature_of_another_key_chain_or_registry_is_refused(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    claim = operator.claim(home, 0, ENERGY)
    other = Household("other")
    with refused("ClaimSignatureInvalid", home.meter, other.meter):
        operator.report(claim, other)
    here = operator.registry.address
    for digest in (claim.digest(here, CHAIN_ID + 1), claim.digest(operator.counter.address)):
        words = (home.meter, 0, ENERGY, 1, 0, *signature(home, digest))
        with refused("ClaimSignatureInvalid"):
            operator.smart_meter.call(STRANGER, "reportProduction", *words)


def test_a_chain_that_splits_off_takes_no_claim_of_the_old_one(
    operator: OperatorWorld,
    home: Household,
    refused: RefusedWith,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The domain is put together in each call: a kept one would name the old chain for ever."""
    claim, here = operator.claim(home, 0, ENERGY), operator.registry.address
    old, new = (signature(home, claim.digest(here, chain)) for chain in (CHAIN_ID, CHAIN_ID + 1))
    monkeypatch.setattr("tests.contracts.evm.CHAIN_ID", CHAIN_ID + 1)
    words = (home.meter, 0, ENERGY, 1, 0)
    with refused("ClaimSignatureInvalid"):
        operator.smart_meter.call(STRANGER, "reportProduction", *words, *old)
    operator.smart_meter.call(STRANGER, "reportProduction", *words, *new)


def test_a_mirrored_or_empty_signature_is_refused(
    operator: OperatorWorld, home: Household, refused: RefusedWith
) -> None:
    """The other s of the same signature would be a second one for the same claim."""
    r, vs = signature(home, operator.claim(home, 0, ENERGY).digest(operator.registry.address))
    s = ORDER - (int.from_bytes(vs, "big") & (1 << 255) - 1)
    for pair in ((r, s.to_bytes(32, "big")), (bytes(32), bytes(32)), (r, bytes(32))):
        with refused("ClaimSignatureInvalid"):
            operator.smart_meter.call(
                STRANGER, "reportProduction", home.meter, 0, ENERGY, 1, 0, *pair
            )


def test_a_purpose_is_what_the_secure_world_signs() -> None:
    """The three words, each of 32 bytes, and nothing else."""
    claim = Claim(bytes(20), 0, 1, b"\xaa" * 20, number=5, price=6)
    words = bytes(12) + b"\xaa" * 20 + (5).to_bytes(32, "big") + (6).to_bytes(32, "big")
    assert claim.purpose == keccak(words)
