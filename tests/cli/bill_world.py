"""Trades and supplies on a chain, with meters whose keys the test holds: evidence for bills."""

import json
from pathlib import Path
from typing import Any

from normal_world.bills.head import Head
from normal_world.bills.ledger_bill import supply_id
from normal_world.chain import acts
from normal_world.chain.bindings import ledger, market, token
from normal_world.chain.client import Chain
from normal_world.chain.operator import Operator, enroll, key_operator, node_operator
from secure_world.protocol import SignedReading, Terms
from tests.bills.people import BUYER, PRICE, SELLER
from tests.cli.chain import ETHER, Network

TRADED_UWH = 20_000


def hand(network: Network, name: str) -> Operator:
    return key_operator(Chain(network.url), network.folder / f"{name}.key")


def households(network: Network) -> None:
    """Seller and buyer enrolled, the buyer's purse filled."""
    host = node_operator(network.chain)
    for name, meter in (("seller", SELLER), ("buyer", BUYER)):
        account = network.person(name)
        at = "0x" + meter.id.hex()
        enroll(host, network.book, at, account, feeder=1, rated_power_w=3600, credit=10)
    buyer, book = hand(network, "buyer"), network.book
    buyer.send(book.token, token.buy_tokens(), value=ETHER)
    acts.deposit(buyer, book, book.market, "0x" + BUYER.id.hex(), ETHER // 2)


def trade(
    network: Network, number: int, begin_uwh: int, agreed_uwh: int = TRADED_UWH
) -> dict[str, Any]:
    """One trade, settled: its evidence. `begin_uwh`: of both registers."""
    book, where = network.book, (network.book.chain_id, bytes.fromhex(network.book.market[2:]))
    seller, buyer = hand(network, "seller"), hand(network, "buyer")
    meter = "0x" + SELLER.id.hex()
    seller.send(book.market, market.offer(meter=meter, number=number, amount_uwh=agreed_uwh,
                                          price=PRICE, min_credit=0))  # fmt: skip
    terms = Terms(
        int.from_bytes(SELLER.id, "big") << 64 | number << 32 | 1, BUYER.id, agreed_uwh, PRICE,
        256 + number,
    )  # fmt: skip
    buyer.send(book.market, market.buy(
        refs=[terms.ref], meter="0x" + BUYER.id.hex(), amount_uwh=agreed_uwh, max_price=PRICE,
        salt=terms.salt,
    ))  # fmt: skip
    name = terms.trade_id(*where)
    sent = SELLER.sign(name, begin_uwh, begin_uwh + agreed_uwh, where)
    got = BUYER.sign(name, begin_uwh, begin_uwh + agreed_uwh - number, where)
    packed = market.Terms(terms.ref, "0x" + BUYER.id.hex(), agreed_uwh, PRICE, terms.salt)
    call = market.settle(terms=packed, seller=_final(sent), buyer=_final(got))
    buyer.send(book.market, call)
    return {"terms": terms.to_json(), "seller": sent.to_json(), "buyer": got.to_json()}


def _final(reading: SignedReading) -> market.Final:
    raw = reading.signature
    return market.Final(
        reading.from_uwh, reading.to_uwh, reading.sequence, raw[:32], raw[32:]
    )  # fmt: skip


def supply(network: Network, number: int, begin_uwh: int) -> dict[str, Any]:
    """Storage, purchase, transfer, acknowledgement of 1500 µWh; the meter's reading of it."""
    book = network.book
    grid, customer = hand(network, "grid"), hand(network, "customer")
    grid.send(book.ledger, ledger.add_storage(
        capacity_uwh=10**9, added_uwh=2000, latitude_e6=48_137_154, longitude_e6=-11_576_124,
        rate=PRICE + number,
    ))  # fmt: skip
    acts.purchase(customer, book, grid.account, 1500, PRICE + number)
    grid.send(book.ledger, ledger.transfer(
        customer=customer.account, device="0x" + SELLER.id.hex(), amount_uwh=1500,
        start_time=1_795_200_000, end_time=1_795_203_600,
    ))  # fmt: skip
    customer.send(book.ledger, ledger.acknowledge(grid.account, 1500))
    head = Head(book.chain_id, book.ledger, grid.account, customer.account)
    signed = SELLER.sign(supply_id(head, number), begin_uwh, begin_uwh + 1500, head.where)
    return signed.to_json()


def market_file(folder: Path, trades: list[dict[str, Any]]) -> Path:
    path = folder / "trades.json"
    path.write_text(json.dumps({"evlock_evidence": 1, "kind": "market", "trades": trades}))
    return path


def ledger_file(folder: Path, grid: str, customer: str, readings: list[dict[str, Any]]) -> Path:
    path = folder / "readings.json"
    found = {"evlock_evidence": 1, "kind": "ledger", "grid": grid, "customer": customer}
    path.write_text(json.dumps(found | {"readings": readings}))
    return path
