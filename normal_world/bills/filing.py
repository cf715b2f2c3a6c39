"""Puts the digest of a bill on the chain, under the purchaser; only its issuer can."""

from normal_world.bills.document import Bill
from normal_world.bills.facts import Facts
from normal_world.bills.market_bill import MarketBill
from normal_world.chain import hexes
from normal_world.chain.answers import Receipt
from normal_world.chain.bindings import ledger
from normal_world.chain.operator import Operator
from normal_world.errors import StateError


def open_trades(bill: Bill, digest: bytes, facts: Facts) -> list[str]:
    """Ids of a market bill's trades under which this digest does not lie yet.

    StateError (BILL-ISSUER) for a grid's bill: a node sells in the market only.
    """
    head = bill.head
    if not isinstance(bill, MarketBill):
        told = f"a grid's bill, signed by the grid's key {head.issuer} expected (--key)"
        raise StateError(told, "BILL-ISSUER")
    filed = (facts.filed(head.purchaser, head.issuer, trade) for trade in bill.trades())
    return [
        hexes.text(trade)
        for trade, there in zip(bill.trades(), filed, strict=True)
        if there != digest
    ]


def file_bill(bill: Bill, digest: bytes, hand: Operator, facts: Facts) -> list[Receipt]:
    """A transaction for each trade of the market that has none yet, or one of the ledger.

    StateError (BILL-ISSUER) unless the issuer's account signs; ChainError.
    """
    head, book = bill.head, facts.book
    if hand.account != head.issuer:
        told = f"{hand.account} signs, the bill's issuer {head.issuer} expected"
        raise StateError(told, "BILL-ISSUER")
    if not isinstance(bill, MarketBill):
        known = ledger.bill_of(customer=head.purchaser, grid=head.issuer)
        if known.ask(facts.chain, book.ledger) == digest:
            return []
        return [hand.send(book.ledger, ledger.bill(head.purchaser, digest))]
    calls = [
        ledger.file_bill(purchaser=head.purchaser, trade=hexes.data(trade, "trade"), digest=digest)
        for trade in open_trades(bill, digest, facts)
    ]
    return [hand.send(book.ledger, call) for call in calls]
