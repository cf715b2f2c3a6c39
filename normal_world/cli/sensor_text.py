"""Readings of the sensors as lines for a person."""

from typing import Any

from normal_world.cli import units

AC = (("apparent_va", "VA", 2, "apparent"), ("power_factor", "", 3, "power factor"))


def reading(status: dict[str, Any], told: dict[str, Any]) -> str:
    """Values, then what stands behind them: noise, pins, rate."""
    told = {"mains": status.get("mains"), **told}
    volts, amps = values(status, told)
    rows = [("voltage", units.number(volts, "V", 3), _noise(told, "voltage_noise_v", "V"))]
    rows += [("current", units.number(amps, "A", 4), _noise(told, "current_noise_a", "A"))]
    rows += [("power", units.number(status["power_w"], "W", 3), "")]
    if status.get("mains") == "ac":
        rows += _alternating(status)
    rows += _behind(told)
    if status["fault"]:
        rows += [("fault", status["fault"], "")]
    if not status["calibrated"]:
        rows += [("note", "not calibrated: values may be off by some per cent", "")]
    return "\n".join(f"{name:<14}{value:<16}{more}".rstrip() for name, value, more in rows)


def values(status: dict[str, Any], told: dict[str, Any]) -> tuple[float | None, float | None]:
    """Volts and amperes: of the measurement where there was one; RMS for AC."""
    if told.get("trading") or "voltage_v" not in told or status.get("mains") == "ac":
        return status["voltage_v"], status["current_a"]
    return told["voltage_v"], told["current_a"]


def _alternating(status: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = [
        (name, units.number(status.get(key), unit, digits).rstrip(), "")
        for key, unit, digits, name in AC
    ]
    return [*rows, ("frequency", units.number(status.get("frequency_hz"), "Hz", 2), "")]


def _behind(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    if "samples_per_s" not in told:
        return []
    rate = f"{told['samples']}, {told['samples_per_s']:.0f} a second"
    if "pin_voltage_v" not in told:
        return [("samples", rate, "")]
    pins = f"voltage {told['pin_voltage_v']:.4f} V, current sensor {told['pin_current_v']:.4f} V"
    raw = f"{told['raw_voltage_v']:.3f} V, {told['raw_current_a']:.4f} A before calibration"
    return [("at the pins", pins, ""), ("raw", raw, ""), ("samples", rate, "")]


def _noise(told: dict[str, Any], key: str, unit: str) -> str:
    found = None if told.get("mains") == "ac" else told.get(key)  # there it is the wave itself
    return "" if found is None else f"noise {1e3 * found:.1f} m{unit}"
