"""docs/threat-model.md names tests that exist, every board, and each attack once."""

import re

import board_configs
from tests.plant_process import ROOT

PAGE = (ROOT / "docs/threat-model.md").read_text("utf-8")
STATES = ("shown", "shown both ways", "part", "later")


def test_every_test_it_names_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/.]+)`", PAGE))
    assert len(named) > 30
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_board_has_its_row() -> None:
    assert [name for name in board_configs.names() if f"`{name}`" not in PAGE] == []


def test_each_attack_has_one_row_with_its_state() -> None:
    rows = [line.split("|")[1:] for line in PAGE.splitlines() if line.startswith("| A")]
    ids = [name.strip() for row in rows for name in row[0].split(",")]
    assert ids == [f"A{number:02}" for number in range(1, 35)]
    assert {row[2].strip() for row in rows} <= set(STATES)
    for row in rows:  # nothing is claimed without a place to look at
        assert ("`tests/" in row[4]) is (row[2].strip() != "later")
