"""Gas of the contracts' functions, as whole transactions: `python -m benchmarks.gas`.

"First" is the first call of its kind on fresh contracts by fresh accounts (cold: balances and
slots that become non-zero); "steady" is the same call when all of that exists. Real token, real
registry, events on, Prague rules (py-evm). `--write` rewrites contracts/gas.json, which a test
compares with what is measured.

To add a contract: a module benchmarks/gas_<name>.py with `rows() -> Iterator[Row]` and a line in
MODULES. GasChain (benchmarks/gas_chain.py) gives chain, token, registry, accounts and meters, and
collects a row for each labelled deploy and call. The first row of a label is "first", the last
one "steady"; rows of a contract that another module measures too are kept from the module that
comes first in MODULES.
"""

import argparse
import importlib
import json
from pathlib import Path

import contracts
from benchmarks.gas_chain import Row

SNAPSHOT = Path(contracts.__file__).parent / "gas.json"
MODULES = (
    "benchmarks.gas_market",
    "benchmarks.gas_ledger",
    "benchmarks.gas_operator",
    "benchmarks.gas_auction",
)

Figures = dict[str, int]  # "first", and "steady" if measured again
Snapshot = dict[str, dict[str, Figures]]  # contract -> transaction -> figures

# What others measured or published, for comparison: what, gas.
PUBLISHED = (
    ("seed 004, one push of a record", 54_246),
    ("Raiden: open, deposit and settle a channel", 277_846),
    ("Seaport: fulfil an order, average", 98_688),
    ("ERC-6909: transfer", 51_756),
)


def measure(module: str) -> Snapshot:
    """The figures of one module's rows."""
    table: Snapshot = {}
    rows: list[Row] = list(importlib.import_module(module).rows())
    for row in rows:
        figures = table.setdefault(row.contract, {}).setdefault(row.label, {})
        figures["steady" if figures else "first"] = row.gas
    return table


def measure_all() -> Snapshot:
    """All modules' figures."""
    table: Snapshot = {}
    for module in MODULES:
        table = {**measure(module), **table}
    return dict(sorted(table.items()))


def trade(table: Snapshot) -> int:
    """A whole trade in the steady state: buy and settle."""
    market = table["EnergyMarket"]
    return market["buy, whole offer"]["steady"] + market["settle, all delivered"]["steady"]


def show(table: Snapshot) -> str:
    """The figures as a table, beside what others published."""
    lines = ["| contract | transaction | first | steady |", "|---|---|---:|---:|"]
    for contract, transactions in table.items():
        for label, figures in transactions.items():
            steady = f"{figures['steady']:,}" if "steady" in figures else ""
            lines.append(f"| {contract} | {label} | {figures['first']:,} | {steady} |")
    lines += ["", f"A trade, buy and settle, steady: {trade(table):,}", ""]
    lines += [f"{what}: {gas:,}" for what, gas in PUBLISHED]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.gas", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"rewrite {SNAPSHOT.name}")
    table = measure_all()
    if parser.parse_args(arguments).write:
        SNAPSHOT.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print(show(table))


if __name__ == "__main__":
    main()
