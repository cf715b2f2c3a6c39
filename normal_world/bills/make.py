"""Makes a bill out of evidence (terms and signed readings) and what the chain says of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from normal_world.bills import canonical
from normal_world.bills.checks import Checks, short
from normal_world.bills.document import Bill
from normal_world.bills.errors import BillMalformed, EvidenceInvalid
from normal_world.bills.facts import Facts, Seen
from normal_world.bills.fields import Fields
from normal_world.bills.head import MAX_LINES, Head, Labels
from normal_world.bills.ledger_bill import (
    Acknowledgement,
    LedgerBill,
    Purchase,
    Storage,
    Transfer,
    supply_id,
)
from normal_world.bills.market_bill import MarketBill, MarketLine
from normal_world.bills.verify import check_readings
from normal_world.bills.verify_chain import rate_at
from normal_world.chain.bindings import ledger
from secure_world.protocol import SignedReading, Terms

MAX_EVIDENCE, MAX_READINGS = 1 << 20, 4096  # bytes and readings of a file


@dataclass(frozen=True)
class TradeEvidence:
    """A trade of the market, as either node knows it."""

    terms: Terms
    seller: SignedReading
    buyer: SignedReading


@dataclass(frozen=True)
class SupplyEvidence:
    """What a grid's meters signed for its transfers to a customer."""

    grid: str
    customer: str
    readings: tuple[SignedReading, ...]


Evidence = tuple[TradeEvidence, ...] | SupplyEvidence


def evidence_of_record(record: dict[str, Any]) -> TradeEvidence:
    """Out of noded's record of a trade; EvidenceInvalid if a reading of it is missing."""
    own, peer = record["reading"], record["peer_reading"]
    if own is None or peer is None or own["state"] != 1 or peer["state"] != 1:
        raise EvidenceInvalid(f"trade {record['trade']}: the FINAL readings of both expected")
    seller, buyer = (own, peer) if record["role"] == "seller" else (peer, own)
    if "ref" not in record["terms"]:
        raise EvidenceInvalid(f"trade {record['trade']}: of the market of an older version")
    return TradeEvidence(
        Terms.from_json(record["terms"]),
        SignedReading.from_json(seller),
        SignedReading.from_json(buyer),
    )


def read_evidence(path: Path) -> Evidence:
    """The evidence in a JSON file (docs/bills.md); EvidenceInvalid, OSError."""
    with path.open("rb") as file:
        raw = file.read(MAX_EVIDENCE + 1)
    try:
        return _evidence(canonical.loads(raw) if len(raw) <= MAX_EVIDENCE else None)
    except ValueError as error:  # BillMalformed and FieldInvalid are such
        raise EvidenceInvalid(f"{path}: {error}") from error


def _evidence(found: object) -> Evidence:
    if isinstance(found, dict) and found.get("kind") == "ledger":
        fields = Fields(
            found, "evidence", "evlock_evidence", "kind", "grid", "customer", "readings"
        )
        readings = fields.rows(
            "readings", MAX_READINGS, lambda row, _: SignedReading.from_json(row)
        )
        return SupplyEvidence(fields.address("grid"), fields.address("customer"), readings)
    fields = Fields(found, "evidence", "evlock_evidence", "kind", "trades")
    if fields.part("kind") != "market" or fields.part("evlock_evidence") != 1:
        raise BillMalformed('"evlock_evidence": 1 and "kind": market or ledger expected')
    return fields.rows("trades", MAX_LINES, _trade)


def _trade(found: object, where: str) -> TradeEvidence:
    fields = Fields(found, where, "terms", "seller", "buyer")
    seller, buyer = (fields.message(name, SignedReading.from_json) for name in ("seller", "buyer"))
    return TradeEvidence(fields.message("terms", Terms.from_json), seller, buyer)


def make(
    evidence: Evidence,
    facts: Facts,
    *,
    labels: Labels,
    grid_tariff: int | None,
    since_block: int | None = None,
) -> Bill:
    """The bill; EvidenceInvalid if evidence and chain do not give one that would verify.

    `since_block`: of a grid's ledger, from which block on; else since its bill before.
    """
    if isinstance(evidence, SupplyEvidence):
        bill: Bill = _ledger_bill(evidence, facts, labels, grid_tariff, since_block)
    else:
        bill = _market_bill(evidence, facts, labels, grid_tariff)
    checks = Checks()
    if not check_readings(bill, checks):
        raise EvidenceInvalid(checks.failures()[0].told)
    return bill


def _market_bill(
    evidence: tuple[TradeEvidence, ...], facts: Facts, labels: Labels, grid_tariff: int | None
) -> MarketBill:
    book = facts.book
    head = Head(
        book.chain_id,
        book.market,
        facts.account(evidence[0].terms.seller_meter),
        facts.account(evidence[0].terms.buyer_meter),
        labels,
        grid_tariff,
    )
    return MarketBill(head, tuple(_market_line(one, head, facts) for one in evidence))


def _market_line(one: TradeEvidence, head: Head, facts: Facts) -> MarketLine:
    trade = one.terms.trade_id(*head.where)
    where = f"trade {short(trade)}"
    meters = (one.terms.seller_meter, one.terms.buyer_meter)
    owners = tuple(facts.account(meter) for meter in meters)
    if owners != (head.issuer, head.purchaser):
        raise EvidenceInvalid(f"{where}: between {owners[0]} and {owners[1]}, one pair a bill")
    ended = facts.settlement(trade)
    if ended is None:
        raise EvidenceInvalid(f"{where}: a settlement that is final expected; wait, or see --book")
    line = MarketLine(one.terms, one.seller, one.buyer, ended.place)
    if (line.energy_uwh, line.payment) != (ended.energy_uwh, ended.payment):
        told = f"{ended.energy_uwh} µWh for {ended.payment} settled"
        raise EvidenceInvalid(f"{where}: {told}, {line.energy_uwh} for {line.payment} expected")
    return line


def _ledger_bill(
    evidence: SupplyEvidence,
    facts: Facts,
    labels: Labels,
    grid_tariff: int | None,
    since_block: int | None,
) -> LedgerBill:
    book, grid, customer = facts.book, evidence.grid, evidence.customer
    head = Head(book.chain_id, book.ledger, grid, customer, labels, grid_tariff)
    before = facts.between(ledger.Billed, grid, customer)
    first = before[-1].order if before else (0, -1)
    first = first if since_block is None else (since_block, -1)
    stored = facts.storage(grid)
    bought = _since(first, facts.between(ledger.Purchased, grid, customer))
    moved = facts.between(ledger.Transferred, grid, customer)
    arrived = _since(first, facts.between(ledger.Acknowledged, grid, customer))
    lines = [
        _transfer(number, seen, head, evidence)
        for number, seen in enumerate(moved, 1)
        if seen.order > first
    ]
    if not (stored and bought and lines and arrived):
        told = "storage, purchase, transfer and acknowledgement expected"
        raise EvidenceInvalid(f"since block {first[0]}: {told} (--since-block)")
    made = LedgerBill(
        head,
        _storage(stored[-1]),
        tuple(Purchase(s.event.quantity_uwh, rate_at(s, stored), s.place) for s in bought),
        tuple(lines),
        tuple(Acknowledgement(s.event.amount_uwh, s.place) for s in arrived),
    )
    made.check_size()
    return made


def _since(first: tuple[int, int], events: list[Seen]) -> list[Seen]:
    return [seen for seen in events if seen.order > first]


def _storage(seen: Seen) -> Storage:
    event = seen.event
    return Storage(
        event.added_uwh,
        event.capacity_uwh,
        event.latitude_e6,
        event.longitude_e6,
        event.rate,
        seen.place,
    )


def _transfer(number: int, seen: Seen, head: Head, evidence: SupplyEvidence) -> Transfer:
    trade, event = supply_id(head, number), seen.event
    reading = next((one for one in evidence.readings if one.trade == trade), None)
    if reading is None:
        raise EvidenceInvalid(f"transfer {number}: its meter's reading for {short(trade)} expected")
    line = Transfer(number, event.start_time, event.end_time, reading, seen.place)
    found = ("0x" + reading.meter.hex(), line.energy_uwh)
    if found != (event.device.lower(), event.amount_uwh):
        told = f"{found[1]} µWh of {found[0]}, {event.amount_uwh} of {event.device} expected"
        raise EvidenceInvalid(f"transfer {number}: {told}")
    return line
