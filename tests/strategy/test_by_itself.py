"""Two nodes with [strategy] trade by themselves, while both noded are killed at the worst moments.

The owners' ceilings leave room for two trades: exactly two offers, two purchases, two settlements.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

from firmware.errors import RpcError
from normal_world.demo.stage import NODES
from tests.e2e.pair import AMOUNT_UWH, BUDGET_UWH, PRICE, Pair, check, check_whole, running_pair

TRADES = 2
DAY_UWH = TRADES * AMOUNT_UWH + AMOUNT_UWH * 4 // 5  # two whole trades, and no third
LIMIT_S = 60.0
STRATEGY = {
    "seller": f"[strategy.sell]\namount_uwh = {AMOUNT_UWH}\nprice = {PRICE}\n",
    "buyer": f"[strategy.buy]\namount_uwh = {AMOUNT_UWH}\nmax_price = {PRICE}\n",
}
HEAD = '[strategy]\nname = "limits"\nevery_s = 1\ninterval_s = 1\n'


def test_two_nodes_trade_by_themselves() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="evs") as folder,
        running_pair(Path(folder) / "p", 7) as pair,
    ):
        for node in NODES:
            hand_over(pair, node)
        kill_when(pair, "seller", lambda: ordered(pair, "seller", 1))
        kill_when(pair, "buyer", lambda: ordered(pair, "buyer", 1))
        kill_when(pair, "seller", lambda: ordered(pair, "seller", 2))
        patiently(pair, lambda: all(done(pair, node) for node in NODES), "both are done")
        rows = [settled(pair, number) for number in range(TRADES)]
        check(pair, rows[-1])
        check_whole(pair, rows)
        for node in NODES:
            assert [row["kind"] for row in orders(pair, node)] == [
                {"seller": "sell", "buyer": "buy"}[node]
            ] * TRADES
            assert all(row["key"].startswith("strategy:limits:") for row in orders(pair, node))
            assert all(row["state"] == "done" for row in orders(pair, node))
        takes_back(pair)


def takes_back(pair: Pair) -> None:
    """The owner wants more for it than an offer that is out asks: the strategy cancels that one."""
    path = pair.stage.home.etc("seller") / "node.toml"
    text = path.read_text("utf-8").replace(f"max_day_uwh = {DAY_UWH}", "max_day_uwh = 1000000")
    expected = {2: ["sell"], 3: ["sell", "cancel", "sell"]}
    for factor in expected:
        path.write_text(text.replace(f"price = {PRICE}", f"price = {factor * PRICE}"), "utf-8")
        restart(pair, "seller")
        patiently(pair, partial(_newest_are, pair, expected[factor]), f"{expected[factor]}")


def _newest_are(pair: Pair, kinds: list[str]) -> bool:
    """What the seller has ordered after the two trades, as far as it is final."""
    rows = orders(pair, "seller")[TRADES:]
    return [row["kind"] for row in rows if row["state"] == "done"] == kinds


def restart(pair: Pair, node: str) -> None:
    pair.stage.supervisor.kill(f"noded:{node}")
    pair.stage.supervisor.restart(f"noded:{node}")


def hand_over(pair: Pair, node: str) -> None:
    """Write [strategy] and the day's ceiling, start noded anew: from here on nobody orders."""
    path = pair.stage.home.etc(node) / "node.toml"
    text = path.read_text("utf-8")
    ceiling = f"max_day_uwh = {BUDGET_UWH}"
    assert ceiling in text
    text = text.replace(ceiling, f"max_day_uwh = {DAY_UWH}")
    path.write_text(text + HEAD + STRATEGY[node], "utf-8")
    restart(pair, node)


def kill_when(pair: Pair, node: str, true: Callable[[], bool]) -> None:
    patiently(pair, true, f"{node} orders")
    restart(pair, node)


def orders(pair: Pair, node: str) -> list[dict[str, Any]]:
    """noded's own orders, as its file has them: also while it is dead."""
    path = pair.stage.home.places(node).state("noded") / "noded.sqlite"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10.0)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM orders ORDER BY rowid")]


def ordered(pair: Pair, node: str, count: int) -> bool:
    return len(orders(pair, node)) >= count


def done(pair: Pair, node: str) -> bool:
    """Both trades settled, and the strategy says that the ceiling forbids a third."""
    with suppress(RpcError):
        trades = pair.stage.ask("noded", node, "trades")["trades"]
        last = pair.stage.ask("noded", node, "strategy.show")["last"]
        over = [row for row in trades if row["phase"] == "settled"]
        return len(over) == TRADES and "max_day_uwh" in (last or {}).get("reason", "")
    return False


def settled(pair: Pair, number: int) -> dict[str, dict[str, Any]]:
    return {n: pair.stage.ask("noded", n, "trades")["trades"][number] for n in NODES}


def patiently(pair: Pair, true: Callable[[], bool], what: str) -> None:
    limit_s = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < limit_s, f"never: {what}; {told(pair)}"
        time.sleep(0.02)


def told(pair: Pair) -> str:
    """What both nodes say, for the message of a failure."""
    logs = {path.name: path.read_text("utf-8")[-3000:] for path in pair.stage.home.logs.iterdir()}
    shown = [pair.stage.ask("noded", node, "strategy.show") for node in NODES]
    return "\n".join([*map(str, shown), *(logs[f"{node}-noded.log"] for node in NODES)])
