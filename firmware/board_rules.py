"""What must hold between the facts of a board: pins, pairs, full scales, currents, claims."""

import math
from typing import NamedTuple

from drivers.acs712 import SENSITIVITY_V_PER_A
from firmware.board import BoardConfig
from firmware.toml import Table

# The chip's settings (TI SBAS444, "Config Register Field Descriptions"): here without the
# driver's libraries, which the evlock command need not load; a test holds them equal to it.
FULL_SCALE_V = {2 / 3: 6.144, 1.0: 4.096, 2.0: 2.048, 4.0: 1.024, 8.0: 0.512, 16.0: 0.256}
RATES = (8, 16, 32, 64, 128, 250, 475, 860)
GPIO_DRIVERS = ("rpi", "gpiod", "sysfs")
LINE_MAX = 511  # ARTIK 710s counts its lines through all chips: the relay is on 128
HEADER_LINES = 27  # BCM 0 to 27 are on the 40-pin header of a Raspberry Pi
RESERVED = {  # of that header: lines that the system drives by itself
    **dict.fromkeys((0, 1), "the ID EEPROM of a HAT"),
    **dict.fromkeys((2, 3), "the I2C bus of the converters"),
    **dict.fromkeys(range(7, 12), "the SPI bus"),
    **dict.fromkeys((14, 15), "the serial console"),
}
HOMES = ("software", "optee")
KEYS_SAFE, KEYS_LOST = "keys safe", "keys lost"


class Tables(NamedTuple):
    """Where the facts of a BoardConfig were read: problems are noted there."""

    board: Table
    i2c: Table
    gpio: Table
    current_adc: Table
    voltage_adc: Table
    current_sensor: Table
    voltage_sensor: Table
    relay: Table
    load: Table
    limits: Table
    claims: Table
    virtual: Table
    case: Table


def check(config: BoardConfig, tables: Tables) -> None:
    """Note every contradiction; keys that are wrong already are left out."""
    for rule in (_lines, _converters, _current_pin, _voltage_pin, _currents, _claims):
        rule(config, tables)


def on_header(config: BoardConfig) -> bool:
    """Whether lines are counted as on a Raspberry Pi's header (BCM)."""
    return config.gpio.driver == "rpi" or config.name.startswith("raspberry-pi")


def _lines(config: BoardConfig, tables: Tables) -> None:
    used = [(tables.relay, config.relay.line), (tables.load, config.reference.line.line)]
    if config.case is not None:
        used.append((tables.case, config.case.line))
    taken: dict[int, Table] = {}
    for table, line in used:
        if not table.sound("line"):
            continue
        if on_header(config):
            _on_header(table, line)
        if line in taken:
            _twice(table, "line", taken[line].line("line"), "CONFIG-PIN")
        taken.setdefault(line, table)


def _on_header(table: Table, line: int) -> None:
    if line > HEADER_LINES:
        table.wrong("line", f"0 to {HEADER_LINES} expected (BCM lines of the header)")
    elif line in RESERVED:
        table.wrong("line", f"taken by {RESERVED[line]}; another line expected", "CONFIG-PIN")


def _converters(config: BoardConfig, tables: Tables) -> None:
    current, voltage = config.current_adc, config.voltage_adc
    on_bus = [
        name
        for name, adc, table in (
            ("current", current, tables.current_adc),
            ("voltage", voltage, tables.voltage_adc),
        )
        if adc.chip == "ads1115" and table.sound("chip")
    ]
    if on_bus and not config.i2c_device:
        tables.i2c.wrong("device", f"missing, the bus of [adc.{on_bus[0]}] expected")
    key = "device" if voltage.chip == "iio" else "address"
    if not (tables.voltage_adc.sound(key, "channel") and tables.current_adc.sound(key, "channel")):
        return
    if (current.place, current.channel) == (voltage.place, voltage.channel):
        also = tables.current_adc.line(key)
        _twice(tables.voltage_adc, key, also, "CONFIG-ADDRESS", " with the same channel")


def _current_pin(config: BoardConfig, tables: Tables) -> None:
    """The sensor's output at the largest current must be within the converter's full scale."""
    sensor, adc, table = config.current_sensor, config.current_adc, tables.current_adc
    scale = "gain" if adc.chip == "ads1115" else "scale_mv"
    if not (
        tables.current_sensor.sound("variant_a", "supply_v", "divider_top_ohm")
        and tables.current_sensor.sound("divider_bottom_ohm")
        and tables.limits.sound("max_current_a")
        and table.sound("chip", scale)
    ):
        return
    swing_v = SENSITIVITY_V_PER_A[sensor.variant_a] / 5.0 * sensor.supply_v * config.max_current_a
    share = sensor.divider_bottom_ohm / (sensor.divider_top_ohm + sensor.divider_bottom_ohm)
    pin_v = (sensor.supply_v / 2 + swing_v) * share
    if 0 < adc.full_scale_v < pin_v and config.max_current_a <= sensor.variant_a:
        what = f"the sensor gives {pin_v:.3g} V at {config.max_current_a:g} A"
        _beyond(table, scale, what, adc.full_scale_v)


def _voltage_pin(config: BoardConfig, tables: Tables) -> None:
    """The nominal voltage's peak at the pin must be within the converter's full scale."""
    sensor, adc, table = config.voltage_sensor, config.voltage_adc, tables.voltage_sensor
    scale = "gain" if adc.chip == "ads1115" else "scale_mv"
    keys = ("ratio", "bias_v") if sensor.kind == "transformer" else ("top_ohm", "bottom_ohm")
    if not (
        table.sound("kind", *keys)
        and tables.board.sound("nominal_v", "mains")
        and tables.voltage_adc.sound("chip", scale)
    ):
        return
    nominal_v = config.mains.nominal_v
    if sensor.kind == "transformer":
        swing_v = math.sqrt(2) * nominal_v * sensor.ratio
        pin_v = sensor.bias_v + swing_v
        if swing_v > sensor.bias_v:
            what = f"{sensor.bias_v - swing_v:.3g} V at the pin at the lowest of {nominal_v:g} V"
            table.wrong("bias_v", f"{what}; at least {swing_v:.3g} expected")
    else:
        pin_v = nominal_v * sensor.bottom_ohm / (sensor.top_ohm + sensor.bottom_ohm)
    if 0 < adc.full_scale_v < pin_v:
        what = f"{pin_v:.3g} V at the pin at {nominal_v:g} V"
        _beyond(table, keys[0], what, adc.full_scale_v)


def _currents(config: BoardConfig, tables: Tables) -> None:
    limits, load = tables.limits, tables.load
    limit_a, variant_a = config.max_current_a, config.current_sensor.variant_a
    bounds = []
    if tables.current_sensor.sound("variant_a"):
        bounds.append(float(variant_a))
        if limits.sound("max_current_a") and limit_a > variant_a:
            limits.wrong("max_current_a", f"at most {variant_a} expected, the sensor's range")
    if limits.sound("max_current_a"):
        bounds.append(limit_a)
    if not (bounds and load.sound("ohm") and tables.board.sound("nominal_v")):
        return
    load_a = config.mains.nominal_v / config.reference.ohm
    if load_a > min(bounds):
        what = f"{load_a:.3g} A at {config.mains.nominal_v:g} V"
        load.wrong("ohm", f"{what}, at most {min(bounds):g} A expected (sensor, [limits])")


def _claims(config: BoardConfig, tables: Tables) -> None:
    claims, table = config.claims, tables.claims
    if table.present and (not claims.homes or not set(claims.homes) <= set(HOMES)):
        table.wrong("homes", 'a list of "software", "optee" expected')
    if not table.sound("device_secret", "card_copy"):
        return
    if claims.device_secret == "optee-huk" and "optee" not in claims.homes:
        table.wrong("device_secret", 'only with "optee" among the homes')
    if claims.device_secret == "file" and not claims.card_copy.startswith(KEYS_LOST):
        table.wrong(
            "card_copy", f'"{KEYS_LOST}…" expected: the device secret is a file on the card'
        )


def _twice(table: Table, key: str, also: int, code: str, how: str = "") -> None:
    table.wrong(key, f"used twice{how} (also line {also}): another one expected", code)


def _beyond(table: Table, key: str, what: str, full_scale_v: float) -> None:
    table.wrong(key, f"{what}, at most {full_scale_v:g} V expected (full scale of the converter)")
