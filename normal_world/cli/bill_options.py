"""What the commands of bills have in common: the files, the chain to ask, IPFS."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normal_world.cli.errors import UsageInvalid

if TYPE_CHECKING:
    from normal_world.bills.document import Bill
    from normal_world.bills.facts import Facts
    from normal_world.bills.proof import Fetch
    from normal_world.chain.address_book import AddressBook

Page = Annotated[
    Path | None,
    typer.Option("--pdf", metavar="FILE", help="The page; else FILE's name with .pdf."),
]
Ipfs = Annotated[
    str | None,
    typer.Option(
        "--ipfs", metavar="URL", envvar="EVLOCK_IPFS", help="API of an IPFS node, as …:5001."
    ),
]
Keep = Annotated[
    Path, typer.Option("--keep", metavar="FOLDER", help="Where bills are kept without a node.")
]
MAX_PAGE = 1 << 20  # bytes


@dataclass(frozen=True)
class Loaded:
    """The files of a bill as they are."""

    document: bytes
    page: bytes | None

    @property
    def cid(self) -> str:
        from normal_world.bills.cid import cid_of

        return cid_of(self.document)

    @property
    def digest(self) -> bytes:
        from normal_world.bills.cid import root_digest

        return root_digest(self.document)

    def read(self) -> "Bill":
        """The bill; BillMalformed."""
        from normal_world.bills import canonical
        from normal_world.bills.document import read

        return read(canonical.decode(self.document))

    def sound(self, book: "AddressBook | None") -> "Bill":
        """The bill, once everything in the files fits together; BillDiffers."""
        from normal_world.bills.checks import Checks
        from normal_world.bills.errors import BillDiffers
        from normal_world.bills.verify import check_files
        from normal_world.bills.verify_chain import check_book

        checks = Checks()
        bill = check_files(self.document, self.page, checks)
        if bill is not None and book is not None:
            check_book(bill, book, checks)
        failures = checks.failures()
        if failures or bill is None:
            raise BillDiffers(f"{failures[0].name}: {failures[0].told}")
        return bill


def load(file: Path, page: Path | None, *, needs_page: bool = True) -> Loaded:
    """Both files; without its page only where that is no need, or the bill has none."""
    from normal_world.bills.canonical import MAX_BYTES, decode
    from normal_world.bills.errors import BillMalformed

    document = _bytes(file, MAX_BYTES)
    beside = file.with_suffix(".pdf") if page is None else page
    if page is None and not beside.is_file():
        try:
            without = decode(document).get("pdf") is None
        except BillMalformed:
            without = True  # said better by who checks it
        if needs_page and not without:
            raise UsageInvalid(f"{beside}: no such file, the bill's page expected (--pdf)")
        return Loaded(document, None)
    return Loaded(document, _bytes(beside, MAX_PAGE))


def _bytes(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise UsageInvalid(f"{path}: at most {most} bytes expected")
    return found


def open_facts(rpc: str, network: str, book: Path) -> "Facts":
    """The chain's answers; ConfigError if the book has no ledger, ChainError."""
    from normal_world.bills.facts import Facts
    from normal_world.chain.address_book import check_address_book, read_address_book
    from normal_world.chain.presets import chain_of
    from normal_world.errors import ConfigError

    known = read_address_book(book)
    if not known.ledger:
        told = f"{book}: no ledger; `evlock contracts deploy` adds it"
        raise ConfigError(told, "CONFIG-ADDRESS-BOOK")
    chain = chain_of(rpc, network)
    check_address_book(chain, known)
    return Facts(chain, known)


def fetcher(ipfs: str | None, keep: Path | None) -> "Fetch | None":
    """Where a verifier looks for the bytes of a CID."""
    from normal_world.bills.errors import IpfsRefused
    from normal_world.bills.ipfs import Ipfs as Node
    from normal_world.bills.ipfs import kept

    if ipfs is not None:
        node = Node(ipfs)

        def fetch(cid: str) -> bytes | None:
            try:
                return node.cat(cid)
            except IpfsRefused:
                return None

        return fetch
    return None if keep is None else lambda cid: kept(keep, cid)
