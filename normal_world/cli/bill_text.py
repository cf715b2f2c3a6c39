"""What the commands of bills print."""

import textwrap
from typing import TYPE_CHECKING, Any

from normal_world.cli.output import table

if TYPE_CHECKING:
    from normal_world.bills.checks import Checks
    from normal_world.bills.document import Bill

STATE_WIDTH, NAME_WIDTH, WIDTH = 13, 30, 80


def summary(bill: "Bill", cid: str, digest: bytes) -> dict[str, Any]:
    """A bill in a few lines; numbers are the exact ones."""
    found = bill.document()
    names = ("kind", "issuer", "purchaser", "chain_id", "contract")
    return {
        **{name: found[name] for name in names},
        **found["totals"],
        "trades": [line["trade"] for line in found["lines"]],
        "cid": cid,
        "digest": "0x" + digest.hex(),
    }


def checked(checks: "Checks", cid: str) -> str:
    """A line a check: state, what, and what was seen."""
    lines = [f"CID {cid}"]
    for row in checks.rows:
        head = f"{row.state:<{STATE_WIDTH}}{row.name:<{NAME_WIDTH}}"
        if len(head + row.told) <= WIDTH:
            lines.append(head + row.told)
            continue
        indent = " " * STATE_WIDTH
        below = textwrap.wrap(
            row.told, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ",
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        lines += [head.rstrip(), *below]
    return "\n".join(lines)


def listed(rows: list[dict[str, Any]]) -> str:
    """The bills of a purchaser."""
    if not rows:
        return "no bills"
    cells = [(row["block"], row["kind"], row["issuer"][:10] + "…", row["cid"]) for row in rows]
    return table(("block", "kind", "issuer", "CID"), cells)
