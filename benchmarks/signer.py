"""Signatures per second of evlock-secured, beside raw coincurve and eth-account in the same run.

    python benchmarks/signer.py [--requests N] [--clients N]

Prints one JSON object: rates (1/s), latencies (µs), memory (MiB), start-up (ms), and ratios.
"""

import argparse
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from secure_world import rlp
from secure_world.protocol import EXPORT, OpenTrade, PolicyRule, Role, SecureWorld

CHAIN, MARKET, SELECTOR = 31337, b"\x0a" * 20, b"\xaa\xbb\xcc\xdd"
TRADE = OpenTrade(CHAIN, MARKET, b"\1" * 32, EXPORT, 10**12, b"\x0c" * 20, b"\5" * 32)
POWER_W = 2**24 - 1

_client: SecureWorld  # of a process of the crowd


def unsigned(nonce: int) -> bytes:
    """An EIP-1559 call of about 200 bytes."""
    numbers = [rlp.encode_uint(number) for number in (CHAIN, nonce, 10, 20, 100_000)]
    return b"\x02" + rlp.encode([*numbers, MARKET, b"", SELECTOR + b"\1" * 128, []])


def measure(work: Callable[[int], object], times: int) -> dict[str, float]:
    """Rate and latencies of `work(number)`, called `times` times in a row."""
    spent = []
    begin = time.perf_counter()
    for number in range(times):
        start = time.perf_counter()
        work(number)
        spent.append(time.perf_counter() - start)
    rate = times / (time.perf_counter() - begin)
    spent.sort()
    half, most = spent[times // 2], spent[times * 99 // 100]
    return {"per_s": round(rate), "p50_us": round(half * 1e6), "p99_us": round(most * 1e6)}


def crowd(path: Path, clients: int, requests: int) -> int:
    """Readings per second of many clients at once."""
    with multiprocessing.Pool(clients, initializer=_connect, initargs=(path,)) as pool:
        pool.map(_read_one, [0] * clients, chunksize=1)
        begin = time.perf_counter()
        pool.map(_read_many, [requests // clients] * clients, chunksize=1)
        return round(requests // clients * clients / (time.perf_counter() - begin))


def _connect(path: Path) -> None:
    global _client
    _client = SecureWorld(path)


def _read_one(session: int) -> None:
    _client.sign_reading(TRADE.trade, False, session, 0, 0)


def _read_many(times: int) -> None:
    for _ in range(times):
        _read_one(0)


def peers(times: int) -> dict[str, dict[str, float]]:
    """coincurve's bare signature, and eth-account's whole one."""
    from coincurve import PrivateKey
    from eth_account import Account
    from eth_utils.address import to_checksum_address

    key = PrivateKey(b"\1" * 32)
    call: dict[str, Any] = {
        "type": 2,
        "chainId": CHAIN,
        "maxPriorityFeePerGas": 10,
        "maxFeePerGas": 20,
        "gas": 100_000,
        "to": to_checksum_address(MARKET),
        "value": 0,
        "data": SELECTOR + b"\1" * 128,
    }
    return {
        "coincurve": measure(lambda _: key.sign_recoverable(b"\2" * 32, hasher=None), times),
        "eth_account": measure(
            lambda number: Account.sign_transaction({**call, "nonce": number}, b"\1" * 32),
            min(times, 500),
        ),
    }


def run(folder: Path, requests: int, clients: int) -> dict[str, Any]:
    """All measurements."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "secure_world.main"]
    command += ["--state", str(folder / "state"), "--run", str(folder / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        figures: dict[str, Any] = {"start_ms": round((time.perf_counter() - begin) * 1e3)}
        try:
            figures |= _requests(folder / "run", requests, clients)
            figures["rss_mib"] = _rss_mib(process.pid)
        finally:
            process.terminate()
    figures |= peers(requests)
    bare, whole = figures["coincurve"]["per_s"], figures["eth_account"]["per_s"]
    figures["transaction_to_eth_account"] = round(figures["transaction"]["per_s"] / whole, 2)
    figures["reading_to_coincurve"] = round(figures["reading_reserved"]["per_s"] / bare, 3)
    return figures


def _requests(sockets: Path, requests: int, clients: int) -> dict[str, Any]:
    admin, meter, node = (SecureWorld(sockets / role.socket_name, 60) for role in Role)
    admin.provision(12, "", POWER_W)
    admin.set_policy([PolicyRule(CHAIN, MARKET, SELECTOR, 0)], 10**18)
    meter.open_trade(TRADE)
    figures: dict[str, Any] = {
        "transaction": measure(lambda number: node.sign_transaction(unsigned(number)), requests),
        "transaction_again": measure(lambda _: node.sign_transaction(unsigned(0)), requests),
        "reading_reserved": measure(
            lambda _: meter.sign_reading(TRADE.trade, False, 1, 0, 0), requests
        ),
        "reading_counted": measure(
            lambda number: meter.sign_reading(TRADE.trade, False, 1, 0, number), requests
        ),
        "info": measure(lambda _: node.info(), requests),
    }
    path = sockets / Role.METER.socket_name
    figures[f"reading_reserved_of_{clients}_clients_per_s"] = crowd(path, clients, requests)
    for client in (admin, meter, node):
        client.close()
    return figures


def _rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise LookupError(f"no VmRSS of process {pid}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="evlock-bench-") as folder:
        print(json.dumps(run(Path(folder), options.requests, options.clients)))


if __name__ == "__main__":
    main()
