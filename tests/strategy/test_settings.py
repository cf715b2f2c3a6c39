"""[strategy] of node.toml: what it means in words, and every mistake named with its line."""

import re
from pathlib import Path

import pytest

from firmware.errors import ConfigError
from firmware.toml import reading
from normal_world.strategy.limits import Limits
from normal_world.strategy_host.settings import StrategyConfig, make_strategy, read_strategy
from tests.plant_process import ROOT

LIMITS = "[limits]\nmax_trade_uwh = 1000\nmax_day_uwh = 2000\nmax_current_a = 1.0\n"
WHOLE = """\
[strategy]
name = "limits"
every_s = 5
interval_s = 600
max_open = 2
[strategy.battery]
empty_v = 11.9
full_v = 12.7
[strategy.sell]
amount_uwh = 5000000
price = 150000000000000000
min_price = 100000000000000000
start_soc = 70
stop_soc = 50
windows = ["18:00-22:00"]
days = ["mon", "fri"]
day_uwh = 50000000
min_credit = 5
[strategy.buy]
amount_uwh = 5000000
least_uwh = 1000000
max_price = 80000000000000000
start_soc = 30
stop_soc = 60
windows = ["23:00-06:00", "12:00-13:00"]
"""


def node_toml(folder: Path, text: str) -> Path:
    path = folder / "node.toml"
    path.write_text(text + LIMITS, "utf-8")
    return path


def config(path: Path) -> StrategyConfig:
    with reading(path) as root:
        found = read_strategy(root)
        root.skip("limits")
    return found


def wrong(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        make_strategy(node_toml(folder, text), Limits.of_settings)
    return caught.value.lines


def test_all_settings_in_plain_words(tmp_path: Path) -> None:
    path = node_toml(tmp_path, WHOLE)
    found = config(path)
    assert (found.name, found.every_s) == ("limits", 5.0)
    assert found.battery is not None
    assert (found.battery.empty_v, found.battery.full_v, found.battery.rest_s) == (11.9, 12.7, 300)
    lines = make_strategy(path, Limits.of_settings).describe()
    assert list(lines) == [
        "sells 5 Wh an offer, 18:00-22:00 on mon, fri",
        "  asks 0.15 token a kWh, never less than 0.1 token a kWh",
        "  at most 50 Wh a day",
        "  begins from 70 % of charge, goes on down to 50 %",
        "  only to buyers with credit 5",
        "buys 5 Wh at a time, or at least 1 Wh, 23:00-06:00 and 12:00-13:00",
        "  pays 0.08 token a kWh at most",
        "  begins at and below 30 % of charge, goes on up to 60 %",
        "at most 2 offers open, 600 s between orders",
    ]
    assert max(map(len, lines)) <= 78


def test_without_the_table_everything_is_by_hand(tmp_path: Path) -> None:
    assert config(node_toml(tmp_path, "")).name == "none"
    assert config(node_toml(tmp_path, '[strategy]\nname = "none"\nprice = 3\n')).name == "none"


def test_settings_without_a_name_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[strategy\] name: missing"):
        config(node_toml(tmp_path, "[strategy]\nevery_s = 5\n"))


def test_a_battery_that_is_fuller_when_empty(tmp_path: Path) -> None:
    text = '[strategy]\nname = "limits"\n[strategy.battery]\nempty_v = 13.0\nfull_v = 12.0\n'
    with pytest.raises(ConfigError, match="more than empty_v expected"):
        config(node_toml(tmp_path, text))


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("interval_s = 600", "intervall_s = 600", 4, "unknown key"),
        ("price = 150000000000000000", "price = 0.15", 11, "a whole number expected"),
        ("price = 150000000000000000", "price = 0", 11, "price"),
        ("min_price = 100000000000000000", "min_price = 200000000000000000", 12, "min_price"),
        ("stop_soc = 50", "stop_soc = 80", 13, "start_soc ≥ stop_soc"),
        ("stop_soc = 50\n", "", 13, "start_soc and stop_soc"),
        ('"18:00-22:00"', '"evening"', 15, "HH:MM-HH:MM expected"),
        ('"mon"', '"monday"', 16, "days"),
        ("stop_soc = 60", "stop_soc = 80", 24, "at most [strategy.sell] start_soc"),
        ("least_uwh = 1000000", "least_uwh = 6000000", 21, "least_uwh"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, says: str
) -> None:
    assert before in WHOLE
    (found,) = wrong(tmp_path, WHOLE.replace(before, after, 1))
    assert f"node.toml:{line}: [strategy" in found
    assert says in found


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    text = '[strategy]\nname = "limits"\n[strategy.sell]\nprice = 0\nfoo = 1\n'
    found = wrong(tmp_path, text)
    assert len(found) == 3
    assert any("amount_uwh: missing" in line for line in found)


def test_neither_selling_nor_buying_is_no_strategy(tmp_path: Path) -> None:
    (found,) = wrong(tmp_path, '[strategy]\nname = "limits"\n')
    assert "[strategy.sell], [strategy.buy] or both expected" in found


def test_the_example_of_the_documents_is_sound(tmp_path: Path) -> None:
    text = (ROOT / "docs/strategy.md").read_text("utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    path = node_toml(tmp_path, block)
    assert config(path).battery is not None
    lines = make_strategy(path, Limits.of_settings).describe()
    assert "sells 5 Wh an offer, 18:00-22:00 on mon, tue, wed, thu, fri" in lines
