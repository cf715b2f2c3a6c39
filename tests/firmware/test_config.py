"""Board and node files: what is wrong is said in one line with file and key."""

from importlib.resources import files
from pathlib import Path

import pytest

from firmware.board_file import read_board
from firmware.config import read_meter
from firmware.errors import ConfigError
from firmware.places import Places

TEMPLATE = (files("board_configs") / "virtual.toml").read_text(encoding="utf-8")
NODE = "[limits]\nmax_trade_uwh = 5\nmax_day_uwh = 6\nmax_current_a = 10.0\n"


def written(folder: Path, text: str, name: str = "board.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_virtual_board_is_valid(tmp_path: Path) -> None:
    board = read_board(written(tmp_path, TEMPLATE))
    assert (board.name, board.current_sensor.variant_a, board.current_adc.data_rate) == (
        "virtual",
        20,
        860,
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("variant_a = 20", "variant_a = 21", "variant_a = 21: 5, 20 or 30 expected"),
        ("address = 0x49", "address = 0x48", "used twice with the same channel (also line "),
        ("address = 0x49", "address = 0x60", "0x48 to 0x4b expected"),
        ("line = 27", "line = 17", "line = 17: used twice (also line "),
        ('kind = "acs712"', 'kind = "acs999"', '"acs712" expected'),
        (
            "variant_a = 20",
            'variant_a = 20\ncolour = "red"',
            "[sensor.current] colour: unknown key",
        ),
        ("variant_a = 20", 'variant_a = "20"', "a whole number expected"),
        ("[board]", "[board", "board.toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEMPLATE
    path = written(tmp_path, TEMPLATE.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read_board(path)
    text = str(caught.value)
    assert said in text and "board.toml" in text and "\n" not in text.strip()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml: no such file"):
        read_board(tmp_path / "nothing.toml")


def test_the_owners_limits_are_required_and_positive(tmp_path: Path) -> None:
    meter = read_meter(written(tmp_path, NODE, "node.toml"))
    assert (meter.rules.silence_s, meter.rules.pause_s) == (1.5, 30.0)
    with pytest.raises(ConfigError, match="max_day_uwh: missing"):
        read_meter(written(tmp_path, NODE.replace("max_day_uwh = 6\n", ""), "node.toml"))
    with pytest.raises(ConfigError, match="above zero"):
        read_meter(written(tmp_path, NODE.replace("= 5", "= -5"), "node.toml"))
    with pytest.raises(ConfigError, match="40 hexadecimal digits"):
        read_meter(written(tmp_path, NODE + '[meters]\nenrolled = ["0x12"]\n', "node.toml"))


def test_a_socket_path_that_the_system_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="longer than 107 bytes"):
        Places.under(tmp_path / ("x" * 110)).socket("meterd")
