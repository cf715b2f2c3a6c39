"""Calldata that clears a slot, or pays what is left of it, made of the chain's events."""

from normal_world.auction.packing import PAYOUT_BYTES, packed, ranks
from normal_world.auction.results import Ledger
from normal_world.chain.bindings import auction


def clearing(ledger: Ledger, slot: int, pay_now: int) -> bytes:
    """Of all orders, ranked by the rule; so many payouts with it."""
    orders = ledger.rows.orders(slot)
    return auction.clear(slot=slot, orders=packed(orders), ranks=ranks(orders), pay_now=pay_now)


def paying(ledger: Ledger, slot: int, pay_now: int) -> bytes:
    """The payouts that are due next, at least one. May raise ChainError."""
    orders, cleared = ledger.rows.orders(slot), ledger.rows.round(slot)
    assert cleared is not None
    question = auction.payouts_of(
        slot=slot, orders=packed(orders), ranks=ranks(orders), funds=cleared["funds"]
    )
    left = question.ask(ledger.chain, ledger.address)[len(ledger.rows.paid(slot)) * PAYOUT_BYTES :]
    cut = max(pay_now, 1) * PAYOUT_BYTES
    rest = auction.link_of(left[cut:]).ask(ledger.chain, ledger.address)
    return auction.pay(slot=slot, payouts=left[:cut], rest=rest)
