"""Checks a bill against the chain: contracts of one's own address book, settlements, accounts, and
the digest under the purchaser."""

from collections.abc import Iterator
from typing import Any

from normal_world.bills.checks import Checks, short
from normal_world.bills.document import Bill
from normal_world.bills.facts import Facts, Seen
from normal_world.bills.head import Head, Place
from normal_world.bills.ledger_bill import LedgerBill, Transfer
from normal_world.bills.market_bill import MarketBill
from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import ledger

NAMES = ("settlements", "accounts", "digest on chain")
LEDGER_NAMES = ("storage", "purchases", "transfers", "acknowledgements", "digest on chain")


def check_book(bill: Bill, book: AddressBook, checks: Checks) -> bool:
    """The bill is of the chain and the contract that its reader knows."""
    own = book.market if isinstance(bill, MarketBill) else book.ledger
    found = (bill.head.chain_id, bill.head.contract)
    told = f"chain {book.chain_id}, {bill.kind} {own}"
    return checks.same("contract of the address book", found, (book.chain_id, own), told)


def names(bill: Bill) -> tuple[str, ...]:
    """What `check_chain` checks."""
    return NAMES if isinstance(bill, MarketBill) else LEDGER_NAMES


def check_chain(bill: Bill, digest: bytes, facts: Facts, checks: Checks) -> None:
    """Raises ChainError when the node does not answer."""
    if isinstance(bill, MarketBill):
        _settled(bill, facts, checks)
        _accounts(bill, facts, checks)
        _filed(bill, digest, facts, checks)
    else:
        _events(bill, facts, checks)
        _billed(bill.head, digest, facts, checks)


def _settled(bill: MarketBill, facts: Facts, checks: Checks) -> None:
    def faults() -> Iterator[str]:
        for line, trade in zip(bill.lines, bill.trades(), strict=True):
            made, where = facts.settlement(trade), f"trade {short(trade)[:10]}…"
            if made is None:
                yield f"{where}: not settled, or not final yet"
                continue
            yield from _other(f"{where} energy µWh", line.energy_uwh, made.energy_uwh)
            yield from _other(f"{where} payment", line.payment, made.payment)
            yield from _other(f"{where} place", _told(line.place), _told(made.place))

    checks.all_of("settlements", faults(), f"{len(bill.lines)}: same energy, payment and place")


def _accounts(bill: MarketBill, facts: Facts, checks: Checks) -> None:
    def faults() -> Iterator[str]:
        for line in bill.lines:
            for meter, owner, role in (
                (line.terms.seller_meter, bill.head.issuer, "issuer"),
                (line.terms.buyer_meter, bill.head.purchaser, "purchaser"),
            ):
                yield from _other(f"{role} of meter 0x{meter.hex()}", owner, facts.account(meter))

    checks.all_of("accounts", faults(), "the meters are the issuer's and the purchaser's")


def _filed(bill: MarketBill, digest: bytes, facts: Facts, checks: Checks) -> None:
    head = bill.head

    def faults() -> Iterator[str]:
        for trade in bill.trades():
            there = facts.filed(head.purchaser, head.issuer, trade)
            if there != digest:
                told = short(there) if any(there) else "no bill"
                yield f"trade {short(trade)[:10]}…: {told} filed, {short(digest)} expected"

    checks.all_of("digest on chain", faults(), short(digest))


def _events(bill: LedgerBill, facts: Facts, checks: Checks) -> None:
    grid, customer = bill.head.issuer, bill.head.purchaser
    stored = facts.storage(grid)
    rows = [bill.storage.document()]
    checks.all_of("storage", _missing(rows, map(_storage, stored)), "as the grid told")
    bought = [_purchase(seen, stored) for seen in facts.between(ledger.Purchased, grid, customer)]
    rows = [row.document() for row in bill.purchases]
    checks.all_of("purchases", _missing(rows, bought), f"{len(rows)}: paid on the chain")
    moved = facts.between(ledger.Transferred, grid, customer)
    rows = [_transfer_row(line) for line in bill.lines]
    there = [_transfer(number, seen) for number, seen in enumerate(moved, 1)]
    checks.all_of("transfers", _missing(rows, there), f"{len(rows)}: as the meter counted")
    arrived = facts.between(ledger.Acknowledged, grid, customer)
    rows = [row.document() for row in bill.acknowledgements]
    told = f"{len(rows)}: by the customer"
    checks.all_of("acknowledgements", _missing(rows, map(_acknowledgement, arrived)), told)


def _billed(head: Head, digest: bytes, facts: Facts, checks: Checks) -> None:
    made = [seen.event.digest for seen in facts.between(ledger.Billed, head.issuer, head.purchaser)]
    if digest in made:
        later = "" if made[-1] == digest else "; a later bill is there as well"
        checks.same("digest on chain", digest, digest, short(digest) + later)
        return
    told = short(made[-1]) if made else "no bill"
    checks.failed("digest on chain", f"{told} found, {short(digest)} expected")


def _missing(rows: list[dict[str, Any]], there: Any) -> Iterator[str]:
    """Rows that are not among the events, or are there once and billed twice."""
    left = list(there)
    for row in rows:
        if row in left:
            left.remove(row)
            continue
        near = next((one for one in left if one["transaction"] == row["transaction"]), None)
        if near is None:
            yield f"{row['transaction'][:10]}…: no such event left in the ledger"
        else:
            name = next(name for name in row if row[name] != near[name])
            yield f"{row['transaction'][:10]}… {name}: {row[name]} found, {near[name]} expected"


def _storage(seen: Seen) -> dict[str, Any]:
    names = ("added_uwh", "capacity_uwh", "latitude_e6", "longitude_e6", "rate")
    return {name: getattr(seen.event, name) for name in names} | vars(seen.place)


def _purchase(seen: Seen, stored: list[Seen]) -> dict[str, Any]:
    rate = rate_at(seen, stored)
    event: dict[str, Any] = {"rate": rate, "cost": seen.event.cost}
    return event | {"energy_uwh": seen.event.quantity_uwh} | vars(seen.place)


def rate_at(seen: Seen, stored: list[Seen]) -> int:
    """The grid's rate when something was purchased: of its latest storage before."""
    return next((s.event.rate for s in reversed(stored) if s.order < seen.order), 0)


def _transfer(number: int, seen: Seen) -> dict[str, Any]:
    event = seen.event
    return {
        "number": number,
        "device": event.device.lower(),
        "energy_uwh": event.amount_uwh,
        "start_time": event.start_time,
        "end_time": event.end_time,
    } | vars(seen.place)


def _transfer_row(line: Transfer) -> dict[str, Any]:
    return {
        "number": line.number,
        "device": "0x" + line.reading.meter.hex(),
        "energy_uwh": line.energy_uwh,
        "start_time": line.start_time,
        "end_time": line.end_time,
    } | vars(line.place)


def _acknowledgement(seen: Seen) -> dict[str, Any]:
    return {"energy_uwh": seen.event.amount_uwh} | vars(seen.place)


def _other(what: str, found: object, expected: object) -> Iterator[str]:
    if found != expected:
        yield f"{what}: {found} found, {expected} expected"


def _told(place: Place) -> str:
    return f"block {place.block}, {place.date}, {place.transaction}"
