"""docs/examples/strategy: installed as its README says, found, asked, and run by noded's parts."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.e2e.pair import running_pair
from tests.plant_process import ROOT, wait_until

EXAMPLE = ROOT / "docs/examples/strategy"
NODE = """\
[strategy]
name = "evening-peak"
amount_uwh = 5000000
price = 150000000000000000
keep_soc = 60
[strategy.battery]
empty_v = 11.9
full_v = 12.7
[limits]
max_trade_uwh = 10000000
max_day_uwh = 100000000
max_current_a = 10.0
"""
RUN = """\
[strategy]
name = "evening-peak"
every_s = 1
amount_uwh = 5000
price = 150000000000000000
keep_soc = 10
[strategy.battery]
empty_v = 10.0
full_v = 13.0
rest_s = 0
"""


@pytest.fixture(scope="module")
def target() -> Iterator[Path]:
    """The example in a throw-away folder of packages; offline where `wheel` is installed."""
    with tempfile.TemporaryDirectory(prefix="evx") as folder:
        source = Path(folder) / "source"
        source.mkdir()
        for name in ("pyproject.toml", "evening_peak.py", "README.md"):
            (source / name).write_text((EXAMPLE / name).read_text("utf-8"), "utf-8")
        place = Path(folder) / "packages"
        options = ["--quiet", "--no-deps", "--target", str(place)]
        if find_spec("wheel"):  # else pip fetches it for the build, as it does for our own wheel
            options += ["--no-index", "--no-build-isolation"]
        pip = [sys.executable, "-m", "pip", "install", *options, str(source)]
        done = subprocess.run(pip, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        yield place


def evlock(target: Path, home: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    (home / "etc").mkdir(exist_ok=True)
    if not (home / "etc/node.toml").exists():
        (home / "etc/node.toml").write_text(NODE, "utf-8")
    path = os.pathsep.join([str(ROOT), str(target)])
    environment = {**os.environ, "PYTHONPATH": path, "EVLOCK_HOME": str(home)}
    command = [sys.executable, "-m", "normal_world.cli.main", "strategy", *argv]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_it_is_found(target: Path, tmp_path: Path) -> None:
    done = evlock(target, tmp_path, "list")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["name", "package", "where"]
    assert ["evening-peak", "evlock-evening-peak", "1.0.0", "evening_peak:EveningPeak"] in lines
    assert ["limits", "evlock", "built", "in"] in lines


@pytest.mark.parametrize(
    ("moment", "would"),
    [
        (("--soc", "80", "--time", "19:00"), "sell 5 Wh at 0.15 token a kWh"),
        (("--soc", "60", "--time", "19:00"), "wait"),
        (("--time", "02:00", "--offer", "70000000000000000:5000000"), "buy 5 Wh"),
        (("--time", "02:00", "--offer", "80000000000000000:5000000"), "wait"),
        (("--time", "12:00"), "wait"),
    ],
)
def test_its_dry_run(target: Path, tmp_path: Path, moment: tuple[str, ...], would: str) -> None:
    done = evlock(target, tmp_path, "try", *moment)
    assert done.returncode == 0, done.stderr
    assert f"would     {would}" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_its_own_settings_are_checked(target: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    wrong = NODE.replace("keep_soc = 60", "keep_sock = 60")
    (tmp_path / "etc/node.toml").write_text(wrong, "utf-8")
    done = evlock(target, tmp_path, "try")
    assert done.returncode == 2
    assert done.stderr.startswith("CONFIG-KEY ")
    assert "node.toml:5" in done.stderr
    assert "keep_sock" in done.stderr


def test_without_the_package_its_name_is_refused(tmp_path: Path) -> None:
    done = evlock(tmp_path, tmp_path, "try")
    assert done.returncode == 2
    assert done.stderr.startswith("STRATEGY-UNKNOWN strategy 'evening-peak': not installed")


def test_noded_runs_it(target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a real pair, in a time zone where it is evening: the package's decision is an order."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(target)]))
    ahead = (19 - datetime.now(UTC).hour + 11) % 24 - 11
    monkeypatch.setenv("TZ", f"EVE{-ahead:+d}")  # POSIX counts westwards
    with (
        tempfile.TemporaryDirectory(prefix="evx") as folder,
        running_pair(Path(folder) / "p", 3) as pair,
    ):
        path = pair.stage.home.etc("seller") / "node.toml"
        with path.open("a", encoding="utf-8") as file:
            file.write(RUN)
        pair.stage.supervisor.kill("noded:seller")
        pair.stage.supervisor.restart("noded:seller")
        shown = evlock(target, pair.stage.home.node("seller"), "show")
        assert shown.returncode == 0, shown.stderr
        assert "while the battery has more than 10 %" in shown.stdout

        def ordered() -> bool:
            told = pair.stage.ask("noded", "seller", "strategy.show")
            return bool(told["orders"] == 1 and told["last"]["decision"] == "wait")

        wait_until(ordered, "the package's order, and its wait behind it")
        last = pair.stage.ask("noded", "seller", "strategy.show")["last"]
        waits = ("an offer is open", "order strategy:evening-peak:1 is not final yet")
        assert last["reason"] in waits
        sent = pair.stage.ask("noded", "seller", "transactions")["transactions"]
        assert [row["intent"] for row in sent] == ["offer:strategy:evening-peak:1"]
