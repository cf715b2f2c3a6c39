"""What Home Assistant is told, retained, so that it shows the meter by itself.

Format: Home Assistant, "MQTT" integration, sections "MQTT Discovery", "MQTT Sensor" and "MQTT
Binary Sensor". Nothing here can be commanded: no switch, no button, no topic is listened to.
"""

import json
from dataclasses import dataclass
from typing import Any

from normal_world.telemetry.sources import Snapshot

KWH_PER_UWH = 1e-9
LATE_TURNS = 3  # intervals without a message after which a value is no longer shown


@dataclass(frozen=True)
class Entity:
    """One value; `component` and the rest as in Home Assistant's documents."""

    key: str
    name: str
    component: str = "sensor"
    device_class: str | None = None
    state_class: str | None = None
    unit: str | None = None


ENTITIES = (
    Entity("power_w", "Power", "sensor", "power", "measurement", "W"),
    Entity("voltage_v", "Voltage", "sensor", "voltage", "measurement", "V"),
    Entity("current_a", "Current", "sensor", "current", "measurement", "A"),
    Entity("imported_kwh", "Energy imported", "sensor", "energy", "total_increasing", "kWh"),
    Entity("exported_kwh", "Energy exported", "sensor", "energy", "total_increasing", "kWh"),
    Entity("trades_settled", "Trades settled", "sensor", None, "total_increasing"),
    Entity("state", "State"),
    Entity("relay", "Relay", "binary_sensor", "power"),
    Entity("safe_mode", "Safe mode", "binary_sensor", "problem"),
)


@dataclass(frozen=True)
class Topics:
    """The topics of one meter; `meter` is the beginning of its id."""

    prefix: str
    discovery_prefix: str
    meter: str

    @property
    def state(self) -> str:
        return f"{self.prefix}/{self.meter}/state"

    @property
    def availability(self) -> str:
        return f"{self.prefix}/{self.meter}/availability"

    def config(self, entity: Entity) -> str:
        return f"{self.discovery_prefix}/{entity.component}/evlock_{self.meter}/{entity.key}/config"


def configs(topics: Topics, name: str, model: str, interval_s: float) -> list[tuple[str, str]]:
    """(topic, payload) of every entity."""
    device = {
        "identifiers": [f"evlock_{topics.meter}"],
        "name": name,
        "manufacturer": "Evlock",
        "model": model,
    }
    return [
        (topics.config(entity), json.dumps(_config(topics, entity, device, interval_s)))
        for entity in ENTITIES
    ]


def _config(
    topics: Topics, entity: Entity, device: dict[str, Any], interval_s: float
) -> dict[str, Any]:
    whole = {
        "name": entity.name,
        "unique_id": f"evlock_{topics.meter}_{entity.key}",
        "state_topic": topics.state,
        "value_template": f"{{{{ value_json.{entity.key} }}}}",
        "availability_topic": topics.availability,
        "expire_after": int(LATE_TURNS * interval_s + 10),
        "device_class": entity.device_class,
        "state_class": entity.state_class,
        "unit_of_measurement": entity.unit,
        "device": device,
        "origin": {"name": "Evlock"},
    }
    return {key: value for key, value in whole.items() if value is not None}


def state(snapshot: Snapshot) -> dict[str, Any]:
    """The values of now by the entities' keys; null is "unknown" to Home Assistant."""
    meter, world = snapshot.meterd or {}, snapshot.secured or {}
    node = snapshot.noded or {}
    return {
        **{key: meter.get(key) for key in ("power_w", "voltage_v", "current_a", "state")},
        "imported_kwh": _kwh(world.get("import_uwh")),
        "exported_kwh": _kwh(world.get("export_uwh")),
        "trades_settled": node.get("trades_settled"),
        "relay": _on(meter.get("relay_closed")),
        "safe_mode": _on(meter.get("safe_mode"), node.get("safe_mode")),
    }


def _kwh(uwh: int | None) -> float | None:
    return None if uwh is None else round(uwh * KWH_PER_UWH, 9)


def _on(*values: bool | None) -> str | None:
    known = [value for value in values if value is not None]
    return ("ON" if any(known) else "OFF") if known else None
