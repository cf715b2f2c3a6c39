"""The bill of a supply: made of the meter's signed reading, kept, filed, and checked from outside.

On a device the secure world signs readings of the market's trades only, so that a key made for the
demonstration signs this one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from eth_keys.datatypes import PrivateKey

from normal_world.bills.checks import NOT_CHECKED, OK, Checks
from normal_world.bills.cid import raw_cid
from normal_world.bills.document import Bill, Files, write
from normal_world.bills.facts import Facts
from normal_world.bills.filing import file_bill
from normal_world.bills.head import Head, Labels
from normal_world.bills.ipfs import Ipfs, keep, kept
from normal_world.bills.ledger_bill import supply_id
from normal_world.bills.make import SupplyEvidence, make
from normal_world.bills.proof import Means, verify
from normal_world.chain.bindings import ledger
from normal_world.chain.operator import Operator
from normal_world.errors import StateError
from normal_world.scenario.stage import Stage
from secure_world.protocol import FINAL, Reading, SignedReading

NAMES = ("The grid of this demo", "Its customer")
NO_PAGE = "not drawn: pip install 'evlock[bills]'"


def signed_supply(key: PrivateKey, head: Head, number: int, energy_uwh: int) -> SignedReading:
    """The meter's FINAL reading of the number-th transfer of a grid to a customer."""
    trade, meter = supply_id(head, number), key.public_key.to_canonical_address()
    reading = Reading(trade, meter, 0, energy_uwh, 1, FINAL)
    made = key.sign_msg_hash(reading.digest(*head.where))
    vs = made.s | made.v << 255
    signature = made.r.to_bytes(32, "big") + vs.to_bytes(32, "big")
    return SignedReading(trade, meter, 0, energy_uwh, 1, FINAL, signature)


@dataclass(frozen=True)
class Shelf:
    """An IPFS node, or a folder where there is none."""

    ipfs: Ipfs | None
    folder: Path
    where: str

    def put(self, files: Files) -> str:
        """Puts a bill's files there; where that is, in words."""
        contents = [files.document] + ([files.page] if files.page else [])
        for content in contents:
            if self.ipfs is None:
                keep(self.folder, content)
            else:
                self.ipfs.add(content, "bill")
        return self.where

    def get(self, cid: str) -> bytes | None:
        return kept(self.folder, cid) if self.ipfs is None else self.ipfs.cat(cid)


@contextmanager
def shelf(ipfs: str | None, folder: Path | None) -> Iterator[Shelf]:
    """The one that was asked for; without any a folder for this run only."""
    if ipfs is not None:
        yield Shelf(Ipfs(ipfs), Path(), f"pinned by {ipfs}")
    elif folder is not None:
        yield Shelf(None, folder, str(folder))
    else:
        with TemporaryDirectory(prefix="evlock-") as made:
            yield Shelf(None, Path(made), "in a folder, for this run only (--keep, --ipfs)")


def bill_supply(
    stage: Stage, grid: Operator, customer: str, readings: tuple[SignedReading, ...], place: Shelf
) -> str:
    """The grid bills, the customer checks; the bill's CID. StateError if a check fails."""
    facts = Facts(stage.chain, stage.book)
    evidence = SupplyEvidence(grid.account, customer, readings)
    names = Labels(f"{datetime.now(UTC):%Y-%m-%d}", *NAMES)
    bill = make(evidence, facts, labels=names, grid_tariff=None)
    files = write(bill, with_page=find_spec("reportlab") is not None)
    stage.note("grid", "makes the bill", cid=files.cid, page=files.page_cid or NO_PAGE)
    stage.note("grid", "keeps bill and page", where=place.put(files))
    receipts = file_bill(bill, files.digest, grid, facts)
    stage.note("grid", "bills: the CID's digest on the chain", receipts, sha256=files.digest.hex())
    _check(stage, bill, files.page_cid, place)
    return files.cid


def _check(stage: Stage, bill: Bill, page_cid: str | None, place: Shelf) -> None:
    """As somebody who has the chain and the address book, and finds the rest by the digest."""
    head, book = bill.head, stage.book
    known = ledger.bill_of(customer=head.purchaser, grid=head.issuer)
    document = place.get(raw_cid(known.ask(stage.chain, book.ledger)))
    page = None if page_cid is None else place.get(page_cid)
    if document is None:
        raise StateError("the bill that the chain names is not kept", "SCENARIO-BILL")
    checks = Checks()
    means = Means(book, lambda: Facts(stage.chain, book), place.get)
    verify(document, page, means, checks)
    for row in checks.failures():
        raise StateError(f"bill: {row.name}: {row.told}", "SCENARIO-BILL")
    found: dict[str, list[str]] = {OK: [], NOT_CHECKED: []}
    for row in checks.rows:
        found[row.state].append(row.name)
    facts = {name.replace(" ", "_"): ", ".join(names) for name, names in found.items() if names}
    stage.note("customer", "verifies the bill", None, **facts)
