"""Makes the pictures of README: real runs of the demo, the doctor and the sensors; of auction.md.

    python docs/pictures/make.py            (about two minutes)

The node is the test bench's: a plant, a development chain and the three programs, set up by
`evlock setup`. Then three things are broken: an address in board.toml, the keys, the chain.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from tests.field.bench import Bench, bench  # noqa: E402

EVLOCK = str(Path(sys.executable).with_name("evlock"))


def main() -> None:
    community()
    picture("demo.svg", "demo", "--seed", "3", at=24.0)
    with bench() as node:
        node.set_up()
        node.sampling()
        os.environ["EVLOCK_HOME"] = str(node.home)
        picture("doctor.svg", "doctor")
        picture("sensor-watch.svg", "sensor", "watch", at=8.0)
        break_three(node)
        picture("doctor-faults.svg", "doctor")


def community() -> None:
    """Three days of a simulated community (docs/auction.md)."""
    with tempfile.TemporaryDirectory() as folder:
        command = [EVLOCK, "auction", "simulate", "--days", "3", "--out", f"{folder}/out"]
        subprocess.run(command, check=True)
        for name in ("energy", "prices", "gains"):
            shutil.copyfile(f"{folder}/out/{name}.png", HERE / f"auction-{name}.png")


def break_three(node: Bench) -> None:
    """A wrong address, locked keys, no chain."""
    node.stop("meterd")
    board = node.home / "etc" / "board.toml"
    text = board.read_text("utf-8")
    board.write_text(text.replace("address = 0x49", "address = 0x4b", 1), "utf-8")
    node.start("meterd")
    node.done("key", "lock")
    node.stop("chain")


def picture(name: str, *arguments: str, at: float = 60.0) -> None:
    """What stands on the terminal `at` seconds after the command began, or at its end."""
    take = [sys.executable, str(HERE / "take.py"), str(HERE / name), "--at", str(at)]
    subprocess.run([*take, "--rows", "70", "--", "evlock", *arguments], check=True)


if __name__ == "__main__":
    os.environ["PATH"] = f"{Path(EVLOCK).parent}{os.pathsep}{os.environ['PATH']}"
    main()
