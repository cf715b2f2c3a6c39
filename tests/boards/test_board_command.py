"""evlock board: list, show, check and new as a technician meets them."""

import json
from pathlib import Path
from typing import Any

import pytest

import board_configs
from firmware.board_file import read_board
from normal_world.cli.main import run

PIS = [name for name in board_configs.names() if name.startswith("raspberry-pi")]
NODE = """[node]
name = "cellar"
[chain]
rpc = "http://127.0.0.1:8545"
[link]
listen = "0.0.0.0:7400"
[limits]
max_trade_uwh = 1000000
max_day_uwh = 10000000
max_current_a = 8.0
[telemetry]
[history]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVLOCK_DEBUG", raising=False)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, list[str]]:
    """Exit code, what --json printed (or None), and the lines on stderr."""
    capsys.readouterr()
    code = run(["board", *arguments])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, err.splitlines()


def test_list_names_every_board(capsys: pytest.CaptureFixture[str]) -> None:
    code, listed, _ = told(capsys, "list", "--json")
    assert (code, [board["name"] for board in listed["boards"]]) == (0, board_configs.names())
    assert run(["board", "list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in board_configs.names())
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", board_configs.names())
def test_show_says_where_everything_goes_and_what_is_lost(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["board", "show", name]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "card or disk copied                keys lost" in out
    if name in PIS:
        assert "main relay, IN       GPIO 17, header pin 11; closes at a low level" in out
        assert "SDA pin 3, SCL pin 5" in out
    code, shown, _ = told(capsys, "show", name, "--json")
    assert (code, shown["name"], shown["claims"]["card_copy"]) == (0, name, "keys lost")


def test_check_tells_every_problem_of_both_files(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    board = folder / "board.toml"
    board.write_text(board_configs.text("raspberry-pi-4b"), encoding="utf-8")
    node = folder / "node.toml"
    node.write_text(NODE, encoding="utf-8")
    assert told(capsys, "check", "board.toml", "--node", "node.toml", "--json") == (
        0,
        {"file": "board.toml", "good": True, "problems": []},
        [],
    )
    wrong = NODE.replace("= 8.0", "= 12.0").replace('"cellar"', "5")
    node.write_text(wrong.replace("[history]", "[histroy]"), encoding="utf-8")
    code, out, lines = told(capsys, "check", "board.toml", "--node", "node.toml", "--json")
    assert (code, out["good"], len(out["problems"])) == (2, False, 3)
    assert lines[0].startswith("CONFIG-VALUE node.toml:10: [limits] max_current_a = 12.0: at most")
    assert lines[1] == "CONFIG-KEY node.toml:12: [histroy]: unknown table; history meant?"
    assert lines[2] == "CONFIG-VALUE node.toml:2: [node] name = 5: a text expected"
    board.write_text(board.read_text().replace("line = 17", "line = 3"), encoding="utf-8")
    lines = told(capsys, "check", "board.toml", "--node", "node.toml")[2]
    assert lines[0].startswith("CONFIG-PIN board.toml:51: [relay] line = 3: taken by the I2C bus")
    assert [line.split(": ")[0] for line in lines[1:]] == [
        "CONFIG-KEY node.toml:12",
        "CONFIG-VALUE node.toml:2",
    ]


@pytest.mark.parametrize("name", PIS)
def test_new_makes_an_ac_board_of_any_pi(
    name: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    code, out, _ = told(
        capsys,
        *("new", "cellar", "--from", name, "--mains", "ac", "--frequency", "60"),
        *("--variant", "30", "--relay-line", "22", "--active-high", "--json"),
    )
    assert (code, out["file"]) == (0, "cellar.toml")
    made, source = (
        read_board(folder / "cellar.toml"),
        read_board(Path(name), board_configs.text(name)),
    )
    assert (made.name, made.mains.kind, made.mains.nominal_v, made.mains.frequency_hz) == (
        *("cellar", "ac", 230.0),
        60,
    )
    assert (made.current_sensor.variant_a, made.voltage_sensor.kind) == (30, "transformer")
    assert (made.relay.line, made.relay.active_low, made.reference.line.active_low) == (
        *(22, False),
        False,
    )
    assert (made.gpio, made.current_adc, made.claims) == (
        *(source.gpio, source.current_adc),
        source.claims,
    )
    text = (folder / "cellar.toml").read_text(encoding="utf-8")
    assert "pin 15 of the header" in text and "behind the divider" not in text
    assert told(capsys, "check", "cellar.toml", "--json")[0] == 0


def test_new_never_overwrites(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "mine.toml").write_text("precious")
    code, _, lines = told(capsys, "new", "mine", "--from", "virtual")
    assert (code, lines) == (2, ["CLI-USAGE mine.toml: exists already, another --output expected"])
    assert (folder / "mine.toml").read_text() == "precious"


def test_new_goes_back_to_dc_and_lowers_the_limit_with_the_sensor(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    arguments = ("--from", "virtual-ac", "--mains", "dc", "--variant", "5", "--output", "b.toml")
    assert told(capsys, "new", "small", *arguments, "--json")[0] == 0
    made = read_board(folder / "b.toml")
    assert (made.mains.kind, made.mains.frequency_hz, made.max_current_a) == ("dc", 0, 5.0)
    assert (made.voltage_sensor.top_ohm, made.reference.ohm) == (30_000.0, 10.0)


def test_new_reads_a_file_that_is_laid_out_otherwise(folder: Path) -> None:
    """Blank lines in tables, no comments, defaults left out, no end of line at the end."""
    text = "\n\n".join(
        line.partition("  #")[0]
        for line in board_configs.text("raspberry-pi-4b").splitlines()
        if line and not line.startswith(("#", "active_low", "gain", "data_rate", "channel"))
    )
    (folder / "mine.toml").write_text(text)
    options = ["--mains", "ac", "--active-high", "--title", 'Cellar "B" 😀', "--output", "b.toml"]
    assert run(["board", "new", "b", "--from", "mine.toml", *options]) == 0
    made = read_board(folder / "b.toml")
    assert (made.title, made.mains.nominal_v, made.relay.active_low) == (
        'Cellar "B" 😀',
        230.0,
        False,
    )
    assert made.reference.line.active_low is False


def test_new_fits_the_transformer_to_a_converter_of_1_8_volts(folder: Path) -> None:
    assert run(["board", "new", "a", "--from", "artik-710s", "--mains", "ac"]) == 0
    made = read_board(folder / "a.toml").voltage_sensor
    assert (made.kind, made.bias_v, made.ratio) == ("transformer", 0.9, 0.0022)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "raspberry-pi-6"], "CLI-USAGE", "raspberry-pi-5"),
        (["show", "none.toml"], "CONFIG-MISSING", "none.toml: no such file"),
        (["check", "."], "CONFIG-MISSING", ".: Is a directory"),
        (["new", "x", "--from", "virtual", "--mains", "tc"], "CLI-USAGE", "ac or dc expected"),
        (
            ["new", "x", "--from", "virtual", "--frequency", "50"],
            "CLI-USAGE",
            "only with --mains ac",
        ),
        (
            ["new", "x", "--from", "virtual", "--variant", "7"],
            "CONFIG-VALUE",
            "5, 20 or 30 expected",
        ),
        (["new", "x", "--from", "virtual", "--relay-line", "27"], "CONFIG-PIN", "used twice"),
        (["new", "X y", "--from", "virtual"], "CONFIG-VALUE", "small letters"),
        (
            ["new", "x", "--from", "virtual", "--mains", "ac", "--nominal-v", "5000"],
            "CONFIG-",
            "1000",
        ),
        (["new", "x", "--from", "virtual", "--output", "no/such/x.toml"], "CLI-FILE", "no/such"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    arguments: list[str], code: str, said: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    exit_code, _, lines = told(capsys, *arguments)
    assert exit_code == 2 and len(lines) <= 2
    assert lines[0].startswith(code) and said in lines[0]
    assert list(folder.iterdir()) == []
