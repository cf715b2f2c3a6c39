"""Reading of board.toml into a BoardConfig; every wrong key is named with its place."""

from pathlib import Path

from firmware.board import (
    AC,
    DC,
    AdcConfig,
    BoardConfig,
    Claims,
    CurrentSensor,
    GpioConfig,
    LineConfig,
    Mains,
    Reference,
    Virtual,
    VoltageSensor,
)
from firmware.errors import ConfigError
from firmware.toml import Table

LINE_MAX = 511  # ARTIK 710s counts its lines through all chips: the relay is on 128


def read_board(path: Path) -> BoardConfig:
    """Parse and check board.toml; raises ConfigError naming file and key."""
    root = Table.of_file(path)
    board, adc, sensor = root.table("board"), root.table("adc"), root.table("sensor")
    i2c, load, limits = root.table("i2c"), root.table("reference_load"), root.table("limits")
    mains = _mains(board)
    current, relay = _current_sensor(sensor.table("current")), root.table("relay")
    config = BoardConfig(
        name=board.take("name", str),
        title=board.take("title", str),
        mains=mains,
        claims=_claims(root.table("claims")),
        i2c_device=i2c.take("device", str, ""),
        gpio=_gpio(root.table("gpio")),
        current_adc=_adc(adc.table("current")),
        voltage_adc=_adc(adc.table("voltage")),
        current_sensor=current,
        voltage_sensor=_voltage_sensor(sensor.table("voltage"), mains),
        relay=_line(relay),
        reference=Reference(
            _line(load), load.positive("ohm", float), load.positive("tolerance", float)
        ),
        max_current_a=limits.positive("max_current_a", float),
        virtual=_virtual(root.table("virtual"), path),
    )
    for table in (board, adc, sensor, i2c, load, limits, relay, root):
        table.done()
    return _distinct(config, path)


def _mains(board: Table) -> Mains:
    kind = _one_of(board, "mains", (DC, AC))
    frequency = board.take("frequency_hz", int) if kind == AC else 0
    if kind == AC and frequency not in (50, 60):
        raise ConfigError(f"{board.where}: frequency_hz = {frequency}, 50 or 60 expected")
    return Mains(kind, board.positive("nominal_v", float), frequency)


def _claims(table: Table) -> Claims:
    claims = Claims(
        device_secret=_one_of(table, "device_secret", ("file", "rpi-otp", "optee-huk")),
        homes=tuple(table.strings("homes")),
        network_takeover=table.take("network_takeover", str),
        card_copy=table.take("card_copy", str),
        root=table.take("root", str),
    )
    table.done()
    return claims


def _gpio(table: Table) -> GpioConfig:
    driver = _one_of(table, "driver", ("rpi", "gpiod", "sysfs"))
    chip = table.take("chip", str) if driver == "gpiod" else ""
    table.done()
    return GpioConfig(driver, chip)


def _adc(table: Table) -> AdcConfig:
    chip = _one_of(table, "chip", ("ads1115", "iio"))
    channel, rate = table.take("channel", int, 0), table.positive("data_rate", int, 860)
    if chip == "iio":
        config = AdcConfig(chip, channel, rate, device=table.take("device", str))
    else:
        address, gain = table.take("address", int), table.positive("gain", float, 2 / 3)
        if not 0x48 <= address <= 0x4B:
            raise ConfigError(f"{table.where}: address = {address:#x}, 0x48 to 0x4b expected")
        if not 0 <= channel <= 3:
            raise ConfigError(f"{table.where}: channel = {channel}, 0 to 3 expected")
        config = AdcConfig(chip, channel, rate, address=address, gain=gain)
    table.done()
    return config


def _current_sensor(table: Table) -> CurrentSensor:
    _one_of(table, "kind", ("acs712",))
    variant = table.take("variant_a", int)
    if variant not in (5, 20, 30):
        raise ConfigError(f"{table.where}: variant_a = {variant}, 5, 20 or 30 expected")
    sensor = CurrentSensor(
        variant,
        table.positive("supply_v", float, 5.0),
        table.take("divider_top_ohm", float, 0.0),
        table.positive("divider_bottom_ohm", float, 1.0),
    )
    table.done()
    return sensor


def _voltage_sensor(table: Table, mains: Mains) -> VoltageSensor:
    kind = _one_of(table, "kind", ("transformer",) if mains.alternates else ("divider",))
    if kind == "transformer":
        ratio, bias_v = table.positive("ratio", float), table.positive("bias_v", float)
        sensor = VoltageSensor(kind, ratio=ratio, bias_v=bias_v)
    else:
        top_ohm, bottom_ohm = table.positive("top_ohm", float), table.positive("bottom_ohm", float)
        sensor = VoltageSensor(kind, top_ohm=top_ohm, bottom_ohm=bottom_ohm)
    table.done()
    return sensor


def _line(table: Table) -> LineConfig:
    line = table.take("line", int)
    if not 0 <= line <= LINE_MAX:
        raise ConfigError(f"{table.where}: line = {line}, 0 to {LINE_MAX} expected")
    return LineConfig(line, table.take("active_low", bool, True))


def _virtual(table: Table, path: Path) -> Virtual | None:
    socket = table.take("socket", str, "")
    board = table.take("board", str, "")
    table.done()
    return Virtual(path.parent / socket, board) if socket else None


def _one_of(table: Table, key: str, choices: tuple[str, ...]) -> str:
    value = table.take(key, str)
    if value not in choices:
        expected = " or ".join(repr(choice) for choice in choices)
        raise ConfigError(f"{table.where}: {key} = {value!r}, {expected} expected")
    return value


def _distinct(config: BoardConfig, path: Path) -> BoardConfig:
    if config.relay.line == config.reference.line.line:
        raise ConfigError(f"{path}: line {config.relay.line} is used twice", "CONFIG-PIN")
    current, voltage = config.current_adc, config.voltage_adc
    if current.place == voltage.place and current.channel == voltage.channel:
        where = f"{current.device or hex(current.address)} channel {current.channel}"
        raise ConfigError(f"{path}: {where} is used twice", "CONFIG-ADDRESS")
    return config
