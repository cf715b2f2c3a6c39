"""bill: bills of trades and supplies: made, kept, filed on the chain, checked."""

from pathlib import Path
from typing import Annotated, Any

import typer

from normal_world.cli.bill_options import Ipfs, Keep, Page, fetcher, load, open_facts
from normal_world.cli.bill_text import checked, listed, summary
from normal_world.cli.chain_options import BOOK, RPC, Book, Key, Network, Rpc, opened, tell
from normal_world.cli.chain_values import UINT96_MAX, hex_address
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, show

app = typer.Typer(help="Bills: from signed readings to a page, IPFS and the chain.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="The bill's JSON.")]


@app.command()
def make(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="New .json; .pdf beside it.")],
    trades: Annotated[
        list[str] | None,
        typer.Argument(metavar="TRADE…", help="This node's trades with one counterpart."),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Terms and readings, instead of a node's."),
    ] = None,
    grid_tariff: Annotated[
        int | None,
        typer.Option("--grid-tariff", min=1, max=UINT96_MAX, help="Base units per kWh."),
    ] = None,
    issuer_name: Annotated[str, typer.Option("--issuer-name", help="A label.")] = "",
    purchaser_name: Annotated[str, typer.Option("--purchaser-name", help="A label.")] = "",
    issued: Annotated[
        str | None, typer.Option("--issued", metavar="DATE", help="A label; else today.")
    ] = None,
    since_block: Annotated[
        int | None,
        typer.Option("--since-block", min=0, help="Of a grid: else since its bill before."),
    ] = None,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Make a bill of settled trades, or of a grid's supply: JSON and PDF.

    Nothing leaves this machine. Names are labels: nothing proves them.

    \b
    Example:
      evlock bill make 0x5f3a9c01 --out bill.json \\
        --grid-tariff 300000000000000000 --purchaser-name "Household 12"
    """
    from normal_world.bills.document import write
    from normal_world.bills.make import make as made_of
    from normal_world.cli import bill_evidence

    names = bill_evidence.labels(issuer_name, purchaser_name, issued)
    page = bill_evidence.new_files(out)
    if (evidence is None) == (not trades):
        raise UsageInvalid("TRADE… or --from FILE: one of them expected")
    found = bill_evidence.of_node(trades or []) if evidence is None else bill_evidence.of(evidence)
    facts = open_facts(rpc, network, book)
    bill = made_of(found, facts, labels=names, grid_tariff=grid_tariff, since_block=since_block)
    files = write(bill)
    bill_evidence.save(files, out, page)
    told = summary(bill, files.cid, files.digest) | {"file": str(out), "page": str(page)}
    show(told, as_json=as_json)


@app.command("file")
def file_it(
    file: File,
    page: Page = None,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    by_node: Annotated[
        bool, typer.Option("--node", help="By this node's account, which sold; no --key.")
    ] = False,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Put a bill's digest on the chain, under the purchaser: by its issuer.

    A transaction for each trade of the market; one for a grid's bill. What is there already is not
    sent again. With --node the running node sends it, if its owner allows that
    (evlock secure-world policy propose --use bill).

    \b
    Example:
      evlock bill file bill.json --node
    """
    from normal_world.bills.filing import file_bill, open_trades
    from normal_world.chain.address_book import read_address_book
    from normal_world.cli.programs import call

    if by_node and key is not None:
        raise UsageInvalid("--node, --key: one of them expected")
    loaded = load(file, page)
    if not by_node:
        hand, known = opened(rpc, key, network, book, "ledger")
        bill = loaded.sound(known)
        receipts = file_bill(bill, loaded.digest, hand, open_facts(rpc, network, book))
        told = summary(bill, loaded.cid, loaded.digest)
        if receipts:
            tell(told, receipts, as_json=as_json)
        else:
            show(told | {"transaction": None}, as_json=as_json)
        return
    facts = open_facts(rpc, network, book)
    bill = loaded.sound(read_address_book(book))
    words = {"purchaser": bill.head.purchaser, "digest": "0x" + loaded.digest.hex()}
    rows = [
        row
        for trade in open_trades(bill, loaded.digest, facts)
        for row in call("noded", "bill.file", trade=trade, **words)["transactions"]
    ]
    told = summary(bill, loaded.cid, loaded.digest)
    told |= {"transaction": rows[-1]["transaction"] if rows else None}
    show(told | {"gas_used": sum(row["gas"] or 0 for row in rows)}, as_json=as_json)


@app.command()
def pin(
    file: File,
    page: Page = None,
    ipfs: Ipfs = None,
    keep: Keep = Path("bills"),
    as_json: Json = False,
) -> None:
    """Add a bill and its page to an IPFS node, pinned; without a node keep them in a folder.

    What is in IPFS anybody may read who has its CID, and the chain shows that to everybody.

    \b
    Example:
      evlock bill pin bill.json --ipfs http://127.0.0.1:5001
    """
    from normal_world.bills import ipfs as storage

    loaded = load(file, page)
    loaded.sound(None)
    contents = [(file.name, loaded.document)]
    contents += [(file.with_suffix(".pdf").name, loaded.page)] if loaded.page else []
    rows: list[dict[str, Any]] = []
    for name, content in contents:
        if ipfs:
            cid = storage.Ipfs(ipfs).add(content, name)
            rows.append({"name": name, "cid": cid, "where": ipfs})
        else:
            path = storage.keep(keep, content)
            rows.append({"name": name, "cid": path.name, "where": str(path)})
    text = "\n".join(f"{row['name']}  {row['cid']}\n  {row['where']}" for row in rows)
    show({"pinned": bool(ipfs), "files": rows}, as_json=as_json, text=text)


@app.command("show")
def show_bill(file: File, as_json: Json = False) -> None:
    """Show what a bill says, without checking it.

    \b
    Example:
      evlock bill show bill.json
    """
    loaded = load(file, None, needs_page=False)
    told = summary(loaded.read(), loaded.cid, loaded.digest)
    show(told, as_json=as_json)


@app.command()
def verify(
    file: File,
    page: Page = None,
    rpc: Annotated[
        str | None, typer.Option("--rpc", metavar="URL", help="A chain node of your choice.")
    ] = None,
    book: Annotated[
        Path | None,
        typer.Option("--book", metavar="FILE", help="Address book; with --rpc contracts.json."),
    ] = None,
    ipfs: Ipfs = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="FOLDER", help="Folder of `bill pin`.")
    ] = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Check a bill from its readings to its CID to the chain; trusts only your chain node.

    Exit code 0: nothing that was checked is wrong; 1: something does not match; 5: the chain did
    not answer. What could not be looked at is told as "not checked".

    \b
    Example:
      evlock bill verify bill.json --rpc http://127.0.0.1:8545
    """
    from normal_world.bills.checks import Checks
    from normal_world.bills.errors import BillDiffers, BillError
    from normal_world.bills.proof import Means
    from normal_world.bills.proof import verify as prove
    from normal_world.chain.address_book import read_address_book
    from normal_world.errors import ChainError

    loaded, checks, trouble = load(file, page, needs_page=False), Checks(), None
    at = BOOK if book is None and rpc is not None else book
    means = Means(
        book=None if at is None else read_address_book(at),
        facts=None if rpc is None or at is None else lambda: open_facts(rpc, network, at),
        fetch=fetcher(ipfs, keep),
    )
    try:
        prove(loaded.document, loaded.page, means, checks)
    except (ChainError, BillError) as error:
        trouble = error
    failures = checks.failures()
    told: dict[str, Any] = {"cid": loaded.cid, "digest": "0x" + loaded.digest.hex()}
    told |= {"good": not failures and trouble is None}
    told |= {"checks": [vars(row) for row in checks.rows]}
    show(told, as_json=as_json, text=checked(checks, loaded.cid))
    if failures:
        of = f"{len(failures)} of {len(checks.rows)} checks failed"
        raise BillDiffers(f"{file}: {of}: {failures[0].name}: {failures[0].told}")
    if trouble is not None:
        raise trouble


@app.command("list")
def list_bills(
    purchaser: Annotated[str, typer.Option("--purchaser", help="Whose bills: an account.")],
    rpc: Rpc = RPC,
    book: Book = BOOK,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """List the bills that the chain keeps under a purchaser, with the CIDs to fetch them by.

    \b
    Example:
      evlock bill list --purchaser 0x…
    """
    from normal_world.bills.cid import raw_cid

    who = hex_address(purchaser, "--purchaser")
    facts = open_facts(rpc, network, book)
    rows = [
        row | {"digest": "0x" + row["digest"].hex(), "cid": raw_cid(row["digest"])}
        for row in facts.bills(who)
    ]
    show({"purchaser": who, "bills": rows}, as_json=as_json, text=listed(rows))
