"""Every Prometheus metric of Evlock: name, kind, help, and where its value comes from.

Names follow prometheus.io's "Metric and label naming": base units (energy in joules, so that a
rate of it is watts), `_total` for what only grows. 3.6e6 J are one kilowatt-hour.
"""

from dataclasses import dataclass
from typing import Any

J_PER_UWH = 0.0036
GAUGE, COUNTER = "gauge", "counter"


@dataclass(frozen=True)
class Metric:
    """`key` of the program's numbers times `scale`; no sample where the value is null.

    With a `label`, the sample carries it: `of` is its value, or the key holds a table by it.
    """

    name: str
    kind: str
    help: str
    key: str
    scale: float = 1.0
    label: str = ""
    of: str = ""


def _process(name: str) -> tuple[Metric, ...]:
    who = f"evlock_{name}_"
    return (
        Metric(who + "resident_bytes", GAUGE, "Memory of the process.", "resident_bytes"),
        Metric(who + "cpu_seconds", COUNTER, "Processor time of the process.", "cpu_seconds"),
        Metric(who + "open_files", GAUGE, "Open file descriptors.", "open_files"),
        Metric(who + "uptime_seconds", GAUGE, "Age of the process.", "uptime_seconds"),
    )


def _both(name: str, kind: str, text: str, keys: tuple[str, str]) -> tuple[Metric, ...]:
    """Energy by direction."""
    return tuple(
        Metric(name, kind, text, key, J_PER_UWH, "direction", of)
        for key, of in zip(keys, ("import", "export"), strict=True)
    )


METERD = (
    Metric("evlock_meterd_voltage_volts", GAUGE, "Mean of the last window (AC: RMS).", "voltage_v"),
    Metric("evlock_meterd_current_amperes", GAUGE, "As voltage; export positive.", "current_a"),
    Metric("evlock_meterd_power_watts", GAUGE, "Real power; export is positive.", "power_w"),
    Metric("evlock_meterd_apparent_voltamperes", GAUGE, "AC only.", "apparent_va"),
    Metric("evlock_meterd_power_factor_ratio", GAUGE, "AC only.", "power_factor"),
    Metric("evlock_meterd_frequency_hertz", GAUGE, "AC only.", "frequency_hz"),
    *_both(
        "evlock_meterd_energy_joules",
        COUNTER,
        "Energy counted since meterd began; the lasting register is secured's.",
        ("imported_uwh", "exported_uwh"),
    ),
    Metric("evlock_meterd_samples", COUNTER, "Pairs of voltage and current read.", "samples"),
    Metric("evlock_meterd_windows", COUNTER, "Windows closed.", "windows"),
    Metric("evlock_meterd_late_samples", COUNTER, "Samples over a period late.", "late"),
    Metric("evlock_meterd_gaps", COUNTER, "Times that measurement was lost.", "gaps"),
    Metric("evlock_meterd_faulty", GAUGE, "1 while no sample can be taken.", "faulty"),
    Metric(
        "evlock_meterd_relay_closed", GAUGE, "1 while the trade relay is closed.", "relay_closed"
    ),
    Metric("evlock_meterd_calibrated", GAUGE, "1 when the meter is calibrated.", "calibrated"),
    Metric("evlock_meterd_safe_mode", GAUGE, "1 when it meters and does not trade.", "safe_mode"),
    Metric("evlock_meterd_state", GAUGE, "1 for what the meter is doing.", "states", label="state"),
    Metric(
        "evlock_meterd_findings", COUNTER, "Findings since meterd began.", "findings", label="code"
    ),
    Metric("evlock_meterd_history_faulty", GAUGE, "1 while no row is kept.", "history_faulty"),
    Metric("evlock_meterd_history_lost_rows", COUNTER, "Rows lost.", "history_lost_rows"),
    Metric("evlock_meterd_secured_calls", COUNTER, "Answers of secured.", "secured_calls"),
    Metric("evlock_meterd_secured_seconds", COUNTER, "Time they took.", "secured_seconds"),
    Metric(
        "evlock_meterd_secured_slowest_seconds",
        GAUGE,
        "The slowest answer of secured since meterd began.",
        "secured_slowest_seconds",
    ),
    *_process("meterd"),
)
SECURED = (
    *_both(
        "evlock_secured_register_joules",
        COUNTER,
        "The energy register: only grows, survives power loss.",
        ("import_uwh", "export_uwh"),
    ),
    Metric("evlock_secured_starts", COUNTER, "Starts since provisioning.", "boot_count"),
    Metric("evlock_secured_policy_version", GAUGE, "Version of the policy.", "policy_version"),
    Metric("evlock_secured_provisioned", GAUGE, "1 when there are keys.", "provisioned"),
    Metric("evlock_secured_locked", GAUGE, "1 while nothing is signed.", "locked"),
    Metric("evlock_secured_sealed", GAUGE, "1 while the keys are sealed.", "sealed"),
    Metric("evlock_secured_rated_power_watts", GAUGE, "Limit of growth.", "rated_power_w"),
)
NODED = (
    Metric("evlock_noded_trades_open", GAUGE, "Trades not ended yet.", "trades_open"),
    Metric("evlock_noded_trades_settled", COUNTER, "Trades paid by both FINALs.", "trades_settled"),
    Metric("evlock_noded_trades_closed", COUNTER, "Trades ended otherwise.", "trades_closed"),
    *_both(
        "evlock_noded_traded_joules",
        COUNTER,
        "Energy of ended trades.",
        ("bought_uwh", "sold_uwh"),
    ),
    Metric("evlock_noded_chain_up", GAUGE, "1 while the chain answers and moves.", "chain_up"),
    Metric("evlock_noded_chain_head_block", GAUGE, "Newest block.", "chain_head"),
    Metric("evlock_noded_chain_final_block", GAUGE, "Newest final block.", "chain_final"),
    Metric("evlock_noded_peers", GAUGE, "Counterparts in node.toml.", "peers"),
    Metric("evlock_noded_peers_up", GAUGE, "Counterparts connected.", "peers_up"),
    Metric("evlock_noded_safe_mode", GAUGE, "1 when the node does not trade.", "safe_mode"),
    Metric("evlock_noded_mqtt_up", GAUGE, "1 while the broker is connected.", "mqtt_up"),
    Metric("evlock_noded_mqtt_dropped", COUNTER, "Messages not sent.", "mqtt_dropped"),
    *_process("noded"),
)
PROGRAMS = {"secured": SECURED, "meterd": METERD, "noded": NODED}
STATES = ("idle", "prepared", "delivering", "paused", "ended")
LABELS_MAX = 64


def states(state: Any) -> dict[str, int]:
    """A set of states, of which one is 1."""
    return {name: int(name == state) for name in STATES}
