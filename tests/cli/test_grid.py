"""evlock grid: storage, purchase, transfer, acknowledgement, faults, and the alerts of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from normal_world.chain.acts import payment_rounded_down
from normal_world.cli.main import run
from tests.cli.chain import ETHER, Network, Typed

RATE, DEVICE = 25 * 10**16, "0x" + "73" * 20
PLACE = "--latitude 48.137154 --longitude -11.5"
STORE = f"grid add-storage --capacity-uwh 5000 --energy-uwh 2000 {PLACE} --rate {RATE}"
TIMES = "--start 2026-11-20T18:00 --end 2026-11-20T19:00"


@pytest.fixture(scope="module")
def people(deployed: Network) -> Iterator[tuple[str, str]]:
    """Grid and customer; the customer has tokens."""
    yield deployed.person("grid"), deployed.person("customer")


@pytest.fixture
def typed(evlock: Typed, people: tuple[str, str]) -> Typed:
    if not evlock(f"token balance --account {people[1]}")["base_units"]:
        evlock(f"token buy --amount {ETHER}", by="customer")
    return evlock


def test_from_storage_to_acknowledgement(typed: Typed, people: tuple[str, str]) -> None:
    grid, customer = people
    assert typed(STORE, by="grid")["available_uwh"] == 2000
    buying = f"grid purchase --grid {grid} --energy-uwh 1500 --max-rate {RATE}"
    told = typed(buying, by="customer")
    assert told["cost"] == payment_rounded_down(1500, RATE)
    assert typed(f"token balance --account {grid}")["base_units"] == told["cost"]
    moving = f"grid transfer --customer {customer} --device {DEVICE} --energy-uwh 1000 {TIMES}"
    typed(moving, by="grid")
    typed(f"grid acknowledge --grid {grid} --energy-uwh 400", by="customer")
    shown = typed(f"grid show --grid {grid} --customer {customer}")
    between = [shown[f"{what}_uwh"] for what in ("purchased", "transferred", "acknowledged")]
    assert between == [1500, 1000, 400]
    assert (shown["available_uwh"], shown["purchase_count"], shown["bill"]) == (500, 1, None)
    typed(f"grid fault --customer {customer} --code 7", by="grid")
    events = typed(f"grid alerts --grid {grid} --customer {customer}")["events"]
    names = [row["event"] for row in events]
    assert names == ["StorageAdded", "Purchased", "Transferred", "Acknowledged", "Fault"]
    assert events[0]["values"]["latitude_e6"] == 48_137_154
    assert events[0]["values"]["longitude_e6"] == -11_500_000
    assert "1000 µWh through 0x7373" in typed.text(f"grid alerts --grid {grid}")
    for refused, name, by in (
        (buying, "StorageShort", "customer"),
        (moving, "NotPurchased", "grid"),
        (f"grid acknowledge --grid {grid} --energy-uwh 601", "NotTransferred", "customer"),
        (STORE.replace("2000", "4501"), "CapacityExceeded", "grid"),
    ):
        typed.refused(refused, 5, name, by=by)
        assert "; " in typed.error  # the advice


def test_who_may_not(typed: Typed, people: tuple[str, str], deployed: Network) -> None:
    grid, customer = people
    typed(STORE, by="grid")
    stranger = deployed.person("stranger")
    typed.refused(
        f"grid fault --grid {grid} --customer {customer} --code 1", 5, "NotParty", by="stranger"
    )
    buying = f"grid purchase --grid {stranger} --energy-uwh 1 --max-rate 1"
    typed.refused(buying, 5, "GridUnknown", by="customer")
    assert "evlock grid add-storage" in typed.error
    buying = f"grid purchase --grid {grid} --energy-uwh 1 --max-rate {RATE}"
    typed.refused(buying, 5, "OwnStorage", by="grid")
    buying = f"grid purchase --grid {grid} --energy-uwh 1 --max-rate {RATE - 1}"
    typed.refused(buying, 5, "RateAboveBound", by="customer")
    deployed.person("poor")
    buying = f"grid purchase --grid {grid} --energy-uwh 1 --max-rate {RATE}"
    typed.refused(buying, 7, "STATE-TOKENS", by="poor")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (STORE.replace("2000", "0"), "--energy-uwh"),
        (STORE.replace("2000", str(2**64)), "--energy-uwh"),
        (STORE.replace(f"--rate {RATE}", "--rate 0"), "--rate"),
        (STORE.replace("48.137154", "91"), "-90 to 90"),
        (STORE.replace("48.137154", "north"), "-90 to 90"),
        (STORE.replace("48.137154", "48.1371541"), "at most six decimals"),
        (STORE.replace("48.137154", "1e999999"), "-90 to 90"),
        (f"grid purchase --grid 0x12 --energy-uwh 1 --max-rate {RATE}", "40 hexadecimal"),
        (
            f"grid transfer --customer {DEVICE} --device {DEVICE} --energy-uwh 1 "
            "--start 2026-11-20T19:00 --end 2026-11-20T18:00",
            "an end after the start",
        ),
        ("grid fault --code 7", "the other side expected"),
        (f"grid fault --code 65536 --grid {DEVICE}", "--code"),
    ],
)
def test_what_cannot_be_meant(typed: Typed, words: str, told: str) -> None:
    typed.refused(words, 2, told)


def test_the_demo_ends_with_a_bill_on_chain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grid", "demo"]) == 0
    out = capsys.readouterr().out
    for words in ("adds storage", "StorageShort", "NotAcknowledged", "bills", "alert"):
        assert words in out
    assert "verifies the bill" in out and "page drawn anew" in out
    assert run(["grid", "demo", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["bill_sha256"]) == 64
    assert told["gas_used"] == sum(step["gas_used"] or 0 for step in told["steps"])
    events = [row["event"] for row in told["alerts"]]
    assert events[:2] == ["StorageAdded", "Purchased"]
    assert "Billed" in events


def test_a_demo_plays_on_another_node_as_well(deployed: Network) -> None:
    key = str(deployed.folder / "rich.key")
    deployed.person("rich")
    assert run(["operator", "demo", "--rpc", deployed.url, "--key", key, "--json"]) == 0


def test_the_demos_bill_is_kept_and_needs_no_page(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("normal_world.scenario.bill.find_spec", lambda _name: None)
    assert run(["grid", "demo", "--keep", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "not drawn" in out and "not checked" in out
    (kept,) = tmp_path.iterdir()
    assert kept.name in out
    assert run(["bill", "verify", str(kept)]) == 0
