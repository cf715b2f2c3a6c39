"""What meterd reads: board.toml (facts of the hardware) and its part of node.toml."""

from dataclasses import dataclass
from pathlib import Path

from firmware.domain.ceilings import Ceilings
from firmware.domain.delivery import Rules
from firmware.errors import ConfigError
from firmware.toml import Table, address_bytes


@dataclass(frozen=True)
class AdcConfig:
    address: int
    channel: int
    gain: float
    data_rate: int


@dataclass(frozen=True)
class LineConfig:
    line: int
    active_low: bool


@dataclass(frozen=True)
class BoardConfig:
    """One board: converters, sensors, relay lines, the known load."""

    name: str
    virtual_socket: Path | None
    virtual_board: str
    current_adc: AdcConfig
    voltage_adc: AdcConfig
    variant_a: int
    supply_v: float
    top_ohm: float
    bottom_ohm: float
    relay: LineConfig
    reference: LineConfig
    reference_ohm: float
    reference_tolerance: float


@dataclass(frozen=True)
class MeterConfig:
    """The owner's choices that bind the meter."""

    rules: Rules
    ceilings: Ceilings
    max_current_a: float
    enrolled: frozenset[bytes]


def read_board(path: Path) -> BoardConfig:
    """Parse and check board.toml; raises ConfigError naming file and key."""
    root = Table.of_file(path)
    board, virtual, adc = root.table("board"), root.table("virtual"), root.table("adc")
    sensor, relay, load = root.table("sensor"), root.table("relay"), root.table("reference_load")
    current, voltage = sensor.table("current"), sensor.table("voltage")
    _kind(current, "acs712")
    _kind(voltage, "divider")
    socket = virtual.take("socket", str, "")
    config = BoardConfig(
        name=board.take("name", str),
        virtual_socket=path.parent / socket if socket else None,
        virtual_board=virtual.take("board", str, ""),
        current_adc=_adc(adc.table("current")),
        voltage_adc=_adc(adc.table("voltage")),
        variant_a=_variant(current),
        supply_v=current.positive("supply_v", float, 5.0),
        top_ohm=voltage.positive("top_ohm", float),
        bottom_ohm=voltage.positive("bottom_ohm", float),
        relay=_line(relay),
        reference=_line(load),
        reference_ohm=load.positive("ohm", float),
        reference_tolerance=load.positive("tolerance", float),
    )
    for table in (board, virtual, adc, current, voltage, sensor, relay, load, root):
        table.done()
    return _distinct(config, path)


def read_meter(path: Path) -> MeterConfig:
    """The meter's part of node.toml: [limits], [trade] and [meters]."""
    root = Table.of_file(path)
    limits, trade, meters = root.table("limits"), root.table("trade"), root.table("meters")
    config = MeterConfig(
        rules=Rules(
            interval_s=trade.positive("reading_interval_s", float, 1.0),
            silence_s=trade.positive("silence_s", float, 1.5),
            pause_s=trade.positive("pause_s", float, 30.0),
            tolerance_permille=trade.positive("tolerance_permille", int, 50),
            tolerance_floor_uwh=trade.positive("tolerance_floor_uwh", int, 3_000),
        ),
        ceilings=Ceilings(
            limits.positive("max_trade_uwh", int), limits.positive("max_day_uwh", int)
        ),
        max_current_a=limits.positive("max_current_a", float),
        enrolled=frozenset(
            address_bytes(text, meters.where) for text in meters.strings("enrolled")
        ),
    )
    trade.take("final_wait_s", float, 5.0)  # noded's
    for table in (limits, trade, meters):
        table.done()
    return config


def _kind(table: Table, expected: str) -> None:
    kind = table.take("kind", str)
    if kind != expected:
        raise ConfigError(f"{table.where}: kind = {kind!r}, {expected!r} expected")


def _variant(table: Table) -> int:
    variant = table.take("variant_a", int)
    if variant not in (5, 20, 30):
        raise ConfigError(f"{table.where}: variant_a = {variant}, 5, 20 or 30 expected")
    return variant


def _adc(table: Table) -> AdcConfig:
    chip = table.take("chip", str)
    if chip != "ads1115":
        raise ConfigError(f"{table.where}: chip = {chip!r}, 'ads1115' expected")
    config = AdcConfig(
        address=table.take("address", int),
        channel=table.take("channel", int, 0),
        gain=table.positive("gain", float, 2 / 3),
        data_rate=table.positive("data_rate", int, 860),
    )
    if not 0x48 <= config.address <= 0x4B:
        raise ConfigError(f"{table.where}: address = {config.address:#x}, 0x48 to 0x4b expected")
    if not 0 <= config.channel <= 3:
        raise ConfigError(f"{table.where}: channel = {config.channel}, 0 to 3 expected")
    table.done()
    return config


def _line(table: Table) -> LineConfig:
    line = table.take("line", int)
    if not 0 <= line <= 255:
        raise ConfigError(f"{table.where}: line = {line}, 0 to 255 expected")
    return LineConfig(line, table.take("active_low", bool, True))


def _distinct(config: BoardConfig, path: Path) -> BoardConfig:
    if config.relay.line == config.reference.line:
        raise ConfigError(f"{path}: line {config.relay.line} is used twice", "CONFIG-PIN")
    if config.current_adc.address == config.voltage_adc.address:
        where = f"{config.current_adc.address:#x}"
        raise ConfigError(f"{path}: address {where} is used twice", "CONFIG-ADDRESS")
    return config
