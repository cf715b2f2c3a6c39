"""A bill and its two files: the JSON, which programs check, and the page that it names."""

import hashlib
from dataclasses import dataclass
from typing import Any

from normal_world.bills import canonical
from normal_world.bills.cid import cid_of, digest_of, root_digest
from normal_world.bills.errors import BillMalformed
from normal_world.bills.ledger_bill import LedgerBill, read_ledger_bill
from normal_world.bills.market_bill import MarketBill, read_market_bill
from normal_world.bills.page import page_of
from normal_world.bills.pdf import draw

Bill = MarketBill | LedgerBill


@dataclass(frozen=True)
class Files:
    """The bytes of a bill. The chain keeps `digest`, of which the JSON's CID is made.

    `page` is None for a bill that was made without one.
    """

    document: bytes
    page: bytes | None

    @property
    def cid(self) -> str:
        return cid_of(self.document)

    @property
    def page_cid(self) -> str | None:
        return None if self.page is None else cid_of(self.page)

    @property
    def digest(self) -> bytes:
        return root_digest(self.document)


def write(bill: Bill, *, with_page: bool = True) -> Files:
    """Both files of a bill; PageMissing without the library that draws."""
    found = bill.document()
    page = draw(page_of(bill, mark(found))) if with_page else None
    cid = None if page is None else cid_of(page)
    return Files(canonical.encode(found | {"pdf": cid}), page)


def mark(document: dict[str, Any]) -> str:
    """SHA-256 of a bill's JSON without its `pdf`: what the page says of which bill it is."""
    rest = {name: value for name, value in document.items() if name != "pdf"}
    return hashlib.sha256(canonical.encode(rest)).hexdigest()


def read(found: dict[str, Any]) -> Bill:
    """The bill in a decoded JSON, without what is derived; BillMalformed."""
    _check_cid(found.get("pdf"))
    kind = found.get("kind")
    if "evlock_bill" not in found or kind not in ("market", "ledger"):
        raise BillMalformed('no bill: "evlock_bill": 1 and "kind": market or ledger expected')
    return read_market_bill(found) if kind == "market" else read_ledger_bill(found)


def _check_cid(value: object) -> None:
    try:
        if value is not None:
            digest_of(str(value))
    except ValueError as error:
        raise BillMalformed(f"bill.pdf: {error}") from error
