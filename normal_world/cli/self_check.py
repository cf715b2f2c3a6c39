"""self-check: what the meter measures before every trade, with the evidence in plain words."""

from typing import Any

from normal_world.cli.errors import CheckNotPassed
from normal_world.cli.output import Json, show
from normal_world.cli.programs import call


def self_check(as_json: Json = False) -> None:
    """Check sensor and reference load, as before every trade.

    Zero, load, zero again; exit code 1 unless it passes. The relay stays open.

    \b
    Example:
      evlock self-check
    """
    told: dict[str, Any] = call("meterd-admin", "self_check")
    show(told, as_json=as_json, text=words(told))
    if told["verdict"] != "passed":
        raise CheckNotPassed(told["verdict"])


def words(told: dict[str, Any]) -> str:
    """One line for each stretch of the measurement, then the verdict."""
    zero, noise, load, expected, back = (
        told[f"{name}_ua"] / 1e6 for name in ("zero", "noise", "load", "expected", "return")
    )
    rows = [("relay open", f"{_plus(zero)} A; 0 A expected"), ("noise", f"{noise:.4f} A")]
    if expected:
        off = f"{100 * (load - expected) / expected:+.1f} %"
        volts = told["load_mv"] / 1e3
        rows += [
            ("reference on", f"{load:.4f} A at {volts:.3f} V; {expected:.4f} A expected, {off}"),
            ("off again", f"{_plus(back)} A; as before expected"),
        ]
    else:
        rows += [("reference", "this board has none: only zero and noise were checked")]
    rows += [("samples", str(told["samples"])), ("verdict", told["verdict"])]
    return "\n".join(f"{name:<14}{value}" for name, value in rows)


def _plus(value: float) -> str:
    return f"{round(value, 4) + 0.0:+.4f}"
