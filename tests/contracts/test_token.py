"""EnergyToken: fixed supply, one base unit a wei, proceeds to the owner only."""

from coincurve import PrivateKey
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.conftest import RefusedWith
from tests.contracts.world import OPERATOR, Household, World

SUPPLY = 10**20
ALICE, BOB = b"\xa1" * 20, b"\xb0" * 20


def test_whole_supply_waits_in_the_contract(world: World) -> None:
    assert world.token.view("totalSupply") == SUPPLY
    assert world.tokens(world.token.address) == SUPPLY
    assert world.token.view("decimals") == 18


def test_a_wei_buys_a_base_unit(world: World) -> None:
    world.evm.fund(ALICE, 100)
    world.token.call(ALICE, "buyTokens", value=70)
    assert (world.tokens(ALICE), world.evm.wei(ALICE)) == (70, 30)
    assert world.tokens(world.token.address) == SUPPLY - 70


def test_sold_out_gives_nothing_and_takes_nothing(world: World, refused: RefusedWith) -> None:
    world.evm.fund(ALICE, 2 * SUPPLY)
    world.token.call(ALICE, "buyTokens", value=SUPPLY - 5)
    with refused("SoldOut", 6, 5):
        world.token.call(ALICE, "buyTokens", value=6)
    assert world.evm.wei(ALICE) == SUPPLY + 5
    world.token.call(ALICE, "buyTokens", value=5)
    assert world.tokens(ALICE) == SUPPLY


def test_nothing_paid_is_refused(world: World, refused: RefusedWith) -> None:
    with refused("NothingPaid"):
        world.token.call(ALICE, "buyTokens")


def test_only_the_owner_takes_the_proceeds(world: World, refused: RefusedWith) -> None:
    world.evm.fund(ALICE, 70)
    world.token.call(ALICE, "buyTokens", value=70)
    with refused("OwnableUnauthorizedAccount", ALICE):
        world.token.call(ALICE, "withdraw", ALICE)
    world.token.call(OPERATOR, "withdraw", BOB)
    assert (world.evm.wei(BOB), world.evm.wei(world.token.address)) == (70, 0)


def test_nobody_sends_what_they_do_not_have(world: World, refused: RefusedWith) -> None:
    with refused("ERC20InsufficientBalance", ALICE, 0, 1):
        world.token.call(ALICE, "transfer", BOB, 1)


def test_permit_approves_once_by_signature(
    world: World, buyer: Household, refused: RefusedWith
) -> None:
    key = PrivateKey(keccak(text="a wallet"))
    owner = keccak(key.public_key.format(compressed=False)[1:])[12:]
    kind = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    words = (keccak(text=kind), owner, buyer.account, 9, 0, 2**64)
    types = ["bytes32", "address", "address", "uint256", "uint256", "uint256"]
    domain = world.token.view("DOMAIN_SEPARATOR")
    digest = keccak(b"\x19\x01" + domain + keccak(encode(types, words)))
    signature = key.sign_recoverable(digest, hasher=None)
    call = (owner, buyer.account, 9, 2**64, signature[64] + 27, signature[:32], signature[32:64])
    world.token.call(BOB, "permit", *call)
    assert world.token.view("allowance", owner, buyer.account) == 9
    assert world.token.view("nonces", owner) == 1
    with refused("ERC2612InvalidSigner"):
        world.token.call(BOB, "permit", *call)
