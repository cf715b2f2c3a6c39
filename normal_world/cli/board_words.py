"""A board's facts in words, for `evlock board show` and `list`."""

from firmware.board import AdcConfig, BoardConfig, LineConfig
from firmware.board_rules import on_header
from normal_world.cli.header import pin_of

SECRETS = {
    "file": "a file on the card or disk",
    "rpi-otp": "one-time programmable memory of the chip",
    "optee-huk": "the processor's hardware key, seen by OP-TEE only",
}
PINS = {0x48: "ground", 0x49: "the supply", 0x4A: "SDA", 0x4B: "SCL"}  # SBAS444, "I2C Address"


def mains(config: BoardConfig) -> str:
    """`12 V DC`, `230 V AC, 50 Hz`."""
    told = f"{config.mains.nominal_v:g} V"
    return f"{told} AC, {config.mains.frequency_hz} Hz" if config.mains.alternates else f"{told} DC"


def converters(config: BoardConfig) -> str:
    """`ads1115`, or both kinds when they differ."""
    return ", ".join(dict.fromkeys((config.current_adc.chip, config.voltage_adc.chip)))


def brief(config: BoardConfig) -> str:
    """The board in one line of at most 80 columns."""
    facts = (
        mains(config),
        f"converters {converters(config)}",
        f"GPIO {config.gpio.driver}",
        f"home {', '.join(config.claims.homes)}",
        f"secret {config.claims.device_secret}",
    )
    return "; ".join(facts)


def wiring(config: BoardConfig) -> list[tuple[str, str]]:
    """What goes to which pin: (part, place)."""
    sensor = config.current_sensor
    top, bottom = sensor.divider_top_ohm, sensor.divider_bottom_ohm
    rows = [
        (f"ACS712 x{sensor.variant_a:02}A, output", _input(config.current_adc)),
        (f"{config.voltage_sensor.kind}, tap", _input(config.voltage_adc)),
    ]
    if top:
        rows.insert(1, ("divider between them", f"{top:g} ohm, {bottom:g} ohm to ground"))
    for adc, other in ((config.current_adc, None), (config.voltage_adc, config.current_adc)):
        if adc.chip == "ads1115" and (other is None or adc.place != other.place):
            rows.append((f"ADS1115 {adc.address:#x}, ADDR", PINS[adc.address]))
    if config.i2c_device:
        pins = ": SDA pin 3, SCL pin 5" if on_header(config) else ""
        rows.append(("I2C bus", f"{config.i2c_device}{pins}"))
    rows.append(("main relay, IN", _line(config, config.relay)))
    rows.append(("reference relay, IN", _line(config, config.reference.line)))
    return rows


def facts(config: BoardConfig) -> list[tuple[str, str]]:
    """Everything else: (name, value)."""
    sensor, load = config.current_sensor, config.reference
    load_a = config.mains.nominal_v / load.ohm
    rows = [
        ("mains", mains(config)),
        ("current sensor", f"ACS712, up to {sensor.variant_a} A, supply {sensor.supply_v:g} V"),
        ("current converter", _adc(config.current_adc)),
        ("voltage sensor", _voltage(config)),
        ("voltage converter", _adc(config.voltage_adc)),
        ("GPIO", " ".join((config.gpio.driver, config.gpio.chip)).rstrip()),
        ("reference load", f"{load.ohm:g} ohm ±{load.tolerance * 100:g} %, {load_a:.2f} A"),
        ("largest current", f"{config.max_current_a:g} A"),
    ]
    if config.virtual is not None:
        rows.append(("virtual parts", f"{config.virtual.board} at {config.virtual.socket}"))
    return rows


def claims(config: BoardConfig) -> list[tuple[str, str]]:
    """The board's honest row, in plain words."""
    told = config.claims
    return [
        ("network-facing process taken over", told.network_takeover),
        ("card or disk copied", told.card_copy),
        ("somebody is root on the board", told.root),
        ("keys are sealed by", SECRETS[told.device_secret]),
        ("secure-world homes", ", ".join(told.homes)),
    ]


def section(title: str, rows: list[tuple[str, str]]) -> str:
    """A title and its rows, indented and aligned."""
    width = max(len(name) for name, _ in rows)
    return "\n".join([title, *(f"  {name.ljust(width)}  {value}" for name, value in rows)])


def _adc(adc: AdcConfig) -> str:
    scale = f"full scale {adc.full_scale_v:.4g} V" if adc.full_scale_v else "scale by the kernel"
    return f"{adc.chip}, {scale}, {adc.data_rate} samples/s"


def _input(adc: AdcConfig) -> str:
    if adc.chip == "iio":
        return f"{adc.device.rpartition('/')[2]}, in_voltage{adc.channel}"
    return f"ADS1115 {adc.address:#x}, AIN{adc.channel}"


def _voltage(config: BoardConfig) -> str:
    volts = config.voltage_sensor
    if volts.kind == "transformer":
        return f"transformer, ratio {volts.ratio:g}, bias {volts.bias_v:g} V"
    return f"divider {volts.top_ohm:g}/{volts.bottom_ohm:g} ohm"


def _line(config: BoardConfig, line: LineConfig) -> str:
    closes = f"closes at a {'low' if line.active_low else 'high'} level"
    if on_header(config):
        return f"GPIO {line.line}, header pin {pin_of(line.line)}; {closes}"
    return f"{config.gpio.chip or 'sysfs'} line {line.line}; {closes}"
