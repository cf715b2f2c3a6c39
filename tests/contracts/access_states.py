"""For every function that changes state: a state in which the right role succeeds, and the call."""

from collections.abc import Callable
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts import auction_reference as reference
from tests.contracts.abi import Contract
from tests.contracts.access_world import CLAIMER, CUSTOMER, GRID, HEIR, Call, Cast
from tests.contracts.auction_world import KWH, UTILITY
from tests.contracts.evm import CHAIN_ID
from tests.contracts.ledger_world import CAPACITY, DEVICE, DIGEST, END, LATITUDE, LONGITUDE, START
from tests.contracts.network import MONEY, PRICE
from tests.contracts.world import (
    CREDIT,
    DOMAIN,
    DOMAIN_TYPE,
    EXPORT,
    FEEDER,
    OPERATOR,
    RATED_POWER_W,
    REPORT_BLOCKS,
    STRANGER,
    TRADE_BLOCKS,
    Terms,
)

OWNED = ("transferOwnership", "acceptOwnership", "renounceOwnership")
ENERGY = KWH // 100
PERMIT = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"


# --- market


def _offer(cast: Cast) -> int:
    return cast.net.offer(cast.home, ENERGY, PRICE, number=1)


def _trade(cast: Cast) -> Terms:
    """The meter buys from another."""
    offer = cast.net.offer(cast.other, ENERGY, PRICE)
    (terms,) = cast.net.buy(cast.home, [offer], ENERGY)
    return terms


def _buy(cast: Cast) -> Call:
    ref = cast.net.ref(cast.net.offer(cast.other, ENERGY, PRICE))
    return Call(([ref], cast.home.meter, ENERGY, PRICE, 1))


def _settle(cast: Cast) -> Call:
    terms = _trade(cast)
    homes = (cast.other, cast.home)
    readings = [(cast.net.reading(terms, home, 0, ENERGY), home) for home in homes]
    return Call((terms.words, *(cast.net.final(*reading) for reading in readings)))


def _report(cast: Cast) -> Call:
    terms = _trade(cast)
    return Call((terms.words, cast.net.shown(cast.net.delivering(terms, cast.home, 5), cast.home)))


def _close(cast: Cast) -> Call:
    terms = _trade(cast)
    cast.net.evm.mine(TRADE_BLOCKS + REPORT_BLOCKS)
    return Call((terms.words,))


# --- auction


def _commit(cast: Cast) -> Call:
    slot = cast.net.sale.to_commit()
    return Call((slot, cast.home.meter, b"\1" * 18))


def _place(cast: Cast) -> Call:
    sale, slot = cast.net.sale, cast.net.sale.to_commit()
    placement = sale.sell(cast.home, ENERGY, PRICE)
    sale.commit(cast.home, placement)
    sale.to_place()
    return Call((slot, [placement.words]))


def _clear(cast: Cast) -> Call:
    order = cast.net.sale.enter([(cast.home, EXPORT, ENERGY, PRICE)])
    return Call((cast.net.sale.slot, reference.pack(order), reference.ranks(order), 9))


def _pay(cast: Cast) -> Call:
    orders = cast.net.sale.enter([(cast.home, EXPORT, ENERGY, PRICE)])
    slot = cast.net.sale.slot
    words = (slot, reference.pack(orders), reference.ranks(orders))
    payouts = cast.net.auction.view("payoutsOf", *words, cast.net.sale.funds())
    cast.net.sale.clear(orders, 0)
    return Call((slot, payouts, bytes(27)))


def _collect(cast: Cast) -> Call:
    cast.net.auction.call(UTILITY, "draw", cast.net.sale.funds())
    orders = cast.net.sale.enter([(cast.home, EXPORT, ENERGY, PRICE)])
    cast.net.sale.clear(orders)
    cast.net.auction.call(UTILITY, "fund", MONEY // 10)
    return Call((cast.home.meter,))


# --- token, operator, ledger


def _permit(cast: Cast) -> Call:
    """Signed by the meter's key for its own address."""
    words = (cast.home.meter, STRANGER, 5, 0, 2**255)
    struct = keccak(
        encode(
            ["bytes32", "address", "address", "uint256", "uint256", "uint256"],
            (keccak(text=PERMIT), *words),
        )
    )
    names = (keccak(text="Evlock Energy Token"), keccak(text="1"))
    facts = (DOMAIN_TYPE, *names, CHAIN_ID, cast.net.token.address)
    digest = keccak(b"\x19\x01" + keccak(encode(DOMAIN, facts)) + struct)
    whole = cast.home.key.sign_recoverable(digest, hasher=None)
    return Call((*words[:3], words[4], whole[64] + 27, whole[:32], whole[32:64]))


def _allowed(cast: Cast) -> Call:
    """The account lets the claimer take."""
    cast.net.token.call(cast.home.account, "approve", CLAIMER, 5)
    return Call((cast.home.account, STRANGER, 5))


def _sold(cast: Cast) -> Call:
    cast.net.token.call(STRANGER, "buyTokens", value=1)
    return Call((OPERATOR,))


def _reported(cast: Cast) -> Call:
    return Call(cast.net.report_words(cast.home, 0, ENERGY, 1))


def _purchased(cast: Cast) -> None:
    cast.net.ledger.call(CUSTOMER, "purchase", GRID, ENERGY, PRICE)


def _transferred(cast: Cast) -> None:
    _purchased(cast)
    words = (CUSTOMER, DEVICE, ENERGY, START, END)
    cast.net.ledger.call(GRID, "transfer", *words)


def _transfer(cast: Cast) -> Call:
    _purchased(cast)
    return Call((CUSTOMER, DEVICE, ENERGY, START, END))


def _acknowledge(cast: Cast) -> Call:
    _transferred(cast)
    return Call((GRID, ENERGY))


def _bill(cast: Cast) -> Call:
    _transferred(cast)
    cast.net.ledger.call(CUSTOMER, "acknowledge", GRID, ENERGY)
    return Call((CUSTOMER, DIGEST))


def _fault(cast: Cast) -> Call:
    _purchased(cast)
    return Call((GRID, CUSTOMER, 7))


def _words(make: Callable[[Cast], tuple[Any, ...]], wei: int = 0) -> Callable[[Cast], Call]:
    """A state that needs no preparation."""
    return lambda cast: Call(make(cast), wei)


State = Callable[[Cast], Call]
STATES: dict[str, dict[str, State]] = {
    "EnergyToken": {
        "approve": _words(lambda c: (HEIR, 5)),
        "buyTokens": _words(lambda c: (), 5),
        "permit": _permit,
        "transfer": _words(lambda c: (HEIR, 5)),
        "transferFrom": _allowed,
        "withdraw": _sold,
    },
    "MeterRegistry": {
        "changeCredit": _words(lambda c: (c.home.meter, 1)),
        "claim": _words(lambda c: (c.home.meter, EXPORT, 0, ENERGY)),
        "claimAtMost": _words(lambda c: (c.home.meter, EXPORT, 0, ENERGY)),
        "claimTrade": _words(lambda c: (c.home.meter, 0, 5, c.other.meter, 0, 5, 1)),
        "enroll": _words(lambda c: (HEIR, HEIR, FEEDER, RATED_POWER_W, CREDIT)),
        "retire": _words(lambda c: (c.home.meter,)),
        "setClaimer": _words(lambda c: (HEIR, True)),
    },
    "EnergyMarket": {
        "buy": _buy,
        "cancel": lambda c: Call((_offer(c),)),
        "close": _close,
        "deposit": _words(lambda c: (c.home.meter, 5)),
        "offer": _words(lambda c: (c.home.meter, 1, ENERGY, PRICE, 0)),
        "report": _report,
        "reprice": lambda c: Call((_offer(c), 5)),
        "settle": _settle,
        "withdraw": _words(lambda c: (c.home.meter, 5)),
    },
    "EnergyAuction": {
        "clear": _clear,
        "collect": _collect,
        "commit": _commit,
        "deposit": _words(lambda c: (c.home.meter, 5)),
        "draw": _words(lambda c: (5,)),
        "fund": _words(lambda c: (5,)),
        "pay": _pay,
        "place": _place,
        "setTariff": _words(lambda c: (PRICE, 5)),
        "withdraw": _words(lambda c: (c.home.meter, 5)),
    },
    "GridOperator": {
        "buyEnergy": _words(lambda c: (ENERGY, PRICE)),
        "rewardProduction": _words(lambda c: (c.home.meter, ENERGY)),
        "setPrice": _words(lambda c: (5,)),
        "setReward": _words(lambda c: (5,)),
        "trust": _words(lambda c: (HEIR,)),
        "untrust": _words(lambda c: (c.net.smart_meter.address,)),
        "withdraw": _words(lambda c: (HEIR, 5)),
    },
    "SmartMeter": {"reportProduction": _reported},
    "GridLedger": {
        "acknowledge": _acknowledge,
        "addStorage": _words(lambda c: (CAPACITY, 5, LATITUDE, LONGITUDE, PRICE)),
        "bill": _bill,
        "fault": _fault,
        "fileBill": _words(lambda c: (CUSTOMER, DIGEST, DIGEST)),
        "purchase": _words(lambda c: (GRID, ENERGY, PRICE)),
        "transfer": _transfer,
    },
    "Prosumer": {
        "buyTokens": _words(lambda c: (c.net.token.address,), 5),
        "payForEnergy": _words(lambda c: (c.net.counter.address, ENERGY, PRICE)),
        "transfer": _words(lambda c: (c.net.token.address, HEIR, 5)),
    },
}


def prepare(cast: Cast, name: str, function: str) -> tuple[Contract, Call]:
    """The contract, now in that state, and the call. KeyError for a function not known here."""
    target = cast.contracts[name]
    if function in OWNED:
        return target, _owned(target, function)
    return target, STATES[name][function](cast)


def _owned(target: Contract, function: str) -> Call:
    if function == "acceptOwnership":
        target.call(target.view("owner"), "transferOwnership", HEIR)
    return Call((HEIR,) if function == "transferOwnership" else ())
