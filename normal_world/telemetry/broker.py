"""The connection to the owner's broker by paho-mqtt (MQTT 3.1.1), in paho's network thread.

The broker is not trusted: nothing is subscribed to, and what it may send is counted. A broker that
floods is left, and dialled again with a growing pause like one that is away.
"""

import logging
import ssl
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from normal_world.telemetry.errors import TelemetryError
from normal_world.telemetry.settings import MqttConfig, is_loopback

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessageInfo

    from normal_world.telemetry.paho_client import Client

Message = tuple[str, str]  # topic, payload
log = logging.getLogger(__name__)

KEEPALIVE_S = 30
DIAL_S = 5.0
GOODBYE_S = 1.0


class Broker:
    """Raises TelemetryError for a missing library, password or CA; dials from `start` on."""

    def __init__(self, config: MqttConfig) -> None:
        self.dropped = 0
        self._address = config.host, config.port
        self._availability = ""
        self._greeting: list[Message] = []
        self._told = ""
        self._last: MQTTMessageInfo | None = None
        self._up = threading.Event()
        self._client = client = _client(self._tell)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.connect_timeout = DIAL_S
        _secure(client, config)

    @property
    def connected(self) -> bool:
        return self._up.is_set()

    def start(self, availability: str, greeting: list[Message]) -> None:
        """Dial, and dial again, in paho's thread; returns at once.

        Every new connection begins with the greeting, retained, and "online" on `availability`.
        """
        self._availability, self._greeting = availability, greeting
        self._client.will_set(availability, "offline", qos=1, retain=True)
        self._client.connect_async(*self._address, KEEPALIVE_S)
        self._client.loop_start()

    def publish(self, topic: str, payload: str) -> bool:
        """One message at a time: while the last one is not sent, or nobody is there, it is dropped.

        Never waits; True when it was handed to the connection.
        """
        waiting = self._last is not None and not self._last.is_published()
        if not self.connected or waiting:
            self.dropped += 1
            return False
        sent = self._client.publish(topic, payload)
        good = sent.rc == 0  # else the connection has just ended
        self._last = sent if good else None
        self.dropped += not good
        return good

    def stop(self) -> None:
        """Say goodbye, as far as the broker listens within a second (blocks so long)."""
        if self.connected:
            told = self._client.publish(self._availability, "offline", retain=True)
            deadline_s = time.monotonic() + GOODBYE_S
            while told.rc == 0 and not told.is_published() and time.monotonic() < deadline_s:
                time.sleep(0.01)
        self._client.leave()

    # -- in paho's thread --------------------------------------------------------------------
    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._tell("MQTT-REFUSED", f"the broker says: {reason}")
            return
        if self._up.is_set():
            return  # a broker that says so again
        self._tell("", "connected to the broker")
        for topic, payload in [*self._greeting, (self._availability, "online")]:
            self._client.publish(topic, payload, retain=True)
        self._last = None
        self._up.set()

    def _on_disconnect(
        self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any
    ) -> None:
        if self._up.is_set():
            self._up.clear()
            if not self._client.left:
                self._tell("MQTT-LOST", f"the broker is gone: {reason}")

    def _tell(self, code: str, text: str) -> None:
        """Once for every change: a broker that stays away is one line, not one a minute."""
        if code != self._told or not code:
            log.log(logging.WARNING if code else logging.INFO, "%s %s", code or "MQTT", text)
        self._told = code


def _client(tell: Callable[[str, str], None]) -> "Client":
    try:
        from normal_world.telemetry.paho_client import Client
    except ImportError:
        text = "[telemetry.mqtt] needs paho-mqtt 2: pip install 'evlock[mqtt]'"
        raise TelemetryError(text) from None
    return Client(tell)


def _secure(client: "Client", config: MqttConfig) -> None:
    """Password and TLS 1.2 or newer; the host's name is checked."""
    if config.user:
        client.username_pw_set(config.user, _password(config))
        if config.ca is None and not is_loopback(config.host):
            log.warning("MQTT-PLAIN password and readings go unencrypted to %s", config.host)
    if config.ca is not None:
        try:
            context = ssl.create_default_context(cafile=str(config.ca))
        except (OSError, ssl.SSLError) as error:
            text = f"{config.ca}: {error}; a PEM file of certificates expected"
            raise TelemetryError(text, "MQTT-CA") from None
        client.tls_set_context(context)


def _password(config: MqttConfig) -> str | None:
    path = config.password_file
    if path is None:
        return None
    try:
        if path.stat().st_mode & 0o077:
            text = f"{path}: others may read the password, expected mode 0600"
            raise TelemetryError(text, "MQTT-PASSWORD")
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TelemetryError(f"{path}: {error}", "MQTT-PASSWORD") from None
