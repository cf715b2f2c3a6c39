"""A real meterd on the plant's alternating current; its relay is moved by the technician."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import board_configs
from drivers.relay import Relay
from drivers.virtual.gpio import VirtualGPIO
from firmware.jsonrpc import Client
from tests.plant_process import ROOT, PlantProcess, plant_process, wait_until

NODE = "[limits]\nmax_trade_uwh = 1000000\nmax_day_uwh = 1000000\nmax_current_a = 18.0\n"
BOARD = "virtual-ac"


@dataclass
class Mains:
    """The meter under test is the plant's buyer; `seller` is the other side's main relay."""

    plant: PlantProcess
    admin: Client
    process: subprocess.Popen[str]
    seller: Relay

    def status(self) -> dict[str, Any]:
        return dict(self.admin.call("status"))

    def calibrate(self, seconds: float = 1.0) -> dict[str, Any]:
        """Zero and reference load, as a technician with a multimeter does."""
        wait_until(lambda: self.status()["voltage_v"], "a first window")
        self.admin.call("calibrate.zero", seconds=seconds)
        self.admin.call("reference_load", closed=True)
        start_s = self.plant.call("state")["time_s"]
        wait_until(lambda: self.plant.call("state")["time_s"] > start_s + 0.45, "time passes")
        shown = self.plant.call("instrument", {"board": "buyer", "seconds": 0.4})
        found = dict(
            self.admin.call(
                "calibrate.load",
                seconds=seconds,
                voltage_v=shown["voltage_v"],
                current_a=shown["current_a"],
            )
        )
        self.admin.call("reference_load", closed=False)
        return found

    def deliver(self, seconds: float) -> tuple[float, float, dict[str, Any]]:
        """(measured, true) microwatt-hours of a delivery, and the status in its middle."""
        before, true_before = self.status(), self.plant.call("state")["delivered_true_uwh"]
        self.seller.close()
        self.admin.call("relay", action="close", seconds=min(60.0, seconds + 5.0))
        time.sleep(seconds)
        middle = self.status()
        self.admin.call("relay", action="open")
        self.seller.open()
        after, true_after = self.status(), self.plant.call("state")["delivered_true_uwh"]
        return (
            after["imported_uwh"] - before["imported_uwh"],
            true_after - true_before,
            middle,
        )


@contextmanager
def mains(
    load: str = "resistive", seed: int = 3, board: str = BOARD, boards: str | None = None
) -> Iterator[Mains]:
    """Plant and meterd, uncalibrated."""
    with tempfile.TemporaryDirectory(prefix="evm") as temporary:
        folder = Path(temporary)
        text = boards or board_configs.text(board)
        for name in ("seller", "buyer"):
            file = board_configs.with_plant(text, folder / "plant.sock", name)
            (folder / f"{name}.toml").write_text(file, encoding="utf-8")
        options = [f"--board={name}={folder / name}.toml" for name in ("seller", "buyer")]
        with plant_process(seed=seed, folder=folder, options=[*options, f"--load={load}"]) as plant:
            home = folder / "b"
            for place in ("etc", "run"):
                (home / place).mkdir(parents=True)
            (home / "etc" / "board.toml").write_text((folder / "buyer.toml").read_text())
            (home / "etc" / "node.toml").write_text(NODE)
            with _meterd(home) as process, Client(home / "run" / "meterd-admin.sock", 90) as admin:
                seller = Relay(VirtualGPIO(plant.socket, "seller"), 17, active_low=True)
                yield Mains(plant, admin, process, seller)


@contextmanager
def _meterd(home: Path) -> Iterator["subprocess.Popen[str]"]:
    with (home / "log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "firmware.main"],
            cwd=ROOT,
            env={**os.environ, "EVLOCK_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", (home / "log").read_text()
        yield process
    finally:
        process.kill()
        process.communicate()
        if os.environ.get("EVLOCK_SHOW_LOG"):
            print((home / "log").read_text())
