"""Reading of board.toml into a BoardConfig (docs/boards.md): all that is wrong, at once."""

import re
from pathlib import Path

from firmware.board import (
    AC,
    DC,
    BoardConfig,
    Claims,
    GpioConfig,
    LineConfig,
    Mains,
    Reference,
    Virtual,
)
from firmware.board_parts import adc, current_sensor, voltage_sensor
from firmware.board_rules import GPIO_DRIVERS, LINE_MAX, Tables, check
from firmware.toml import Table, reading
from firmware.toml_words import alternatives

FREQUENCIES_HZ = (50, 60)
NOMINAL_MAX_V = 1000.0
DEVICE_SECRETS = ("file", "rpi-otp", "optee-huk")
PLANT_BOARDS = ("seller", "buyer")
_HOUSEHOLD = re.compile(r"h\d\d")  # of a plant with a feeder: h01, h02, …
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def read_board(path: Path, text: str | None = None) -> BoardConfig:
    """Parse and check board.toml (or a text to be it); raises ConfigError, a line a problem."""
    with reading(path, text) as root:
        config, _ = _read(root, path)
    return config


def read_relays(path: Path) -> BoardConfig:
    """The board for somebody who only opens its relays: what is wrong elsewhere is left aside.

    A file that was spoilt after meterd had closed a relay must not keep it closed. Raises
    ConfigError if the lines, their polarity or their driver cannot be trusted.
    """
    root = Table.of_file(path)
    config, tables = _read(root, path)
    flaws = tables.gpio.flawed() | tables.relay.flawed() | tables.virtual.flawed()
    if flaws | (tables.load.flawed() - {"ohm", "tolerance"}):
        root.done()
    return config


def _read(root: Table, path: Path) -> tuple[BoardConfig, Tables]:
    adcs, sensors = root.table("adc"), root.table("sensor")
    tables = Tables(
        board=root.table("board"),
        i2c=root.table("i2c"),
        gpio=root.table("gpio"),
        current_adc=adcs.table("current"),
        voltage_adc=adcs.table("voltage"),
        current_sensor=sensors.table("current"),
        voltage_sensor=sensors.table("voltage"),
        relay=root.table("relay"),
        load=root.table("reference_load"),
        limits=root.table("limits"),
        claims=root.table("claims"),
        virtual=root.table("virtual"),
        case=root.table("case"),
    )
    config = _config(tables, path)
    check(config, tables)
    for table in (*tables, adcs, sensors):
        table.done()
    return config, tables


def _config(tables: Tables, path: Path) -> BoardConfig:
    board, load = tables.board, tables.load
    mains = _mains(board)
    return BoardConfig(
        name=_name(board),
        title=board.take("title", str),
        mains=mains,
        claims=_claims(tables.claims),
        i2c_device=tables.i2c.take("device", str, ""),
        gpio=_gpio(tables.gpio),
        current_adc=adc(tables.current_adc),
        voltage_adc=adc(tables.voltage_adc),
        current_sensor=current_sensor(tables.current_sensor),
        voltage_sensor=voltage_sensor(tables.voltage_sensor, mains),
        relay=_line(tables.relay),
        reference=Reference(_line(load), load.positive("ohm", float), _tolerance(load)),
        max_current_a=tables.limits.positive("max_current_a", float),
        virtual=_virtual(tables.virtual, path),
        case=_line(tables.case, active_low=False) if tables.case.present else None,
    )


def _name(board: Table) -> str:
    name = board.take("name", str)
    if board.sound("name") and not _NAME.fullmatch(name):
        board.wrong("name", "small letters, digits and single hyphens expected")
    return name


def _mains(board: Table) -> Mains:
    kind = board.one_of("mains", (DC, AC))
    frequency_hz = 0
    if kind == AC:
        frequency_hz = board.one_of("frequency_hz", FREQUENCIES_HZ)
    elif board.line("frequency_hz"):
        board.skip("frequency_hz")
        if board.sound("mains"):
            board.wrong("frequency_hz", 'only with mains = "ac"')
    return Mains(kind, board.between("nominal_v", float, 1.0, NOMINAL_MAX_V), frequency_hz)


def _claims(table: Table) -> Claims:
    return Claims(
        device_secret=table.one_of("device_secret", DEVICE_SECRETS),
        homes=tuple(table.strings("homes")),
        network_takeover=table.take("network_takeover", str),
        card_copy=table.take("card_copy", str),
        root=table.take("root", str),
    )


def _gpio(table: Table) -> GpioConfig:
    driver = table.one_of("driver", GPIO_DRIVERS)
    return GpioConfig(driver, table.take("chip", str) if driver == "gpiod" else "")


def _line(table: Table, active_low: bool = True) -> LineConfig:
    line = table.between("line", int, 0, LINE_MAX)
    return LineConfig(line, table.take("active_low", bool, active_low))


def _tolerance(table: Table) -> float:
    tolerance = table.positive("tolerance", float)
    if tolerance > 0.5 and table.sound("tolerance"):
        table.wrong("tolerance", "above 0, at most 0.5 expected (0.02 is 2 %)")
    return tolerance


def _virtual(table: Table, path: Path) -> Virtual | None:
    if not table.present:
        return None
    socket, board = table.take("socket", str), table.take("board", str)
    if board not in PLANT_BOARDS and not _HOUSEHOLD.fullmatch(board) and table.sound("board"):
        table.wrong("board", f"{alternatives(PLANT_BOARDS)} expected")
    return Virtual(path.parent / socket, board)
