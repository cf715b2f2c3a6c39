"""Signatures per second of evlock-secured, beside raw coincurve and eth-account in the same run.

    python benchmarks/signer.py [--requests N] [--clients N]

Prints one JSON object: rates (1/s), latencies and the program's own time on a core (µs a request),
memory (MiB), start-up (ms), and ratios to coincurve and eth-account. With two cores or more,
secured has the last one for itself. `start_ms` is without Python's `site`, whose finder of an
editable install costs 14 ms that a device does not pay; `start_editable_ms` is with it.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coincurve import PrivateKey

from secure_world.protocol import (
    EXPORT,
    FEES,
    Allowance,
    Call,
    OpenTrade,
    Role,
    Rules,
    SecureWorld,
    encode_rlp,
    keccak256,
    policy_digest,
)

CHAIN, MARKET, SELECTOR = 31337, b"\x0a" * 20, b"\xaa\xbb\xcc\xdd"
TRADE = OpenTrade(CHAIN, MARKET, b"\1" * 32, EXPORT, 10**12, b"\x0c" * 20, b"\5" * 32)
POWER_W = 2**24 - 1
OWNER = PrivateKey(b"\3" * 32)
ALLOWED = ("--allow=root", "--allow=unlocked-memory", "--allow=swap")  # where it is measured
STARTS = 5

_client: SecureWorld  # of a process of the crowd


def unsigned(nonce: int) -> bytes:
    """An EIP-1559 call of about 200 bytes."""
    numbers = [_number(number) for number in (CHAIN, nonce, 10, 20, 100_000)]
    return b"\x02" + encode_rlp([*numbers, MARKET, b"", SELECTOR + b"\1" * 128, []])


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


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


def start(folder: Path, *flags: str) -> tuple[subprocess.Popen[bytes], float]:
    """The program, and the ms until it was ready to sign."""
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, *flags, "-m", "secure_world.main"]
    command += ["--state", str(folder / "state"), "--run", str(folder / "run"), *ALLOWED]
    places = {**os.environ, "PYTHONPATH": os.pathsep.join([path for path in sys.path if path])}
    places.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=places
    )
    assert process.stdout is not None
    process.stdout.readline()
    spent_ms = (time.perf_counter() - begin) * 1e3
    if len(cores) > 1:
        os.sched_setaffinity(process.pid, cores[-1:])
        os.sched_setaffinity(0, cores[:-1])
    return process, round(spent_ms, 1)


def stop(process: subprocess.Popen[bytes]) -> None:
    """In order; the benchmark has all cores again."""
    with process:
        process.terminate()
    os.sched_setaffinity(0, range(os.cpu_count() or 1))


def run(folder: Path, requests: int, clients: int) -> dict[str, Any]:
    """All measurements."""
    process, _ = start(folder)
    try:
        figures = _requests(folder / "run", process.pid, requests, clients)
        figures["rss_mib"] = _rss_mib(process.pid)
    finally:
        stop(process)
    figures["start_ms"] = min([_start_again(folder, "-S") for _ in range(STARTS)])
    figures["start_editable_ms"] = min([_start_again(folder) for _ in range(STARTS)])
    figures |= peers(requests)
    bare, whole = figures["coincurve"]["per_s"], figures["eth_account"]["per_s"]
    figures["transaction_to_eth_account"] = round(figures["transaction"]["per_s"] / whole, 2)
    for name in ("reading_reserved", "reading_counted", "transaction"):
        figures[f"{name}_to_coincurve"] = round(figures[name]["per_s"] / bare, 3)
    crowd_per_s = figures[f"reading_reserved_of_{clients}_clients_per_s"]
    figures["crowd_to_coincurve"] = round(crowd_per_s / bare, 3)
    return figures


def _start_again(folder: Path, *flags: str) -> float:
    """Of a device with keys: nothing but the start."""
    process, spent_ms = start(folder, *flags)
    stop(process)
    return spent_ms


def _requests(sockets: Path, pid: int, requests: int, clients: int) -> dict[str, Any]:
    admin, meter, node = (SecureWorld(sockets / role.socket_name, 60) for role in Role)
    _take(admin)
    meter.open_trade(TRADE)
    works: dict[str, Callable[[int], object]] = {
        "transaction": lambda number: node.sign_transaction(unsigned(number)),
        "transaction_again": lambda _: node.sign_transaction(unsigned(0)),
        "reading_reserved": lambda _: meter.sign_reading(TRADE.trade, False, 1, 0, 0),
        "reading_counted": lambda number: meter.sign_reading(TRADE.trade, False, 1, 0, number),
        "info": lambda _: node.info(),
    }
    figures: dict[str, Any] = {}
    for name, work in works.items():
        before_ns = _cpu_ns(pid)
        figures[name] = measure(work, requests)
        figures[name]["cpu_us"] = round((_cpu_ns(pid) - before_ns) / requests / 1e3, 1)
    path = sockets / Role.METER.socket_name
    figures[f"reading_reserved_of_{clients}_clients_per_s"] = crowd(path, clients, requests * 3)
    for client in (admin, meter, node):
        client.close()
    return figures


def _take(admin: SecureWorld) -> None:
    """Keys, an owner, and its policy: the one call that is measured."""
    meter = admin.provision(12, "", POWER_W).meter
    admin.claim(OWNER.public_key.format(), "271828")
    owner = keccak256(OWNER.public_key.format(compressed=False)[1:])[12:]
    calls = (Call(MARKET, SELECTOR, 0, 32, (), ()),)
    fees = (Allowance(FEES, 2**128, 0),)
    rules = Rules(CHAIN, MARKET, owner, None, calls, fees, 10**18, 2**63, 2**64 - 1, 0)
    data = encode_rlp(rules.to_rlp())
    raw = OWNER.sign_recoverable(policy_digest(meter, 1, b"\0" * 32, data, rules), hasher=None)
    admin.set_policy(1, b"\0" * 32, data, raw[:32] + bytes([raw[32] | raw[64] << 7]) + raw[33:64])


def _cpu_ns(pid: int) -> int:
    """Time that the program has run on a core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


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
