"""What the contracts refuse, kind by kind: a named error in one line that says what to do."""

from collections.abc import Callable

import pytest

from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import auction, ledger, market, registry, token
from normal_world.chain.bindings import operator as grid_operator
from normal_world.chain.client import Chain
from normal_world.chain.deployment import Deployment
from normal_world.chain.deployment_plan import Numbers
from normal_world.chain.devchain.server import DevChain
from normal_world.chain.operator import Operator, enroll, node_operator
from normal_world.errors import ContractReverted
from tests.chain.tools import ETHER, Account, mine

METER, NOBODY = "0x" + "31" * 20, "0x" + "32" * 20
TERMS = market.Terms(ref=1, buyer_meter=METER, amount_uwh=5, price=1, salt=9)
ZERO = bytes(32)
Case = tuple[str, Callable[[AddressBook], tuple[str, bytes]], str, str]

# Kind, (contract, calldata), error, part of the advice. The caller is METER's account.
CASES: list[Case] = [
    (
        "zero",
        lambda book: (book.market, market.offer(
            meter=METER, number=0, amount_uwh=0, price=1, min_credit=0)),
        "ZeroAmount()", "above 0",
    ),
    (
        "overflow",
        lambda book: (book.token, token.transfer(NOBODY, 2**256 - 1)),
        "ERC20InsufficientBalance(", "evlock token buy",
    ),
    (
        "overflow of a storage",
        lambda book: (book.ledger, ledger.add_storage(
            capacity_uwh=2**64 - 1, added_uwh=2**64 - 1, latitude_e6=2**31 - 1, longitude_e6=0,
            rate=1)),
        "LocationInvalid(latitudeE6=2147483647, longitudeE6=0)", "-90 to 90",
    ),
    (
        "wrong role",
        lambda book: (book.registry, registry.set_claimer(NOBODY, True)),
        "OwnableUnauthorizedAccount(", "owner's key",
    ),
    (
        "wrong role: claimer",
        lambda book: (book.registry, registry.claim(meter=METER, direction=1, from_=0, to=1)),
        "NotClaimer(", "evlock contracts deploy",
    ),
    (
        "wrong role: smart meter",
        lambda book: (book.operator, grid_operator.reward_production(METER, 1)),
        "NotTrusted(", "evlock operator trust",
    ),
    (
        "wrong state: no such trade",
        lambda book: (book.market, market.close(TERMS)),
        "TradeNotOpen(", "has ended",
    ),
    (
        "wrong state: nothing acknowledged",
        lambda book: (book.ledger, ledger.bill(NOBODY, b"\x01" * 32)),
        "NotAcknowledged(", "come before a bill",
    ),
    (
        "expired: a permit",
        lambda book: (book.token, token.permit(
            owner=METER, spender=NOBODY, value=1, deadline=0, v=27, r=ZERO, s=ZERO)),
        "ERC2612ExpiredSignature(deadline=0)", "later deadline",
    ),
    (
        "expired: a slot",
        lambda book: (book.auction, auction.commit(
            slot=2**40, meter=METER, commitment=b"\x01" * 18)),
        "WindowClosed(", "next slot",
    ),
    (
        "too little money: coins for tokens",
        lambda book: (book.token, token.buy_tokens()),
        "NothingPaid()", "more than 0",
    ),
    (
        "too little money: purse",
        lambda book: (book.market, market.withdraw(METER, 1)),
        "PurseTooSmall(", "deposit the difference",
    ),
    (
        "not enrolled",
        lambda book: (book.market, market.deposit(NOBODY, 1)),
        "MeterNotEnrolled(", "evlock contracts enroll",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def network(devchain: DevChain) -> tuple[Chain, AddressBook, Operator]:
    """All contracts, and a household with the meter METER."""
    chain, account = Chain(devchain.url), Account()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("normal_world.chain.operator.time.sleep", lambda _: mine(chain))
        account.fund(chain, ETHER)
        host = node_operator(chain)
        book = Deployment(host, Numbers()).run()
        enroll(host, book, METER, account.address, feeder=1, rated_power_w=9, credit=1)
    return chain, book, Operator(chain, account.address, account.key)


@pytest.mark.parametrize(("kind", "call", "error", "advice"), CASES, ids=[c[0] for c in CASES])
def test_a_refusal_is_a_named_error_and_says_what_to_do(
    network: tuple[Chain, AddressBook, Operator],
    kind: str,
    call: Callable[[AddressBook], tuple[str, bytes]],
    error: str,
    advice: str,
) -> None:
    _, book, household = network
    with pytest.raises(ContractReverted) as caught:
        household.submit(*call(book))
    told = str(caught.value)
    assert f" reverted: {error}" in told, kind
    assert advice in told.split("; ", 1)[1]
    assert (caught.value.code, caught.value.exit_code) == ("CHAIN-REVERTED", 5)
    assert len(told.splitlines()) == 1


def test_a_transaction_that_failed_in_its_block_says_why(
    network: tuple[Chain, AddressBook, Operator], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The estimate was good, the block was not: another was first."""
    chain, book, household = network
    monkeypatch.setattr("normal_world.chain.operator.time.sleep", lambda _: mine(chain))
    household.send(book.token, token.buy_tokens(), value=5)
    call = token.transfer(NOBODY, 5)
    first, second = household.submit(book.token, call), household.submit(book.token, call)
    assert household.wait(first).succeeded
    with pytest.raises(ContractReverted, match="ERC20InsufficientBalance"):
        household.wait(second)
