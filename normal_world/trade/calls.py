"""Calls of the market and its token, from the node's JSON shapes."""

import time
from collections.abc import Collection
from typing import Any, NamedTuple

from firmware.domain.delivery import EXPORT
from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import market, registry, token
from normal_world.chain.client import Chain
from normal_world.chain.outbox_store import Outcome
from normal_world.trade.matching import Offer, meter_of, offer_id

OFFERS_MAX = 64  # looked at per order
monotonic = time.monotonic


class Funds(NamedTuple):
    """Base units: of the account, promised to the market, in the market's purse of the meter."""

    tokens: int
    allowance: int
    purse: int


class Market:
    """Calldata and views; the views ask the chain."""

    def __init__(self, chain: Chain, book: AddressBook) -> None:
        self._chain = chain
        self._book = book

    # -- calldata ----------------------------------------------------------------------------
    def offer(self, meter: str, body: dict[str, Any]) -> bytes:
        return market.offer(
            meter=meter,
            number=body["number"],
            amount_uwh=body["amount_uwh"],
            price=body["price"],
            min_credit=body["min_credit"],
        )

    def cancel(self, identifier: int) -> bytes:
        return market.cancel(offer_id=identifier)

    def buy(self, meter: str, body: dict[str, Any]) -> bytes:
        return market.buy(
            refs=body["refs"],
            meter=meter,
            amount_uwh=body["amount_uwh"],
            max_price=body["max_price"],
            salt=body["salt"],
        )

    def settle(self, row: dict[str, Any]) -> bytes:
        own, peer = row["reading"], row["peer_reading"]
        seller, buyer = (own, peer) if row["role"] == "seller" else (peer, own)
        return market.settle(terms=_terms(row), seller=_final(seller), buyer=_final(buyer))

    def report(self, row: dict[str, Any], reading: dict[str, Any]) -> bytes:
        return market.report(terms=_terms(row), reading=_shown(reading))

    def close(self, row: dict[str, Any]) -> bytes:
        return market.close(terms=_terms(row))

    def buy_tokens(self) -> bytes:
        return token.buy_tokens()

    def approve(self, amount: int) -> bytes:
        return token.approve(spender=self._book.market, value=amount)

    def deposit(self, meter: str, amount: int) -> bytes:
        return market.deposit(meter=meter, amount=amount)

    def withdraw(self, meter: str, amount: int) -> bytes:
        return market.withdraw(meter=meter, amount=amount)

    # -- views -------------------------------------------------------------------------------
    def funds(self, account: str, meter: str) -> Funds:
        """What the account and its meter's purse hold."""
        chain, book = self._chain, self._book
        return Funds(
            token.balance_of(account=account).ask(chain, book.token),
            token.allowance(owner=account, spender=book.market).ask(chain, book.token),
            market.purse_of(meter=meter).ask(chain, book.market),
        )

    def credit(self, meter: str, block: int | None = None) -> int:
        return registry.credit_of(meter=meter).ask(self._chain, self._book.registry, block=block)

    def last_salt(self, meter: str) -> int:
        """Highest salt that this buyer's meter used."""
        return market.last_salt(buyer_meter=meter).ask(self._chain, self._book.market)

    def is_open(self, row: dict[str, Any], block: int | None = None) -> bool:
        """Whether the market holds this trade's escrow, as of a block or now."""
        terms = _terms(row)
        found = market.trade_of(terms=terms).ask(self._chain, self._book.market, block=block)
        return bool(found.open)

    def is_export_claimed(self, row: dict[str, Any], block: int) -> bool:
        """Whether the seller's own reading shows nothing that is yet to be claimed, at a block."""
        reading = row["reading"]
        if reading is None or reading["to"] == reading["from"]:
            return True
        end_uwh = min(reading["to"], reading["from"] + row["terms"]["amount_uwh"])
        question = registry.claimed_up_to(meter=reading["meter"], direction=EXPORT)
        claimed_uwh = question.ask(self._chain, self._book.registry, block=block)
        return claimed_uwh >= int(end_uwh)

    def closable_from(self, row: dict[str, Any]) -> int | None:
        """First block in which `close` is allowed; None when the trade is not open any more."""
        if not self.is_open(row):
            return None
        terms = _terms(row)
        return market.closable_from(terms=terms).ask(self._chain, self._book.market)

    def offers(
        self, buyer_meter: str, ids: list[int] | None, partners: Collection[str] | None = None
    ) -> list[Offer]:
        """Open offers that this buyer may take, cheapest first; of these meters, if any are named.

        Anyone enrolled may offer anything: what cannot be traded must not stand in the way.
        """
        credit = self.credit(buyer_meter)
        known = self._all() if ids is None else ids
        known = [number for number in known if partners is None or meter_of(number) in partners]
        found = [self.offer_at(identifier) for identifier in known[-OFFERS_MAX:]]
        usable = [
            offer
            for offer in found
            if offer.amount_uwh > 0 and offer.meter != buyer_meter and offer.min_credit <= credit
        ]
        meters = {offer.meter for offer in usable}
        near = {meter for meter in meters if self._on_one_feeder(meter, buyer_meter)}
        usable = [offer for offer in usable if offer.meter in near]
        return sorted(usable, key=lambda offer: (offer.price, offer.offer_id))

    def _on_one_feeder(self, seller: str, buyer: str) -> bool:
        """Whether both are enrolled now, and on the same feeder."""
        question = registry.pair_of(seller=seller, buyer=buyer)
        sellers, buyers, *_ = question.ask(self._chain, self._book.registry)
        return sellers == buyers != 0

    def offered(self, first: int, last: int) -> list[int]:
        """Ids of the offers made or repriced in these blocks, each once, those of last longest."""
        topics, where = [market.Offered.topic()], self._book.market
        logs = self._chain.logs(first, last, address=where, topics=topics)
        ids = [market.Offered.decode(log).offer_id for log in logs]
        return list(dict.fromkeys(reversed(ids)))[::-1]

    def offer_at(self, identifier: int, block: int | None = None) -> Offer:
        """An offer as of a block, or now; one that is not there has no amount."""
        found = market.offers(offer_id=identifier).ask(self._chain, self._book.market, block=block)
        return Offer(identifier, found.min_credit, found.price, found.amount_uwh, found.version)

    def number_used(self, meter: str, number: int) -> bool:
        """Whether something is offered under this number of the meter."""
        return self.offer_at(offer_id(meter, number)).amount_uwh > 0

    def _all(self) -> list[int]:
        """Ids of all offers ever made, the newest last."""
        return self.offered(self._book.deployed_block, self._chain.head())


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


def _terms(row: dict[str, Any]) -> market.Terms:
    return market.Terms(**row["terms"])


def _final(reading: dict[str, Any]) -> market.Final:
    return market.Final(
        reading["from"], reading["to"], reading["sequence"], *_halves(reading["signature"])
    )


def _shown(reading: dict[str, Any]) -> market.Shown:
    numbers = reading["from"], reading["to"], reading["sequence"], reading["state"]
    return market.Shown(reading["meter"], *numbers, *_halves(reading["signature"]))


def _halves(signature: str) -> tuple[bytes, bytes]:
    """r, and s with the parity in its highest bit (EIP-2098)."""
    raw = bytes.fromhex(signature.removeprefix("0x"))
    return raw[:32], raw[32:]
