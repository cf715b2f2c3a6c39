"""Who may call what: `python -m tests.contracts.access` calls everything as everyone.

Every function that changes state, of every contract, is called by each role in a state in which
the right role succeeds. The outcomes ("ok" or the custom error) are kept in contracts/access.json,
and as a table in docs/contracts.md; `--write` rewrites both, a test compares them (A24).
"""

import argparse
import json

import contracts
from contracts.compiler import ROOT
from tests.contracts.abi import NAMES, Contract, Refused
from tests.contracts.access_states import prepare
from tests.contracts.access_world import Call, Cast

SNAPSHOT = ROOT / "contracts" / "access.json"
PAGE = ROOT / "docs" / "contracts.md"
BEGIN, END = "<!-- access: python -m tests.contracts.access --write -->\n", "<!-- /access -->\n"

Outcomes = dict[str, str]  # role -> "ok" or the name of the error
Matrix = dict[str, dict[str, Outcomes]]  # contract -> function -> outcomes


def functions(name: str) -> list[str]:
    """Those of a contract that change state."""
    abi = contracts.load(name)["abi"]
    kinds = ("nonpayable", "payable")
    return [e["name"] for e in abi if e.get("stateMutability") in kinds and e["type"] == "function"]


def measure() -> Matrix:
    """Every function by every role. KeyError if a function has no state prepared."""
    cast = Cast()
    return {
        name: {function: _row(cast, name, function) for function in sorted(functions(name))}
        for name in NAMES
    }


def _row(cast: Cast, name: str, function: str) -> Outcomes:
    before = cast.net.evm.snapshot()
    target, call = prepare(cast, name, function)
    row = {role: _outcome(cast, target, function, call, who) for role, who in cast.roles.items()}
    cast.net.evm.restore(before)
    return row


def _outcome(cast: Cast, target: Contract, function: str, call: Call, who: bytes) -> str:
    before = cast.net.evm.snapshot()
    try:
        target.call(who, function, *call.words, value=call.wei)
        return "ok"
    except Refused as refusal:
        return refusal.name or "no reason"
    finally:
        cast.net.evm.restore(before)


def table(matrix: Matrix) -> str:
    """Who may, and what the others are told; functions of one contract that agree on one line."""
    lines = ["| contract | functions | may | others |", "|---|---|---|---|"]
    for name, rows in matrix.items():
        alike: dict[tuple[str, str], list[str]] = {}
        for function, row in rows.items():
            alike.setdefault(_summary(row), []).append(f"`{function}`")
        for (who, others), names in sorted(alike.items()):
            lines.append(f"| {name} | {', '.join(names)} | {who} | {others} |")
    return "\n".join(lines) + "\n"


def _summary(row: Outcomes) -> tuple[str, str]:
    may = [role for role, said in row.items() if said == "ok"]
    other = [role for role in row if role not in may]
    who = "all but " + ", ".join(other) if len(may) > len(other) else ", ".join(may)
    errors = ", ".join(f"`{error}`" for error in sorted(set(row.values()) - {"ok"}))
    return who if other else "anyone", errors


def kept() -> Matrix:
    matrix: Matrix = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return matrix


def page_with(text: str) -> str:
    """docs/contracts.md with this table in its place."""
    page = PAGE.read_text(encoding="utf-8")
    start, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    return page[:start] + text + page[end:]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="tests.contracts.access", description=__doc__)
    parser.add_argument("--write", action="store_true", help="rewrite the snapshot and the table")
    matrix = measure()
    if parser.parse_args(arguments).write:
        SNAPSHOT.write_text(json.dumps(matrix, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page_with(table(matrix)), encoding="utf-8")
    print(table(matrix), end="")


if __name__ == "__main__":
    main()
