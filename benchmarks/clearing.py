"""Clearing of order books: the engine beside pymarket and a plain numpy k = 0.5 clearing.

python -m benchmarks.clearing [--orders 1000 10000 100000 1000000] [--no-pymarket]

One run, one book a size, half sells and half buys. The engine's time includes the trade list with
exact prices and payments, for its two rules and for prices beyond 64 bits. Plain numpy finds only
price and volume, in floats. pymarket has a virtual environment of its own, made here: its last
release needs numpy and pandas of 2022. It is asked up to 10,000 orders (p2p: 1,000): more take
minutes to days.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normal_world.auction.book import Rule, Side
from normal_world.auction.engine import clear

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ORDERS_A_MEASUREMENT = 3_000_000
PRICES = (10**17, 3 * 10**17)  # 0.10 to 0.30 token a kWh
ENERGIES = (10**6, 5 * 10**8)  # 1 Wh to 500 Wh in a slot
PYMARKET = ("pymarket==0.7.6", "numpy<1.24", "pandas<2", "matplotlib<3.8", "networkx<3.2")
PEERS = Path(__file__).with_name("pymarket_clearing.py")
Floats = NDArray[np.float64]


class Book(NamedTuple):
    sells: Side
    buys: Side


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, nargs="+", default=SIZES)
    parser.add_argument("--no-pymarket", action="store_true", help="nothing is downloaded")
    options = parser.parse_args()
    peers = {} if options.no_pymarket else pymarket([n for n in options.orders if n <= 10_000])
    names = ("engine", "uniform", "uint96 prices", "plain numpy", "muda", "p2p")
    print(f"{'orders/s, best':>15}" + "".join(f"{name:>15}" for name in names))
    for count in options.orders:
        rates = measured(count) | {
            name: rate for (name, size), rate in peers.items() if size == count
        }
        cells = (f"{rates[name]:>15,.0f}" if name in rates else f"{'–':>15}" for name in names)
        print(f"{count:>15,}" + "".join(cells))
        others = [name for name in names[3:] if name in rates]
        told = ", ".join(f"{rates['engine'] / rates[name]:,.1f} × {name}" for name in others)
        print(f"{'':>15}  the engine is {told}", flush=True)


def measured(count: int) -> dict[str, float]:
    """Orders a second, the best of several."""
    real, huge = book(count, 1), book(count, 2**32)
    floats = [
        values.astype(np.float64) for side in real for values in (side.energy_uwh, side.price[0])
    ]
    runs: dict[str, Callable[[], object]] = {
        "engine": lambda: clear(*real),
        "uniform": lambda: clear(*real, Rule.UNIFORM),
        "uint96 prices": lambda: clear(*huge),
        "plain numpy": lambda: plain(*floats),
    }
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(max(12, min(1000, ORDERS_A_MEASUREMENT // count))):
        for name, run in runs.items():  # in turn: what else the machine does meets them all
            best[name] = min(best[name], spent_s(run))
    return {name: count / seconds for name, seconds in best.items()}


def spent_s(run: Callable[[], object]) -> float:
    """Of one run."""
    begin_s = time.perf_counter()
    run()
    return time.perf_counter() - begin_s


def book(count: int, high: int) -> Book:
    """Random orders; `high` above 1 fills the upper half of the uint96 prices too."""
    rng = np.random.default_rng(count)
    return Book(*(_side(rng, count // 2, high) for _ in range(2)))


def _side(rng: np.random.Generator, count: int, high: int) -> Side:
    price = rng.integers(*PRICES, (1, count), dtype=np.uint64)
    if high > 1:
        upper = rng.integers(0, high, (1, count), dtype=np.uint64)
        price = np.concatenate([price, upper])
    return Side(rng.integers(*ENERGIES, count, dtype=np.uint64), price)


def plain(offered: Floats, ask: Floats, wanted: Floats, bid: Floats) -> tuple[float, float]:
    """Volume and price at k = 0.5, as one writes it down."""
    up, down = np.argsort(ask), np.argsort(-bid)
    supply, demand = np.cumsum(offered[up]), np.cumsum(wanted[down])
    volume = np.sort(np.concatenate([supply, demand]))
    sell = np.minimum(np.searchsorted(supply, volume), len(ask) - 1)
    buy = np.minimum(np.searchsorted(demand, volume), len(bid) - 1)
    last = np.flatnonzero(ask[up][sell] <= bid[down][buy])[-1]
    return float(volume[last]), float(0.5 * (ask[up][sell[last]] + bid[down][buy[last]]))


def pymarket(sizes: list[int]) -> dict[tuple[str, int], float]:
    """Orders a second of its mechanisms, by name and size."""
    with tempfile.TemporaryDirectory(prefix="evlock-pymarket-") as folder:
        print("installing pymarket for itself …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "-qq", *PYMARKET], check=True)
        argv = [python, str(PEERS), *map(str, sizes)]
        done = subprocess.run(argv, check=True, capture_output=True, text=True)
    rows = json.loads(done.stdout)
    return {(row["mechanism"], row["orders"]): row["orders_per_s"] for row in rows}


if __name__ == "__main__":
    main()
