"""Run by benchmarks.clearing in pymarket's own environment: prints one JSON list.

python pymarket_clearing.py ORDERS …   (by itself it says so and ends well: `make bench` runs all)
"""

import json
import sys
import time
import warnings
from typing import Any

RUNS = 3
P2P_MOST = 1_000  # it lists every pair: time grows with the third power


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]]
    if not sizes:
        print("run by benchmarks.clearing")
        return
    warnings.simplefilter("ignore")
    rows = [
        {"mechanism": mechanism, "orders": size, "orders_per_s": size / best_s(mechanism, size)}
        for size in sizes
        for mechanism in ("muda", "p2p")
        if mechanism == "muda" or size <= P2P_MOST
    ]
    print(json.dumps(rows))


def best_s(mechanism: str, orders: int) -> float:
    """Seconds of the fastest run, over books like those of benchmarks.clearing."""
    import numpy as np
    import pymarket  # type: ignore[import-not-found,unused-ignore]

    best = float("inf")
    for seed in range(1 if mechanism == "p2p" else RUNS):
        rng = np.random.RandomState(seed)
        market: Any = pymarket.Market()
        for user in range(orders):
            buying = user < orders // 2
            market.accept_bid(rng.uniform(0.001, 0.5), rng.uniform(0.10, 0.30), user, buying)
        begin_s = time.perf_counter()
        market.run(mechanism, r=rng)
        best = min(best, time.perf_counter() - begin_s)
    return best


if __name__ == "__main__":
    main()
