"""Attacks on the grid ledger, each really mounted: A16, A17, A20, A22, A23, A25 of the list."""

import pytest
from eth_utils.crypto import keccak

import contracts
from tests.contracts.abi import Contract
from tests.contracts.conftest import RefusedWith
from tests.contracts.ledger_world import (
    ADDED,
    CAPACITY,
    CUSTOMER,
    DEVICE,
    DIGEST,
    END,
    GRID,
    LATITUDE,
    LONGITUDE,
    MONEY,
    QUANTITY,
    RATE,
    START,
    LedgerWorld,
)
from tests.contracts.world import OPERATOR

COST = QUANTITY * RATE // 10**9
GUARD = keccak(text="ReentrancyGuardReentrantCall()")[:4]
SUPPLY = (CUSTOMER, DEVICE, QUANTITY, START, END)
STORAGE = (CAPACITY, ADDED, LATITUDE, LONGITUDE, RATE)


@pytest.fixture
def ledger() -> LedgerWorld:
    world = LedgerWorld()
    world.store()
    return world


class HookWorld(LedgerWorld):
    """The ledger with a token whose transfers call back."""

    def __post_init__(self) -> None:
        self.token = Contract(self.evm, "HookToken")
        self.ledger = Contract(self.evm, "GridLedger", self.token.address)
        self.token.call(OPERATOR, "mint", CUSTOMER, MONEY)
        self.token.call(CUSTOMER, "approve", self.ledger.address, MONEY)
        self.store()


@pytest.mark.parametrize(
    ("inner", "words", "refusal"),
    [
        ("purchase", (GRID, QUANTITY, RATE), GUARD),
        ("transfer", SUPPLY, None),  # the token is no grid with customers
        ("acknowledge", (GRID, 1), None),
        ("bill", (CUSTOMER, DIGEST), None),
    ],
)
def test_a20_reentrancy_gains_nothing(
    inner: str, words: tuple[object, ...], refusal: bytes | None
) -> None:
    world = HookWorld()
    world.token.call(OPERATOR, "arm", world.ledger.address, world.ledger.data(inner, *words))
    world.purchase()
    assert world.token.view("attempts") == 1
    assert world.token.view("succeeded") is False
    assert refusal is None or world.token.view("refusal") == refusal
    assert world.tokens(GRID) == COST
    assert world.account() == (QUANTITY, 0, 0)
    assert world.grid()["availableUwh"] == ADDED - QUANTITY


def test_a22_a_rate_raised_in_front_of_a_purchase_gains_nothing(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    purchase = ledger.ledger.data("purchase", GRID, QUANTITY, RATE)
    ledger.store(1, RATE + 1)
    with refused("RateAboveBound", RATE + 1, RATE):
        ledger.ledger.send(CUSTOMER, purchase)
    assert ledger.tokens(CUSTOMER) == MONEY
    ledger.store(1, RATE - 1)
    ledger.ledger.send(CUSTOMER, purchase)
    assert ledger.tokens(GRID) == QUANTITY * (RATE - 1) // 10**9


def test_a23_a_token_that_answers_false_buys_nothing(refused: RefusedWith) -> None:
    world = LedgerWorld()
    false = Contract(world.evm, "FalseToken")
    world.ledger = Contract(world.evm, "GridLedger", false.address)
    world.store()
    with refused("SafeERC20FailedOperation", false.address):
        world.purchase()
    assert world.account() == (0, 0, 0)


def test_a25_a_relayed_call_acts_for_the_relay_alone(
    ledger: LedgerWorld, refused: RefusedWith
) -> None:
    """A page that makes grid or customer call it cannot speak for them."""
    relay = Contract(ledger.evm, "Relay")
    ledger.purchase()

    def relayed(victim: bytes, function: str, *words: object) -> None:
        call = ledger.ledger.data(function, *words)
        relay.call(victim, "relay", ledger.ledger.address, call)

    with refused("NotPurchased", relay.address, CUSTOMER, QUANTITY, 0):
        relayed(GRID, "transfer", *SUPPLY)
    with refused("ERC20InsufficientAllowance", ledger.ledger.address, 0, COST):
        relayed(CUSTOMER, "purchase", GRID, QUANTITY, RATE)
    ledger.transfer()
    with refused("NotTransferred", GRID, relay.address, 1, 0):
        relayed(CUSTOMER, "acknowledge", GRID, 1)
    ledger.acknowledge()
    with refused("NotAcknowledged", relay.address, CUSTOMER):
        relayed(GRID, "bill", CUSTOMER, DIGEST)
    with refused("NotParty", GRID, CUSTOMER, relay.address):
        relayed(CUSTOMER, "fault", GRID, CUSTOMER, 1)
    before = ledger.grid()
    relayed(GRID, "addStorage", *STORAGE)
    assert ledger.grid() == before
    assert ledger.grid(relay.address)["availableUwh"] == ADDED


def test_a16_padded_calls_are_refused(ledger: LedgerWorld, refused: RefusedWith) -> None:
    ledger.purchase()
    ledger.transfer()
    ledger.acknowledge()
    for who, function, words in (
        (GRID, "addStorage", STORAGE),
        (CUSTOMER, "purchase", (GRID, 1, RATE)),
        (GRID, "transfer", SUPPLY),
        (CUSTOMER, "acknowledge", (GRID, 1)),
        (GRID, "bill", (CUSTOMER, DIGEST)),
        (GRID, "fileBill", (CUSTOMER, DIGEST, DIGEST)),
        (GRID, "fault", (GRID, CUSTOMER, 1)),
    ):
        call = ledger.ledger.data(function, *words)
        with refused("CalldataLength", len(call), len(call) + 32):
            ledger.ledger.send(who, call + bytes(32))


@pytest.mark.parametrize("name", ["GridLedger", "GridOperator", "SmartMeter", "Prosumer"])
def test_a17_no_text_and_no_free_bytes_come_in_or_go_out(name: str) -> None:
    for entry in contracts.load(name)["abi"]:
        if entry["type"] in ("function", "event", "constructor"):
            kinds = [p["type"] for p in entry["inputs"] + entry.get("outputs", [])]
            assert not {"string", "bytes", "bytes[]", "string[]"} & set(kinds), entry["name"]
