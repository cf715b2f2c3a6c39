"""The committed artefacts belong to the committed sources, and the sources keep the house rules.

That the compiler makes these very bytes is what `python -m contracts.gen --check` proves.
"""

import json
import re
from pathlib import Path

import pytest

import contracts
from contracts.compiler import ROOT, source_hash
from contracts.gen import PLACES, differences
from tests.contracts.abi import types_of

UNITS = [
    (unit, artefacts / f"{unit.stem}.json")
    for sources, artefacts in PLACES
    for unit in sorted(sources.glob("*.sol"))
]
SOLIDITY = sorted((ROOT / "contracts" / "src").rglob("*.sol"))


@pytest.mark.parametrize(("unit", "artefact"), UNITS, ids=lambda path: path.name)
def test_artefact_is_of_this_source(unit: Path, artefact: Path) -> None:
    """If this fails: make gen."""
    kept = json.loads(artefact.read_text(encoding="utf-8"))
    assert kept["source_hash"] == source_hash(unit.relative_to(ROOT).as_posix())


def test_an_unknown_contract_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        contracts.load("Nothing")


def test_a_meter_fills_exactly_one_slot() -> None:
    layout = contracts.load("MeterRegistry")["storage_layout"]
    (meters,) = [row for row in layout if row["label"] == "meters"]
    assert {member["slot"] for member in meters["members"]} == {0}
    assert sum(member["bytes"] for member in meters["members"]) == 32


@pytest.mark.parametrize("label", ["book", "purses"])
def test_an_offer_and_a_purse_fill_exactly_one_slot(label: str) -> None:
    layout = contracts.load("EnergyMarket")["storage_layout"]
    (found,) = [row for row in layout if row["label"] == label]
    assert {member["slot"] for member in found["members"]} == {0}
    assert sum(member["bytes"] for member in found["members"]) == 32


def test_differences_are_readable() -> None:
    old = {"bytecode": "0x6000", "abi": [1], "source_hash": "aa"}
    new = {"bytecode": "0x600055", "abi": [1, 2], "source_hash": "aa"}
    assert list(differences("Market", old, new)) == [
        "Market: abi differs (1 entries -> 2 entries)",
        "Market: bytecode differs (0x6000… 6 characters -> 0x600055… 8 characters)",
    ]
    assert list(differences("Market", {}, new)) == ["Market: new"]
    assert list(differences("Market", new, new)) == []


@pytest.mark.parametrize("path", SOLIDITY, ids=lambda path: path.name)
def test_no_time_no_origin_no_chance_no_plain_require(path: Path) -> None:
    """A21, A25, A27; and every refusal is a custom error."""
    text = path.read_text(encoding="utf-8")
    for word in (r"block\.timestamp", r"tx\.origin", r"blockhash", r"require\(", r'revert\("'):
        assert not re.search(rf"(?<!\w){word}", text), word


def test_no_text_and_no_free_bytes_on_chain() -> None:
    """A17: no text and no bytes of any length come in or out."""
    for name in ("MeterRegistry", "EnergyMarket"):
        for entry in contracts.load(name)["abi"]:
            if entry["type"] in ("function", "event"):
                assert not re.search(r"\b(string|bytes)\b", ",".join(types_of(entry["inputs"])))


def test_every_custom_error_is_reached_by_a_test() -> None:
    interfaces = "".join(path.read_text(encoding="utf-8") for path in SOLIDITY)
    tests = "".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")
    )
    for error in re.findall(r"^\s*error (\w+)\(", interfaces, re.MULTILINE):
        assert f'"{error}"' in tests, error


def test_the_lock_names_no_host() -> None:
    lock = json.loads((ROOT / "contracts" / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
