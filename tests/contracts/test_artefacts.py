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
from tests.contracts.abi import NAMES, types_of

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


NEVER = (
    *(r"block\.timestamp", r"(?<![.\w])now\b", r"tx\.origin", r"blockhash", r"blobhash"),
    *(r"prevrandao", r"block\.difficulty", r"coinbase", r"selfdestruct", r"delegatecall"),
    *(r"require\(", r'revert\("', r"\.send\(", r"\.call\{?\("),
)


def without_comments(path: Path) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", SOLIDITY, ids=lambda path: path.name)
def test_no_time_no_origin_no_chance_no_plain_require(path: Path) -> None:
    """A21, A25, A27; no bare calls; and every refusal is a custom error."""
    for word in NEVER:
        assert not re.search(rf"(?<!\w){word}", without_comments(path)), word


# Orders, ranks and payouts of a whole round, packed: compared by their hash, never kept.
PACKED = {("EnergyAuction", name) for name in ("clear", "pay", "payoutsOf", "linkOf")}
# OpenZeppelin's, written by the constructor with our own names.
NAMED = {"_name", "_symbol", "_nameFallback", "_versionFallback"}
FREE = re.compile(r"\b(string|bytes)\b")


@pytest.mark.parametrize("name", NAMES)
def test_a17_no_text_and_no_free_bytes_on_chain(name: str) -> None:
    """No string and no bytes of any length in events, in storage, or in calls that keep them."""
    artefact = contracts.load(name)
    for entry in artefact["abi"]:
        if entry["type"] in ("function", "event", "constructor"):
            words = ",".join(types_of(entry["inputs"]))
            assert not FREE.search(words) or (name, entry.get("name")) in PACKED, entry
    for row in artefact["storage_layout"]:
        assert not FREE.search(row["type"]) or row["label"] in NAMED, row


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


def test_the_page_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
    for name in re.findall(r"`(test_\w+\.py)`", page):
        assert (Path(__file__).parent / name).exists(), name
