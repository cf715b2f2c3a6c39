"""The whole verification of a bill: files, chain, IPFS; as far as each is at hand."""

from collections.abc import Callable
from dataclasses import dataclass

from normal_world.bills import verify_chain
from normal_world.bills.checks import Checks
from normal_world.bills.cid import cid_of, root_digest
from normal_world.bills.document import Bill
from normal_world.bills.facts import Facts
from normal_world.bills.verify import check_files
from normal_world.chain.address_book import AddressBook
from normal_world.errors import ChainError

Fetch = Callable[[str], bytes | None]  # the bytes of a CID; None if they are not there


@dataclass(frozen=True)
class Means:
    """What a verifier has. `book`: its own, never the bill's. `facts` asks the chain when used."""

    book: AddressBook | None = None
    facts: Callable[[], Facts] | None = None
    fetch: Fetch | None = None


def verify(document: bytes, page: bytes | None, means: Means, checks: Checks) -> None:
    """Fills `checks`. ChainError, IpfsUnreachable: after all that could be checked was."""
    bill = check_files(document, page, checks)
    if bill is None:
        return
    trouble = None
    if means.book is None:
        checks.skipped("contract of the address book", "no address book (--book)")
    elif not verify_chain.check_book(bill, means.book, checks):
        _skipped(bill, "the bill is of another contract", checks)
        means = Means(fetch=means.fetch)
    try:
        _chain(bill, document, means, checks)
    except ChainError as error:
        trouble = error
    _stored(document, page, means.fetch, checks)
    if trouble is not None:
        raise trouble


def _chain(bill: Bill, document: bytes, means: Means, checks: Checks) -> None:
    if means.facts is None:
        if not any(row.name == "digest on chain" for row in checks.rows):
            _skipped(bill, "no chain (--rpc)", checks)
        return
    try:
        verify_chain.check_chain(bill, root_digest(document), means.facts(), checks)
    except ChainError:
        _skipped(bill, "the chain did not answer", checks)
        raise


def _skipped(bill: Bill, why: str, checks: Checks) -> None:
    done = {row.name for row in checks.rows}
    for name in verify_chain.names(bill):
        if name not in done:
            checks.skipped(name, why)


def _stored(document: bytes, page: bytes | None, fetch: Fetch | None, checks: Checks) -> None:
    for name, content in (("JSON", document), ("PDF", page)):
        if fetch is None or content is None:
            checks.skipped(f"{name} by its CID", "no node (--ipfs)" if fetch is None else "no PDF")
            continue
        cid = cid_of(content)
        fault = [] if fetch(cid) == content else [f"{cid}: not there, or other bytes"]
        checks.all_of(f"{name} by its CID", fault, cid)
