"""Makes the pictures of README: real runs of the demo, the doctor and the sensors; of auction.md.

    python docs/pictures/make.py            (about two minutes)
    python docs/pictures/make.py bill       (only the page of a bill)

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

import pypdfium2  # noqa: E402

from tests.cli import bill_world  # noqa: E402
from tests.cli.chain import network  # noqa: E402
from tests.field.bench import Bench, bench  # noqa: E402

EVLOCK = str(Path(sys.executable).with_name("evlock"))


def main() -> None:
    bill()
    if sys.argv[1:] == ["bill"]:
        return
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


def bill() -> None:
    """The page of five trades on a development chain (docs/bills.md); the meters are keys here."""
    with tempfile.TemporaryDirectory() as folder, network(Path(folder)) as chain:
        book = f"{folder}/contracts.json"
        where = ["--rpc", chain.url, "--book", book]
        subprocess.run([EVLOCK, "contracts", "deploy", *where], check=True)
        bill_world.households(chain)
        trades, begin = [], 0
        for number, energy in enumerate((900_000, 1_400_000, 1_250_000, 600_000, 1_100_000), 1):
            trades.append(bill_world.trade(chain, number, begin, energy))
            begin += energy
        words = ["--from", str(bill_world.market_file(Path(folder), trades)), *where]
        words += ["--issuer-name", "Solar roof, Lindenweg 4", "--purchaser-name", "Lindenweg 7"]
        words += ["--grid-tariff", str(300 * 10**15), "--out", f"{folder}/bill.json"]
        subprocess.run([EVLOCK, "bill", "make", *words], check=True)
        page = pypdfium2.PdfDocument(f"{folder}/bill.pdf")[0]
        drawn = page.render(scale=1.5).to_pil().quantize(64, dither=0)
        drawn.save(HERE / "bill.png", optimize=True)


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
