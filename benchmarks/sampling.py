"""What sampling costs: evlock-meterd beside a bare loop over Adafruit's AnalogIn, in one run.

Both read two ADS1115 at 860 samples a second each, from the same kind of virtual board. The bare
loop does nothing with the values; meterd calibrates, integrates, guards and answers.

    python -m benchmarks.sampling [--seconds 10]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import board_configs
from firmware.jsonrpc import Client
from tests.plant_process import plant_process

RATE = 860
TICKS_S = os.sysconf("SC_CLK_TCK")
NODE = "[limits]\nmax_trade_uwh = 1\nmax_day_uwh = 1\nmax_current_a = 10.0\n"
PEER = """
import sys, time
from adafruit_ads1x15.ads1115 import ADS1115
from adafruit_ads1x15.ads1x15 import Mode
from adafruit_ads1x15.analog_in import AnalogIn
from drivers.virtual.bus import VirtualBus
bus = VirtualBus(sys.argv[1], "buyer")
channels = [AnalogIn(ADS1115(bus, address=a, gain=2/3, data_rate=860, mode=Mode.CONTINUOUS), 0)
            for a in (0x48, 0x49)]
for channel in channels: channel.voltage
print("ready", flush=True)
due = time.monotonic()
while True:
    for channel in channels: channel.voltage
    due += 1 / 860
    time.sleep(max(0.0, due - time.monotonic()))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    with plant_process(seed=1) as plant:
        home = plant.socket.parent / "n"
        _settings(home, plant.socket)
        environment = {**os.environ, "EVLOCK_HOME": str(home)}
        peer_argv = [sys.executable, "-c", PEER, str(plant.socket)]
        with (
            _running([sys.executable, "-m", "firmware.main"], environment) as (meterd, first_s),
            _running(peer_argv, environment) as (peer, _),
            Client(home / "run" / "meterd.sock") as client,
        ):
            before: dict[str, Any] = client.call("status")
            spent = {process: _cpu_s(process) for process in (meterd, peer)}
            begin_s = time.monotonic()
            time.sleep(seconds)
            after: dict[str, Any] = client.call("status")
            span_s = time.monotonic() - begin_s
            shares = {p: (_cpu_s(p) - spent[p]) / span_s * 100 for p in spent}
            rate = (after["samples"] - before["samples"]) / span_s
            sampled_s = after["first_sample_s"] - first_s
            print(f"{'':34}{'meterd':>10}{'AnalogIn':>10}")
            print(f"{'CPU share of one core, %':34}{shares[meterd]:10.1f}{shares[peer]:10.1f}")
            print(f"{'resident set, MiB':34}{_rss_mib(meterd):10.1f}{_rss_mib(peer):10.1f}")
            print(f"{'pairs of samples a second':34}{rate:10.1f}{'':>10}")
            print(f"{'late samples':34}{after['late'] - before['late']:10d}")
            print(f"{'process start to first sample, s':34}{sampled_s:10.2f}")
            print(f"meterd / AnalogIn, CPU: {shares[meterd] / shares[peer]:.2f}")


def _settings(home: Path, socket: Path) -> None:
    (home / "etc").mkdir(parents=True)
    board = board_configs.virtual(socket, "seller")
    (home / "etc" / "board.toml").write_text(board, encoding="utf-8")
    (home / "etc" / "node.toml").write_text(NODE, encoding="utf-8")


@contextmanager
def _running(
    argv: list[str], environment: dict[str, str]
) -> Iterator[tuple["subprocess.Popen[str]", float]]:
    """A program that has said "ready", and the moment of its start."""
    start_s = time.monotonic()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            argv, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                log.seek(0)
                sys.exit(f"{argv[-1]} did not start: {log.read()[-500:]}")
            time.sleep(1.0)
            yield process, start_s
        finally:
            process.kill()
            process.communicate()


def _cpu_s(process: "subprocess.Popen[str]") -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_S


def _rss_mib(process: "subprocess.Popen[str]") -> float:
    text = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in text.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
