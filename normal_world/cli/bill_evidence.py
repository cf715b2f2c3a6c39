"""What `bill make` begins with: readings of a node or a file, labels, and where the files go."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from normal_world.cli.errors import UsageInvalid

if TYPE_CHECKING:
    from normal_world.bills.document import Files
    from normal_world.bills.head import Labels
    from normal_world.bills.make import Evidence


def labels(issuer: str, purchaser: str, issued: str | None) -> "Labels":
    """UsageInvalid for what the page cannot print."""
    from normal_world.bills.fields import MAX_TEXT, fits_page
    from normal_world.bills.head import Labels

    day = f"{datetime.now(UTC):%Y-%m-%d}" if issued is None else issued
    for option, text in (
        ("--issuer-name", issuer), ("--purchaser-name", purchaser), ("--issued", day)
    ):  # fmt: skip
        if not fits_page(text):
            told = f"up to {MAX_TEXT} characters that Windows-1252 has expected"
            raise UsageInvalid(f"{option} {text!r:.80}: {told}")
    return Labels(day, issuer, purchaser)


def new_files(out: Path) -> Path:
    """Where the page goes; UsageInvalid unless both can be made."""
    from normal_world.cli import new_file

    if out.suffix != ".json":
        raise UsageInvalid(f"--out {out}: a name that ends in .json expected")
    for path in (out, out.with_suffix(".pdf")):
        new_file.check("--out", path)
    return out.with_suffix(".pdf")


def save(files: "Files", out: Path, page: Path) -> None:
    """The page first: a bill without its page is none."""
    from normal_world.bills.ipfs import MODE
    from normal_world.link.files import write_new

    if files.page is not None:
        write_new(page, files.page, MODE)
    write_new(out, files.document, MODE)


def of(path: Path) -> "Evidence":
    """From a file; EvidenceInvalid, OSError."""
    from normal_world.bills.make import read_evidence

    return read_evidence(path)


def of_node(trades: list[str]) -> "Evidence":
    """From the running node's records of its trades."""
    from normal_world.bills.head import MAX_LINES
    from normal_world.bills.make import evidence_of_record
    from normal_world.cli.programs import call
    from normal_world.cli.trade import whole

    if len(trades) > MAX_LINES:
        raise UsageInvalid(f"{len(trades)} trades: at most {MAX_LINES} fit a bill")
    return tuple(evidence_of_record(call("noded", "trade", trade=whole(one))) for one in trades)
