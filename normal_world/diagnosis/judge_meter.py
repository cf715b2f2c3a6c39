"""What the meter measures, and how good it is, from what meterd's `diagnose` tells."""

from collections.abc import Iterator
from typing import Any

from normal_world.diagnosis.judge_bus import NO_METERD, bad, told
from normal_world.diagnosis.result import Facts, Result, age, fail, ok, skipped, warn

VOLTAGE_FAIL, VOLTAGE_WARN = 0.5, 0.2  # relative to nominal
NOISE_SHARE = 0.01  # of the sensor's range
CURRENT_A = 0.1  # with both relays open; more: wrong zero point, or a load past the relay
CALIBRATION_DAYS = 365
RATE_SHARE = 0.8  # of the board's samples a second
FROZEN_SHARE = 0.9


def voltage(facts: Facts) -> Iterator[Result]:
    meter, no = _measured(facts, "voltage")
    if meter is None:
        yield no
        return
    mains, found = meter["board"]["mains"], meter["measured"]
    if mains["kind"] == "ac":
        # A mean says nothing of an alternating voltage; its RMS is mean² + deviation².
        volts = (found["voltage_v"] ** 2 + found["voltage_noise_v"] ** 2) ** 0.5
    else:
        volts = found["voltage_v"]
    nominal = mains["nominal_v"]
    text = f"{volts:.2f} V, nominal {nominal:g} V"
    off = abs(volts - nominal) / nominal
    do = "terminals, fuse and divider (or transformer); `nominal_v` in board.toml"
    if off > VOLTAGE_FAIL:
        yield bad("voltage", text, do)
    elif off > VOLTAGE_WARN:
        yield warn("voltage", text, do)
    else:
        yield ok("voltage", text)


def current(facts: Facts) -> Iterator[Result]:
    meter, no = _measured(facts, "current")
    if meter is None:
        yield no
        return
    found, board = meter["measured"], meter["board"]
    if board["max_current_a"] > board["board_max_current_a"]:
        do = "lower max_current_a in node.toml"
        yield fail("current", "node.toml allows more than the board bears", do)
        return
    amps = found["current_a"]
    text = f"{amps:+.3f} A with the relays open"
    if abs(amps) > CURRENT_A and not meter["calibration"]["calibrated"]:
        yield warn("current", text, "not calibrated yet: evlock meter zero")
    elif abs(amps) > CURRENT_A:
        do = "a load past the relay? relay welded? else calibrate: evlock meter zero"
        yield bad("current", text, do)
    else:
        yield ok("current", text)


def noise(facts: Facts) -> Iterator[Result]:
    meter, no = _measured(facts, "noise")
    if meter is None:
        yield no
        return
    found, sensor = meter["measured"], meter["board"]["sensor"]
    most = max(NOISE_SHARE * sensor["variant_a"], 0.1)
    text = f"{1e3 * found['noise_a']:.0f} mA, at most {1e3 * most:.0f} mA expected"
    frozen = found["samples"] and found["repeats"] > FROZEN_SHARE * found["samples"]
    if frozen:
        do = "supply and output wire of the current sensor; evlock self-check"
        yield bad("noise", "all samples are equal: the sensor or its wire is dead", do)
    elif found["noise_a"] > most:
        do = "shorter sensor wires, away from the mains; a filter capacitor"
        yield warn("noise", text, do)
    else:
        yield ok("noise", text)


def sampling(facts: Facts) -> Iterator[Result]:
    meter = facts["meter"]
    if meter is None:
        yield skipped("sampling", NO_METERD)
        return
    if meter["fault"]:
        do = "see the lines above; evlock events --since 1h"
        yield bad("sampling", f"no samples: {meter['fault']}", do)
        return
    rate = (meter.get("measured") or {}).get("samples_per_s")
    text = f"{meter['samples']} samples, {meter['gaps']} gaps, {meter['late']} late"
    wanted = meter["board"]["samples_per_s"]
    if rate is not None and meter["board"]["mains"]["kind"] == "dc" and rate < RATE_SHARE * wanted:
        do = "the machine is busy: top; a bus at 400 kHz samples faster"
        yield warn("sampling", f"{rate:.0f} samples a second, {wanted} expected", do)
    else:
        yield ok("sampling", text if rate is None else f"{rate:.0f} a second; {text}")


def calibration(facts: Facts) -> Iterator[Result]:
    meter = facts["meter"]
    if meter is None:
        yield skipped("calibration", NO_METERD)
        return
    found = meter["calibration"]
    again = "evlock setup calibrates, or: evlock meter zero, load, gain"
    if not found["calibrated"]:
        yield fail("calibration", "none: the meter will not trade", again)
    elif found["changed"]:
        do = f"calibrate again: {again}"
        yield fail("calibration", f"board.toml changed since: {found['changed'][0]}", do)
    elif found["at_s"] is None:
        yield warn("calibration", "of an unknown date", again)
    else:
        old_s = facts["now_s"] - found["at_s"]
        if old_s > CALIBRATION_DAYS * 86_400:
            yield warn("calibration", f"{age(old_s)} old", again)
        elif old_s < -86_400:
            yield warn("calibration", "dated in the future: was the clock wrong?", again)
        else:
            yield ok("calibration", f"{age(max(0.0, old_s))} old, board unchanged since")


def _measured(facts: Facts, name: str) -> tuple[dict[str, Any] | None, Result]:
    meter, no = told(facts, name)
    if meter is None:
        return None, no
    if meter["measured"].get("error"):
        return None, skipped(name, "no samples, see sampling")
    return meter, no
