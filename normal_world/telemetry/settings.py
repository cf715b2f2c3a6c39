"""[telemetry] and [telemetry.mqtt] of node.toml; both parts are off when absent."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from firmware.toml import Table

TOPIC = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
PREFIX_MAX = 64
PORT, TLS_PORT = 1883, 8883  # IANA: mqtt, secure-mqtt


@dataclass(frozen=True)
class MqttConfig:
    """The owner's broker; TLS when `ca` is given."""

    host: str
    port: int
    user: str | None
    password_file: Path | None
    ca: Path | None
    prefix: str
    discovery_prefix: str
    interval_s: float


@dataclass(frozen=True)
class TelemetryConfig:
    """Address of the Prometheus endpoint, and the broker; None is off."""

    prometheus: tuple[str, int] | None = None
    mqtt: MqttConfig | None = None


def read_telemetry(root: Table, here: Path) -> TelemetryConfig:
    """Both parts; files are relative to `here`, the folder of node.toml."""
    table = root.table("telemetry")
    mqtt = table.table("mqtt")
    config = TelemetryConfig(_address(table), _mqtt(mqtt, here) if mqtt.present else None)
    mqtt.done()
    table.done()
    return config


def _address(table: Table) -> tuple[str, int] | None:
    public = table.take("prometheus_public", bool, False)
    text = table.take("prometheus", str, "")
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 65536):
        table.wrong("prometheus", 'host:port expected, as "127.0.0.1:9464"')
        return None
    if not public and not is_loopback(host):
        table.wrong("prometheus", "a loopback address, or prometheus_public = true, expected")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mqtt(table: Table, here: Path) -> MqttConfig:
    user, ca = table.take("user", str, ""), table.take("ca", str, "")
    password_file = table.take("password_file", str, "")
    if password_file and not user:
        table.wrong("password_file", "a user beside it expected")
    return MqttConfig(
        host=table.take("host", str),
        port=table.between("port", int, 1, 65535, TLS_PORT if ca else PORT),
        user=user or None,
        password_file=here / password_file if password_file else None,
        ca=here / ca if ca else None,
        prefix=_prefix(table, "prefix", "evlock"),
        discovery_prefix=_prefix(table, "discovery_prefix", "homeassistant"),
        interval_s=table.between("interval_s", float, 1.0, 3600.0, 10.0),
    )


def _prefix(table: Table, key: str, default: str) -> str:
    prefix = table.take(key, str, default)
    if len(prefix) > PREFIX_MAX or not TOPIC.fullmatch(prefix):
        table.wrong(key, "a topic of letters, digits, - and _ expected, parts divided by /")
    return prefix
