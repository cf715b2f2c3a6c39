"""kill -9 of every program at random moments of whole trades; nothing lost, nothing twice.

Each of the two pairs makes trade after trade; in each, some programs are killed at moments spread
from the order to the settlement, and started again. After every trade and at the end the
invariants of tests/e2e/pair.py are checked.
"""

import os
import random
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.e2e.pair import check, check_whole, random_kills, running_pair

MOMENTS = int(os.environ.get("EVLOCK_SWEEP", "200"))
KILLS_A_TRADE = 3
PAIRS = 2
SPAN_S = 9.0


def test_killed_at_any_moment() -> None:
    with ThreadPoolExecutor(PAIRS) as pool:
        share = -(-MOMENTS // PAIRS)
        moments = list(pool.map(lambda seed: sweep(seed, share), range(1, PAIRS + 1)))
    assert sum(moments) >= MOMENTS


def sweep(seed: int, share: int) -> int:
    """Trades of one pair until `share` kills were survived."""
    source, rows, done = random.Random(seed), [], 0
    with (
        tempfile.TemporaryDirectory(prefix="evs") as folder,
        running_pair(Path(folder) / "p", seed) as pair,
    ):
        while done < share:
            kills = random_kills(source, KILLS_A_TRADE, SPAN_S)
            rows.append(pair.trade(kills))
            check(pair, rows[-1])
            done += len(kills)
        check_whole(pair, rows)
    return done
