"""Checks a bill from its files alone: form, ids, signatures, amounts, totals, page.

Nothing that can be derived is taken from the file: the bill is built anew from terms and readings,
and compared with what the file says.
"""

from collections.abc import Iterator
from typing import Any

from normal_world.bills import canonical
from normal_world.bills.checks import Checks, short
from normal_world.bills.cid import cid_of
from normal_world.bills.document import Bill, mark, read
from normal_world.bills.errors import BillMalformed
from normal_world.bills.page import page_of
from normal_world.bills.pdf import draw, drawn_here
from secure_world.protocol import FINAL, SignatureInvalid, SignedReading

FORM = "canonical form"


def check_files(document: bytes, page: bytes | None, checks: Checks) -> Bill | None:
    """The bill, if there is one in the document; `page` None: the PDF is not at hand."""
    try:
        told = canonical.decode(document)
        bill = read(told)
    except BillMalformed as error:
        checks.failed(FORM, str(error))
        return None
    checks.all_of(
        FORM,
        [] if canonical.encode(told) == document else ["other bytes than its canonical JSON"],
        f"{len(document)} bytes",
    )
    _derived(bill, told, checks)
    check_readings(bill, checks)
    _page(bill, told, page, checks)
    return bill


def _derived(bill: Bill, told: dict[str, Any], checks: Checks) -> None:
    """Everything that follows from terms and readings, as the file says it."""
    rest = {name: value for name, value in told.items() if name != "pdf"}
    expected = canonical.decode(canonical.encode(bill.document()))
    found = dict(_leaves(rest))
    wanted = dict(_leaves(expected))
    faults: dict[str, list[str]] = {"trade ids": [], "energy and payments": [], "totals": []}
    for path in sorted(found.keys() | wanted.keys()):
        if found.get(path) == wanted.get(path):
            continue
        kind = "totals" if path.startswith("totals") else "energy and payments"
        kind = "trade ids" if path.endswith(".trade") else kind
        told_of = f"{short(found.get(path))} found, {short(wanted.get(path))} expected"
        faults[kind].append(f"{path}: {told_of}")
    lines, totals = len(bill.lines), expected["totals"]
    checks.all_of("trade ids", faults["trade ids"], f"{lines}, recomputed")
    checks.all_of("energy and payments", faults["energy and payments"], f"{lines}, recomputed")
    sums = f"{totals['energy_uwh']} µWh, {totals['payment']} base units"
    checks.all_of("totals", faults["totals"], sums)


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for at, item in enumerate(value):
            yield from _leaves(item, f"{path}[{at}]")
    else:
        yield path, value


def check_readings(bill: Bill, checks: Checks) -> bool:
    """Signatures of the meters over their readings, in this chain and contract; FINAL."""
    signed: list[str] = []
    final: list[str] = []
    twice: list[str] = []
    number = 0
    seen = set()
    for at, (trade, meter, reading) in enumerate(bill.signed()):
        where = f"reading {at + 1} of meter 0x{reading.meter.hex()[:8]}…"
        number += 1
        if (trade, meter) in seen:
            twice.append(f"{where}: the same trade twice")
        seen.add((trade, meter))
        if reading.meter != meter:
            signed.append(f"{where}: meter 0x{meter.hex()} expected")
        elif reading.trade != trade:
            told = f"{short(reading.trade)} found, {short(trade)} expected"
            signed.append(f"{where}: trade {told}")
        else:
            signed += _signature(where, reading, bill)
        if reading.state != FINAL:
            final.append(f"{where}: state {reading.state}, {FINAL} (FINAL) expected")
    good = checks.all_of("signatures", signed, f"{number}, by the meters")
    good &= checks.all_of("readings are FINAL", final, f"all {number}")
    return checks.all_of("each trade once", twice, f"{len(bill.lines)}") and good


def _signature(where: str, reading: SignedReading, bill: Bill) -> list[str]:
    try:
        reading.verify(*bill.head.where)
    except SignatureInvalid as error:
        return [f"{where}: {error}"]
    return []


def _page(bill: Bill, told: dict[str, Any], page: bytes | None, checks: Checks) -> None:
    if page is None:
        why = "the bill has no page" if told["pdf"] is None else "no PDF at hand (--pdf)"
        for name in ("page's CID", "page names the bill", "page drawn anew"):
            checks.skipped(name, why)
        return
    checks.same("page's CID", cid_of(page), told["pdf"])
    number = mark(told)
    named = f"(bill {number})".encode() in page
    fault = f"bill {number} expected in it"
    checks.all_of("page names the bill", [] if named else [fault], number)
    if not drawn_here():
        checks.skipped("page drawn anew", "needs pip install 'evlock[bills]'")
        return
    same = draw(page_of(bill, mark(bill.document()))) == page
    fault = "another page than the bill's numbers give"
    checks.all_of("page drawn anew", [] if same else [fault], "the same bytes")
