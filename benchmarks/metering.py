"""CPU of evlock-meterd on a shipped board, its parts served by the plant."""

import os
import sys
import tempfile
import time
from pathlib import Path

import board_configs
from benchmarks.sampling import NODE, _cpu_s, _running
from tests.plant_process import plant_process


def share(board: str, seconds: float) -> float:
    """Per cent of one core over `seconds`, while it measures and nobody asks."""
    with tempfile.TemporaryDirectory(prefix="evc") as temporary:
        folder = Path(temporary)
        for name in ("seller", "buyer"):
            text = board_configs.on_plant(board, folder / "plant.sock", name)
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        options = [f"--board={name}={folder / name}.toml" for name in ("seller", "buyer")]
        with plant_process(folder=folder, options=options):
            home = folder / "n"
            (home / "etc").mkdir(parents=True)
            (home / "etc" / "board.toml").write_text((folder / "seller.toml").read_text())
            (home / "etc" / "node.toml").write_text(NODE, encoding="utf-8")
            environment = {**os.environ, "EVLOCK_HOME": str(home)}
            argv = [sys.executable, "-m", "firmware.main"]
            with _running(argv, environment) as (process, _):
                spent_s, begin_s = _cpu_s(process), time.monotonic()
                time.sleep(seconds)
                return (_cpu_s(process) - spent_s) / (time.monotonic() - begin_s) * 100.0
