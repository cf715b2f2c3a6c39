"""node.toml has two readers: each tells all that is wrong, and knows the other's tables."""

from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.config import TABLES, read_meter
from firmware.errors import ConfigError
from normal_world.config import read_node

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
"""
READERS: list[Callable[[Path], object]] = [read_meter, read_node]


def lines(reader: Callable[[Path], object], folder: Path, text: str) -> list[str]:
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    try:
        reader(path)
    except ConfigError as error:
        return [line.replace(f"{folder}/", "") for line in error.lines]
    return []


@pytest.mark.parametrize("reader", READERS)
def test_an_unknown_table_is_an_error_in_both(
    reader: Callable[[Path], object], tmp_path: Path
) -> None:
    assert lines(reader, tmp_path, NODE) == []
    known = ", ".join(sorted(TABLES))
    assert lines(reader, tmp_path, f"{NODE}[telemetri]\n[battery]\n") == [
        "CONFIG-KEY node.toml:11: [telemetri]: unknown table; telemetry meant?",
        f"CONFIG-KEY node.toml:12: [battery]: unknown table; known here: {known}",
    ]


def test_the_meter_leaves_the_tables_of_the_node_alone(tmp_path: Path) -> None:
    others = "".join(f"[{name}]\nanything = 1\n" for name in ("strategy", "telemetry", "chain"))
    text = f"[limits]{NODE.split('[limits]')[1]}{others}[strategy.battery]\n"
    assert lines(read_meter, tmp_path, text) == []


def test_the_node_tells_all_of_its_own_at_once(tmp_path: Path) -> None:
    text = NODE.replace("[chain]\n", "[chain]\nrcp = 5\n").replace('rpc = "http', '# "http')
    text = text.replace('name = "cellar"', "name = 5")
    text += '[meters]\nenrolled = ["0x12", 5]\n[[link.peers]]\nmeter = "0x0"\naddress = "here"\n'
    text += '[secure_world]\nhome = "optee"\n'
    assert lines(read_node, tmp_path, text) == [
        "CONFIG-VALUE node.toml:2: [node] name = 5: a text expected",
        "CONFIG-VALUE node.toml:3: [chain] rpc: missing, a text expected",
        "CONFIG-KEY node.toml:4: [chain] rcp: unknown key; rpc meant?",
        'CONFIG-VALUE node.toml:13: [meters] enrolled = ["0x12", 5]: a list of texts expected',
        'CONFIG-VALUE node.toml:15: [link.peers.#1] meter = "0x0": '
        "0x and 40 hexadecimal digits expected",
        'CONFIG-VALUE node.toml:16: [link.peers.#1] address = "here": host:port expected',
        'CONFIG-VALUE node.toml:18: [secure_world] home = "optee": "software" expected',
    ]


def test_every_wrong_meter_of_a_list_has_its_own_line(tmp_path: Path) -> None:
    good = "0x" + "ab" * 20
    text = f'{NODE}[meters]\nenrolled = [\n  "{good}",\n  "0x12",\n  "{good[:-1]}g",\n]\n'
    told = lines(read_meter, tmp_path, text)
    assert [line.split(":")[1] for line in told] == ["14", "15"]
