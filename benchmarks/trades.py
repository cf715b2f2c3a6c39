"""Whole trades over several seeds: error of the buyer's meter, gas, memory, times.

python -m benchmarks.trades [--seeds 3] [--amount-uwh 20000]
"""

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

PEER_GAS = 104_256 + 57_368 + 116_222  # Raiden: open, deposit and settle of a channel


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--amount-uwh", type=int, default=20_000)
    options = parser.parse_args()
    found = [_demo(seed, options.amount_uwh) for seed in range(1, options.seeds + 1)]
    errors = {
        node: [_error_percent(f["energy"], node) for f in found] for node in ("buyer", "seller")
    }
    print(f"\n{len(found)} trades of {options.amount_uwh} µWh")
    for node, values in errors.items():
        spread = statistics.pstdev(values)
        worst = max(values, key=abs)
        print(
            f"error of the {node}'s meter: mean {statistics.mean(values):+.3f} %, "
            f"deviation {spread:.3f} %, worst {worst:+.3f} %"
        )
    print(f"seconds of a demo: {statistics.mean(f['duration_s'] for f in found):.1f}")
    _processes(found)
    _gas(found[-1])


def _demo(seed: int, amount_uwh: int) -> dict[str, Any]:
    argv = [sys.executable, "-m", "normal_world.cli.main", "demo", "--json"]
    argv += ["--seed", str(seed), "--amount-uwh", str(amount_uwh)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"seed {seed}: {done.stderr[-1000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    energy = found["energy"]
    print(
        f"seed {seed:3d}: buyer {energy['buyer_uwh']} µWh, truth "
        f"{energy['delivered_true_uwh']} µWh, {_error_percent(energy, 'buyer'):+.3f} %",
        flush=True,
    )
    return found


def _error_percent(energy: dict[str, Any], node: str) -> float:
    truth = energy["delivered_true_uwh" if node == "buyer" else "sent_true_uwh"]
    return float((energy[f"{node}_uwh"] - truth) / truth * 100)


def _processes(found: list[dict[str, Any]]) -> None:
    programs = sorted({p["program"] for f in found for p in f["processes"]})
    for program in programs:
        rows = [p for f in found for p in f["processes"] if p["program"] == program]
        line = f"{program:8} resident set at most {max(p['rss_mib'] for p in rows):6.1f} MiB"
        firsts = [p["first_sample_s"] for p in rows if p["first_sample_s"] is not None]
        print(line + (f", first sample after {max(firsts):.2f} s at most" if firsts else ""))


def _gas(found: dict[str, Any]) -> None:
    total = 0
    for row in found["transactions"]:
        total += row["gas"]
        print(f"gas of {row['function']:10} {row['gas']:8,}")
    print(
        f"all of a first trade {total:,}; beside a Raiden channel's {PEER_GAS:,}: "
        f"{total / PEER_GAS:.2f}"
    )


if __name__ == "__main__":
    main()
