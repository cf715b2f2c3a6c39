"""The buses, converters and lines of the board, from what meterd's `diagnose` tells."""

from collections.abc import Iterator
from typing import Any

from normal_world.diagnosis.result import Facts, Result, fail, ok, skipped

ADS1115 = range(0x48, 0x4C)  # SBAS444, table "ADDR Pin Connection"
ADDR_PIN = {0x48: "GND", 0x49: "VDD", 0x4A: "SDA", 0x4B: "SCL"}
NO_METERD = "meterd does not answer"


def told(facts: Facts, name: str) -> tuple[dict[str, Any] | None, Result]:
    """meterd's facts, or why this check is skipped."""
    meter = facts["meter"]
    if meter is None:
        return None, skipped(name, NO_METERD)
    if meter["trading"]:
        return None, skipped(name, "the meter trades, or its relay is closed by hand")
    return meter, skipped(name, "")


def bus(facts: Facts) -> Iterator[Result]:
    meter, no = told(facts, "bus")
    if meter is None:
        yield no
        return
    i2c = meter["i2c"]
    if not i2c.get("used", True):
        yield skipped("bus", "this board has no converter on I2C")
    elif i2c.get("exists") is False and i2c["virtual"]:
        yield bad("bus", f"no plant at {i2c['path']}", "start it: evlock plant --socket PATH …")
    elif i2c.get("exists") is False:
        do = "switch I2C on: raspi-config, Interface Options, I2C; then reboot"
        yield bad("bus", f"no {i2c['path']}", do)
    elif i2c.get("permitted") is False:
        do = f"sudo adduser {i2c['user']} {i2c['group']}; restart evlock-meterd"
        yield bad("bus", f"user {i2c['user']} may not use {i2c['path']}", do)
    elif i2c.get("error"):
        do = "is the adapter sound? dmesg | grep i2c; SDA and SCL shorted?"
        yield bad("bus", i2c["error"], do)
    else:
        found = addresses(i2c.get("found") or []) or "nobody answers on it"
        yield ok("bus", f"{i2c['path']}: {found}")


def converters(facts: Facts) -> Iterator[Result]:
    for channel in ("current", "voltage"):
        name = f"adc-{channel}"
        meter, no = told(facts, name)
        if meter is None:
            yield no
            continue
        adc = meter["adc"][channel]
        yield _iio(name, adc) if adc.get("chip") == "iio" else _ads1115(name, adc, meter["i2c"])


def _ads1115(name: str, adc: dict[str, Any], i2c: dict[str, Any]) -> Result:
    found, address = i2c.get("found"), adc.get("address")
    if found is None or address is None:
        return skipped(name, "the bus could not be looked at")
    where = f"ADS1115 at {address:#04x}, channel {adc['channel']}"
    if address in found:
        return ok(name, where)
    others = [other for other in found if other in ADS1115]
    if others:
        pins = ", ".join(f"{other:#04x} (ADDR on {ADDR_PIN[other]})" for other in others)
        do = f"ADDR pin to {ADDR_PIN.get(address, '?')}, or correct `address` in board.toml"
        return bad(name, f"nobody at {address:#04x}; there is {pins}", do)
    if found:
        do = "power of the converter? SDA and SCL in place? Then its ADDR pin"
        return bad(name, f"nobody at {address:#04x}; there is {addresses(found)}", do)
    do = "supply, ground, SDA and SCL of the converters; pull-ups of 1 to 10 kΩ"
    return bad(name, f"nobody at {address:#04x}, nor at any other address", do)


def _iio(name: str, adc: dict[str, Any]) -> Result:
    if adc.get("exists") is False:
        do = "is `device` in board.toml right? ls /sys/bus/iio/devices"
        return bad(name, f"no {adc['path']}", do)
    if adc.get("permitted") is False:
        do = f"sudo adduser {adc['user']} {adc['group']}; restart evlock-meterd"
        return bad(name, f"user {adc['user']} may not read {adc['path']}", do)
    if adc.get("error"):
        return bad(name, adc["error"], "is the converter's driver sound? dmesg | grep iio")
    return ok(name, f"{adc['device']} channel {adc['channel']}: raw {adc['raw']}")


def lines(facts: Facts) -> Iterator[Result]:
    for key, name, row in (
        ("relay", "relay", "relay_line"),
        ("reference_load", "reference", "reference_line"),
    ):
        meter, no = told(facts, name)
        if meter is None:
            yield no
            continue
        line, board = meter["lines"][key], meter["board"]
        where = f"line {board[row]}, driver {board['gpio']['driver']}"
        if line.get("error"):
            do = "right line in board.toml? held by another program? group gpio?"
            yield bad(name, f"{where}: {line['error']}", do)
        elif line["reads"] != "open":
            do = "`active_low` of board.toml wrong? Disconnect the load before you go on"
            yield bad(name, f"{where} reads closed, open expected", do)
        else:
            yield ok(name, f"{where}: reads open")


def case(facts: Facts) -> Iterator[Result]:
    meter = facts["meter"]  # read all the time, in a trade too
    if meter is None:
        yield skipped("case", NO_METERD)
        return
    line, fault = meter["board"].get("case_line"), meter.get("case_fault")
    if line is None:
        yield skipped("case", "the board has no switch in its case")
    elif fault:
        yield bad("case", fault, "right line in board.toml? held by another program? group gpio?")
    elif meter.get("case_opened"):
        do = "shut the lid; if it is shut, look at the switch and its wire"
        yield bad("case", f"line {line} reads opened", do)
    else:
        yield ok("case", f"line {line} reads shut")


def addresses(found: list[int]) -> str:
    """`0x48, 0x49`"""
    return ", ".join(f"{address:#04x}" for address in found)


def bad(name: str, found: str, do: str) -> Result:
    return fail(name, found, do, hardware=True)
