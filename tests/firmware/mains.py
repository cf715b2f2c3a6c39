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
from firmware.errors import RpcFailed
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

    def delivery(self, seconds: float) -> "Delivery":
        """Both relays closed for about so long; again, if the machine lost samples meanwhile."""
        while True:
            before = self.status()
            found = self._delivered(before, seconds)
            if found is not None:
                return found
            wait_until(lambda: not self.status()["fault"], "samples again")

    def _delivered(self, before: dict[str, Any], seconds: float) -> "Delivery | None":
        begin = self.plant.call("state")
        self.seller.close()
        try:
            self.admin.call("relay", action="close", seconds=min(60.0, seconds + 20.0))
            time.sleep(seconds)
            middle = self.status()
            self.admin.call("relay", action="open")
        except RpcFailed as error:
            if error.code != "METER-GAP":
                raise
            return None
        finally:
            self.seller.open()
        after, end = self.status(), self.plant.call("state")
        if (after["gaps"], middle["relay_closed"]) != (before["gaps"], True):
            return None
        name = "delivered_true_uwh"
        measured = after["imported_uwh"] - before["imported_uwh"]
        return Delivery(measured, end[name] - begin[name], middle)


@dataclass(frozen=True)
class Delivery:
    """Microwatt-hours, measured and true, and the meter's status before the relay opened."""

    measured_uwh: int
    true_uwh: int
    status: dict[str, Any]

    @property
    def error(self) -> float:
        """Relative."""
        return self.measured_uwh / self.true_uwh - 1.0


@contextmanager
def mains(load: str = "resistive", seed: int = 3, text: str = "") -> Iterator[Mains]:
    """Plant and meterd, uncalibrated; `text` is another board's file than virtual-ac's."""
    facts = text or board_configs.text(BOARD)
    with tempfile.TemporaryDirectory(prefix="evm") as temporary:
        folder = Path(temporary)
        for name in ("seller", "buyer"):
            file = board_configs.with_plant(facts, folder / "plant.sock", name)
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
