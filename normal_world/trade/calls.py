"""Calls of the market and its token, from the node's JSON shapes."""

import time
from dataclasses import dataclass
from typing import Any

from normal_world.chain import abi
from normal_world.chain.address_book import AddressBook
from normal_world.chain.client import Chain
from normal_world.chain.outbox_store import Outcome
from normal_world.errors import StateError
from secure_world.protocol import payment_rounded_down

MARKET, TOKEN, REGISTRY = "EnergyMarket", "EnergyToken", "MeterRegistry"
OFFERS_MAX = 64  # looked at per order
STATUS_OPEN = 1
monotonic = time.monotonic


@dataclass(frozen=True)
class Offer:
    """An open offer with what is left of it."""

    offer_id: int
    meter: str
    min_credit: int
    price: int
    amount_uwh: int
    version: int


class Market:
    """Calldata and views; the views ask the chain."""

    def __init__(self, chain: Chain, book: AddressBook) -> None:
        self._chain = chain
        self._book = book

    def offer(self, meter: str, body: dict[str, Any]) -> bytes:
        arguments = [meter, body["amount_uwh"], body["price"], body["min_credit"]]
        return abi.encode(MARKET, "offer", arguments)

    def buy(self, meter: str, body: dict[str, Any]) -> bytes:
        salt = bytes.fromhex(body["salt"][2:])
        amount, bound = body["amount_uwh"], body["max_price"]
        arguments = [body["offers"], body["versions"], meter, amount, bound, salt]
        return abi.encode(MARKET, "buy", arguments)

    def settle(self, row: dict[str, Any]) -> bytes:
        own, peer = row["reading"], row["peer_reading"]
        seller, buyer = (own, peer) if row["role"] == "seller" else (peer, own)
        arguments = [_terms(row), *_signed(seller), *_signed(buyer)]
        return abi.encode(MARKET, "settle", arguments)

    def report(self, row: dict[str, Any], reading: dict[str, Any]) -> bytes:
        return abi.encode(MARKET, "report", [_terms(row), *_signed(reading)])

    def close(self, row: dict[str, Any]) -> bytes:
        return abi.encode(MARKET, "close", [_terms(row)])

    def buy_tokens(self) -> bytes:
        return abi.encode(TOKEN, "buyTokens", [])

    def cancel(self, offer_id: int) -> bytes:
        return abi.encode(MARKET, "cancel", [offer_id])

    def approve(self, amount: int) -> bytes:
        return abi.encode(TOKEN, "approve", [self._book.market, amount])

    def funds(self, account: str) -> tuple[int, int]:
        """(token balance, allowance of the market), base units."""
        balance = self._view(TOKEN, self._book.token, "balanceOf", [account])
        allowance = self._view(TOKEN, self._book.token, "allowance", [account, self._book.market])
        return int(balance[0]), int(allowance[0])

    def credit(self, meter: str, block: int | None = None) -> int:
        return int(self._view(REGISTRY, self._book.registry, "creditOf", [meter], block)[0])

    def closable_from(self, trade: str) -> int | None:
        """First block in which `close` is allowed; None when the trade is not open any more."""
        key = [bytes.fromhex(trade[2:])]
        if int(self._view(MARKET, self._book.market, "tradeOf", key)[0][0]) != STATUS_OPEN:
            return None
        return int(self._view(MARKET, self._book.market, "closableFrom", key)[0])

    def offers(self, buyer_meter: str, ids: list[int] | None) -> list[Offer]:
        """Open offers that this buyer may take, cheapest first."""
        credit = self.credit(buyer_meter)
        numbers = self._numbers() if ids is None else ids
        found = [self.offer_at(number) for number in numbers[-OFFERS_MAX:]]
        usable = [
            offer
            for offer in found
            if offer.amount_uwh > 0 and offer.meter != buyer_meter and offer.min_credit <= credit
        ]
        return sorted(usable, key=lambda offer: (offer.price, offer.offer_id))

    def offered(self, first: int, last: int) -> dict[int, str]:
        """Offers made in these blocks, oldest first: number and meter."""
        topics, market = [abi.topic(MARKET, "Offered")], self._book.market
        logs = self._chain.logs(first, last, address=market, topics=topics)
        return {
            int.from_bytes(log.topics[1], "big"): "0x" + log.topics[2][-20:].hex() for log in logs
        }

    def offer_at(self, number: int, block: int | None = None) -> Offer:
        """An offer as of a block, or now; one that is not there has no amount."""
        meter, min_credit, price, amount, version = self._view(
            MARKET, self._book.market, "offers", [number], block
        )[0]
        return Offer(number, meter.lower(), min_credit, price, amount, version)

    def _numbers(self) -> list[int]:
        """Numbers of all offers ever made, oldest first."""
        return list(self.offered(self._book.deployed_block, self._chain.head()))

    def _view(
        self, contract: str, address: str, name: str, arguments: list[Any], block: int | None = None
    ) -> tuple[Any, ...]:
        answer = self._chain.call(address, abi.encode(contract, name, arguments), block=block)
        return abi.decode(contract, name, answer)


def fill(offers: list[Offer], amount_uwh: int, max_price: int) -> dict[str, Any]:
    """The cheapest offers that make up the amount; StateError when they do not."""
    missing, escrow, taken = amount_uwh, 0, []
    for offer in offers:
        if missing == 0 or offer.price > max_price:
            break
        part = min(missing, offer.amount_uwh)
        escrow += payment_rounded_down(part, offer.price)
        missing -= part
        taken.append(offer)
    if missing:
        raise StateError(
            f"offers within {max_price} base units per kWh fall short of {amount_uwh} µWh by "
            f"{missing} µWh",
            "OFFERS-SHORT",
        )
    return {
        "offers": [offer.offer_id for offer in taken],
        "versions": [offer.version for offer in taken],
        "escrow": escrow,
    }


def told(outcome: Outcome) -> dict[str, Any]:
    """An outbox entry for people."""
    return {
        "intent": outcome.intent,
        "function": outcome.description,
        "state": outcome.state,
        "reason": outcome.reason,
        "transaction": outcome.transaction,
        "block": outcome.block,
        "gas": outcome.gas_used,
    }


def _terms(row: dict[str, Any]) -> tuple[Any, ...]:
    terms = row["terms"]
    return (
        terms["offer_id"],
        terms["version"],
        terms["seller_meter"],
        terms["buyer_meter"],
        terms["amount_uwh"],
        terms["price"],
        bytes.fromhex(terms["salt"][2:]),
    )


def _signed(reading: dict[str, Any]) -> tuple[tuple[Any, ...], bytes]:
    body = (
        bytes.fromhex(reading["trade"][2:]),
        reading["meter"],
        reading["from"],
        reading["to"],
        reading["sequence"],
        reading["state"],
    )
    return body, bytes.fromhex(reading["signature"][2:])
