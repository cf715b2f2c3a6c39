"""The shipped board files: named as they should be, explained, and honest."""

import re
from pathlib import Path

import pytest

import board_configs
from firmware.board_file import read_board
from firmware.board_rules import RESERVED
from firmware.errors import ConfigError
from firmware.toml_lines import index
from normal_world.cli import board_words
from normal_world.cli.header import pin_of
from tests.plant_process import ROOT

FILES = sorted((ROOT / "board_configs").glob("*.toml"), key=lambda file: file.stem)
NAMES = [file.stem for file in FILES]


def test_the_boards_of_the_project_are_there() -> None:
    expected = "artik-710s generic-linux raspberry-pi-3b raspberry-pi-4b raspberry-pi-5"
    assert set(NAMES) >= {*expected.split(), "raspberry-pi-zero-2w", "virtual", "virtual-ac"}
    assert board_configs.names() == NAMES


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_board_file_is_good_and_bears_its_own_name(file: Path) -> None:
    assert read_board(file).name == file.stem


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_every_key_is_explained_by_a_comment(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    for path, entry in index(text).items():
        if entry.end > entry.begin and isinstance(path[-1], str):
            assert re.search(r"  # .{3,}", lines[entry.line - 1]), lines[entry.line - 1]
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_claims_are_no_more_than_this_version_keeps(file: Path) -> None:
    """secured keeps its secret in a file and has the software home only: so nothing else."""
    claims = read_board(file).claims
    assert (claims.device_secret, claims.homes) == ("file", ("software",))
    assert (claims.network_takeover, claims.card_copy) == ("keys safe", "keys lost")
    assert claims.root == "keys readable by a determined root"
    text = " ".join(file.read_text(encoding="utf-8").replace("#", " ").split())
    if file.stem in ("raspberry-pi-3b", "raspberry-pi-5"):
        assert "OP-TEE has a port for this board, but TF-A calls it not secure" in text
    if file.stem in ("raspberry-pi-4b", "artik-710s"):
        assert "OP-TEE has no port for this board" in text


def test_a_pi_5_says_which_library_drives_it() -> None:
    assert "rpi-lgpio" in board_configs.text("raspberry-pi-5")
    assert "rpi-lgpio" not in board_configs.text("raspberry-pi-4b")


def test_on_plant_changes_nothing_but_the_parts(tmp_path: Path) -> None:
    for name in NAMES:
        socket = tmp_path / 'a "plant" 😀.sock'
        plain = read_board(Path("x"), board_configs.text(name))
        placed = read_board(Path("x"), board_configs.on_plant(name, socket, "buyer"))
        assert placed.virtual is not None
        assert (placed.virtual.socket, placed.virtual.board) == (socket, "buyer")
        assert placed.relay == plain.relay and placed.current_adc == plain.current_adc
    with pytest.raises(LookupError, match="raspberry-pi-5"):
        board_configs.text("../virtual")


def test_the_header_is_that_of_the_raspberry_pi() -> None:
    lines = {pin_of(line): line for line in range(28)}
    assert None not in lines and len(lines) == 28
    # pinout.xyz: power, ground and the two I2C lines at the upper end
    assert [lines.get(pin) for pin in range(1, 8)] == [None, None, 2, None, 3, None, 4]
    assert (lines[11], lines[13], lines[15], lines[40]) == (17, 27, 22, 21)
    assert not {17, 27, 22} & RESERVED.keys()


def test_the_tables_of_the_documents_are_those_of_the_files() -> None:
    page = (ROOT / "docs/boards.md").read_text(encoding="utf-8")
    for file in FILES:
        config = read_board(file)
        claims = config.claims
        facts = [f"`{config.name}`", config.title, board_words.mains(config)]
        facts += [board_words.converters(config), config.gpio.driver]
        assert f"| {' | '.join(facts)} |" in page
        said = [f"`{config.name}`", claims.device_secret, ", ".join(claims.homes)]
        said += [claims.network_takeover, claims.card_copy, claims.root]
        assert f"| {' | '.join(said)} |" in page


def test_every_key_of_every_file_is_in_the_document() -> None:
    page = (ROOT / "docs/boards.md").read_text(encoding="utf-8")
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        for path, entry in index(text).items():
            if entry.end > entry.begin and isinstance(path[-1], str):
                assert f"`{path[-1]}`" in page, path


def test_the_example_of_problems_in_the_document_is_real() -> None:
    page = (ROOT / "docs/boards.md").read_text(encoding="utf-8")
    text = board_configs.text("raspberry-pi-4b")
    for old, new in (("= 20 ", "= 21 "), ("0x49  #", "0x48  #"), ("line = 17", "lien = 17")):
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(ConfigError) as caught:
        read_board(Path("cellar.toml"), text)
    assert "\n".join(caught.value.lines) in page
