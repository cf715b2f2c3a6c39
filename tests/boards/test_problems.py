"""What is wrong with a board file: every problem in one go, each with line and key."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import board_configs
from drivers.ads1115 import FULL_SCALE_V, RATES
from firmware import board_rules
from firmware.board import BoardConfig
from firmware.board_file import read_board
from firmware.errors import ConfigError
from firmware.toml_lines import index

FILE = Path("board.toml")
PI, AC, ARTIK, GENERIC = "raspberry-pi-4b", "virtual-ac", "artik-710s", "generic-linux"


def problems(text: str) -> list[str]:
    """The lines of the one error, or none."""
    try:
        read_board(FILE, text)
    except ConfigError as error:
        assert (error.exit_code, str(error).count("\n")) == (2, 0)
        return error.lines
    return []


def changed(name: str, key: str, literal: str | None) -> str:
    """A shipped board with another value for a dotted key; None leaves its line out."""
    text = board_configs.text(name)
    entry = index(text)[tuple(key.split("."))]
    if literal is None:
        lines = text.split("\n")
        return "\n".join([*lines[: entry.line - 1], *lines[entry.line :]])
    return text[: entry.begin] + literal + text[entry.end :]


CASES = [
    (
        PI,
        "adc.voltage.address",
        "0x48",
        "CONFIG-ADDRESS",
        "= 0x48: used twice with the same channel",
    ),
    (PI, "adc.voltage.address", "0x60", "CONFIG-VALUE", "= 0x60: 0x48 to 0x4b expected"),
    (
        PI,
        "adc.current.data_rate",
        "500",
        "CONFIG-VALUE",
        "8, 16, 32, 64, 128, 250, 475 or 860 expected",
    ),
    (PI, "adc.current.gain", "3", "CONFIG-VALUE", "0.667 (two thirds), 1, 2, 4, 8 or 16 expected"),
    (
        PI,
        "adc.current.gain",
        "2",
        "CONFIG-VALUE",
        "the sensor gives 3.5 V at 10 A, at most 2.048 V",
    ),
    (PI, "adc.current.channel", "4", "CONFIG-VALUE", "0 to 3 expected"),
    (PI, "adc.current.chip", '"mcp3008"', "CONFIG-VALUE", '"ads1115" or "iio" expected'),
    (PI, "sensor.current.variant_a", "21", "CONFIG-VALUE", "5, 20 or 30 expected"),
    (PI, "sensor.current.variant_a", '"20"', "CONFIG-VALUE", "a whole number expected"),
    (PI, "sensor.current.supply_v", "3.3", "CONFIG-VALUE", "4.5 to 5.5 expected"),
    (PI, "sensor.voltage.kind", '"transformer"', "CONFIG-VALUE", 'the mains are "dc"'),
    (
        PI,
        "sensor.voltage.top_ohm",
        "5000.0",
        "CONFIG-VALUE",
        "7.2 V at the pin at 12 V, at most 6.144 V",
    ),
    (PI, "sensor.voltage.top_ohm", "9" * 400, "CONFIG-VALUE", "9…: a number expected"),
    (PI, "sensor.voltage.top_ohm", "nan", "CONFIG-VALUE", "a number expected"),
    (PI, "reference_load.ohm", "1.0", "CONFIG-VALUE", "12 A at 12 V, at most 10 A expected"),
    (PI, "reference_load.tolerance", "0.6", "CONFIG-VALUE", "at most 0.5 expected"),
    (
        PI,
        "reference_load.line",
        "17",
        "CONFIG-PIN",
        "used twice (also line 51): another one expected",
    ),
    (PI, "relay.line", "28", "CONFIG-VALUE", "0 to 27 expected (BCM lines of the header)"),
    (PI, "relay.line", "2", "CONFIG-PIN", "taken by the I2C bus of the converters"),
    (PI, "relay.line", "10", "CONFIG-PIN", "taken by the SPI bus"),
    (PI, "relay.line", "14", "CONFIG-PIN", "taken by the serial console"),
    (PI, "relay.active_low", "1", "CONFIG-VALUE", "true or false expected"),
    (PI, "limits.max_current_a", "25", "CONFIG-VALUE", "at most 20 expected, the sensor's range"),
    (PI, "limits.max_current_a", "0", "CONFIG-VALUE", "a value above zero expected"),
    (PI, "gpio.driver", '"gpiod"', "CONFIG-VALUE", "[gpio] chip: missing, a text expected"),
    (PI, "gpio.driver", '"pigpio"', "CONFIG-VALUE", '"rpi", "gpiod" or "sysfs" expected'),
    (PI, "i2c.device", None, "CONFIG-VALUE", "[i2c] device: missing, the bus of [adc.current]"),
    (PI, "relay.line", None, "CONFIG-VALUE", "[relay] line: missing, a whole number expected"),
    (PI, "board.mains", '"ac"', "CONFIG-VALUE", "[board] frequency_hz: missing"),
    (PI, "board.name", '"Pi 4"', "CONFIG-VALUE", "small letters, digits and single hyphens"),
    (PI, "claims.card_copy", '"keys safe"', "CONFIG-VALUE", "the device secret is a file"),
    (PI, "claims.homes", "[]", "CONFIG-VALUE", '"software", "optee" expected'),
    (
        PI,
        "claims.device_secret",
        '"optee-huk"',
        "CONFIG-VALUE",
        'only with "optee" among the homes',
    ),
    (AC, "board.frequency_hz", "55", "CONFIG-VALUE", "50 or 60 expected"),
    (AC, "board.mains", '"dc"', "CONFIG-VALUE", 'frequency_hz = 50: only with mains = "ac"'),
    (AC, "sensor.voltage.kind", '"divider"', "CONFIG-VALUE", "a divider is not isolated"),
    (AC, "sensor.voltage.ratio", "0.01", "CONFIG-VALUE", "at least 3.25 expected"),
    (
        AC,
        "sensor.voltage.bias_v",
        "5.0",
        "CONFIG-VALUE",
        "6.63 V at the pin at 230 V, at most 6.144 V",
    ),
    (AC, "reference_load.ohm", "10.0", "CONFIG-VALUE", "23 A at 230 V, at most 20 A expected"),
    (AC, "virtual.board", '"meter"', "CONFIG-VALUE", '"seller" or "buyer" expected'),
    (ARTIK, "adc.voltage.device", None, "CONFIG-VALUE", "[adc.voltage] device: missing"),
    (ARTIK, "adc.voltage.channel", "0", "CONFIG-ADDRESS", "used twice with the same channel"),
    (ARTIK, "sensor.current.divider_top_ohm", None, "CONFIG-VALUE", "divider_top_ohm: missing"),
    (ARTIK, "sensor.voltage.bottom_ohm", "20000.0", "CONFIG-VALUE", "2.35 V at the pin at 12 V"),
    (AC, "case.line", "17", "CONFIG-PIN", "[case] line = 17: used twice (also line"),
    (AC, "case.line", "2", "CONFIG-PIN", "taken by the I2C bus of the converters"),
    (AC, "case.line", None, "CONFIG-VALUE", "[case] line: missing, a whole number expected"),
    (AC, "case.active_low", "0", "CONFIG-VALUE", "true or false expected"),
    (ARTIK, "relay.line", "512", "CONFIG-VALUE", "0 to 511 expected"),
    (GENERIC, "gpio.chip", None, "CONFIG-VALUE", "[gpio] chip: missing"),
]


@pytest.mark.parametrize(("name", "key", "literal", "code", "said"), CASES)
def test_one_wrong_value_is_told_with_its_place(
    name: str, key: str, literal: str | None, code: str, said: str
) -> None:
    lines = problems(changed(name, key, literal))
    told = [line for line in lines if said in line]
    assert len(told) == 1, lines
    assert re.match(rf"{code} board\.toml:(\d+: )? ?\[", told[0]), told
    assert "expected" in told[0] or "only with" in told[0]


def test_a_value_that_is_right_is_no_problem() -> None:
    for name in board_configs.names():
        assert problems(board_configs.text(name)) == []
    assert problems(changed(PI, "adc.voltage.gain", "0.667")) == []
    # One chip with two channels alternates: slower, but allowed.
    text = changed(PI, "adc.voltage.address", "0x48").replace("channel = 0", "channel = 1", 1)
    assert problems(text) == []


def test_everything_is_told_at_once_in_the_order_of_the_file() -> None:
    text = board_configs.text(PI)
    for old, new in (
        ("variant_a = 20 ", "variant_a = 21 "),
        ("address = 0x49", "address = 0x48"),
        ("line = 17 ", "lien = 17 "),
        ("[limits]", "[limit]"),
        ('title = "Raspberry Pi 4 Model B"', "title = 4"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    lines = problems(text)
    numbers = [int(number) for line in lines for number in re.findall(r"\.toml:(\d+)", line)]
    assert numbers == sorted(numbers)
    assert [line.split()[0] for line in lines] == [
        "CONFIG-VALUE",  # the table [limits] is not there: it has no line
        "CONFIG-VALUE",
        "CONFIG-ADDRESS",
        "CONFIG-VALUE",
        "CONFIG-VALUE",
        "CONFIG-KEY",
        "CONFIG-KEY",
    ]
    whole = "\n".join(lines)
    assert "board.toml: [limits]: this table is missing" in whole
    assert "[relay] lien: unknown key; line meant?" in whole
    assert "[limit]: unknown table; limits meant?" in whole
    assert "title = 4: a text expected" in whole
    with pytest.raises(ConfigError, match=r"\(and 6 more\)"):
        read_board(FILE, text)


BROKEN = ["[board", "a = 1\na = 2", "a = \n", 'a = "', f"a = {'9' * 5000}"]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_toml_is_told_with_its_line(broken: str) -> None:
    lines = problems(f"# first\n{broken}")
    assert len(lines) == 1
    assert re.match(r"CONFIG-SYNTAX board\.toml:[23]: ", lines[0]), lines


NUMBERS = "0 -1 1 28 1e9 1e-9 nan inf true [] {} [[1]] 1979-05-27".split()
TEXTS = ('""', '"x"', '"ac"', '"iio"', '"transformer"', '"gpiod"', '["optee", 5]', "{ a = 1 }")
LITERALS = st.sampled_from([*NUMBERS, *TEXTS])
CHANGES = st.lists(st.tuples(st.integers(0, 200), st.none() | LITERALS), min_size=1, max_size=5)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(board_configs.names()), CHANGES)
def test_any_wrong_values_are_told_and_nothing_falls_over(
    name: str, changes: list[tuple[int, str | None]]
) -> None:
    text = board_configs.text(name)
    for number, literal in changes:
        values = [entry for entry in index(text).values() if entry.end > entry.begin]
        entry = values[number % len(values)]
        begin = text.rindex("\n", 0, entry.begin) + 1 if literal is None else entry.begin
        text = text[:begin] + (literal or "# ") + text[begin if literal is None else entry.end :]
    for line in problems(text):
        assert re.match(r"CONFIG-[A-Z]+ board\.toml(:\d+)?: .", line)
        assert len(line) < 250


def test_what_is_nested_too_deeply_is_one_line() -> None:
    for deep in (
        "a = " + "[" * 100_000 + "]" * 100_000,
        "a = " + "{a = " * 100_000 + "1" + "}" * 100_000,
    ):
        assert problems(deep) == ["CONFIG-SYNTAX board.toml: nested too deeply"]


def test_the_rules_know_the_chip_that_the_driver_drives() -> None:
    assert list(board_rules.RATES) == list(RATES)
    assert board_rules.FULL_SCALE_V == FULL_SCALE_V


def test_a_good_file_gives_all_its_facts() -> None:
    board: BoardConfig = read_board(FILE, board_configs.text(ARTIK))
    assert board.current_adc.full_scale_v == pytest.approx(1.8, rel=1e-3)
    assert (board.relay.line, board.gpio.driver) == (128, "sysfs")
    ac = read_board(FILE, board_configs.text(AC))
    assert (ac.mains.nominal_v, ac.mains.frequency_hz, ac.mains.alternates) == (230.0, 50, True)
    assert (ac.voltage_sensor.ratio, ac.voltage_sensor.bias_v) == (0.005, 2.5)
    assert (ac.reference.ohm, ac.max_current_a) == (115.0, 20.0)
