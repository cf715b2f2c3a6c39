"""paho-mqtt's client with what it lacks: a reason why it cannot connect, a limit to what it reads.

Imported only where MQTT is asked for: paho-mqtt is the extra `mqtt`.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

Tell = Callable[[str, str], None]
log = logging.getLogger(__name__)

READ_AT_ONCE = 64
ALLOWANCE = 256.0  # bytes that a connection may send us: CONNACK is 4, a PINGRESP 2
ALLOWANCE_PER_S = 64.0
LASTING_S = 60.0  # a connection of that age was a good one
PAUSE_MAX_S = 120.0


class _Left(Exception):
    """Ends paho's thread when it would dial again."""


class Client(mqtt.Client):
    """MQTT 3.1.1 with a clean session; `tell(code, text)` hears of failures, in paho's thread."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=f"evlock-{secrets.token_hex(6)}")
        self.reconnect_delay_set(1, 1)  # its own back-off forgets a broker that only says hello
        self._leaving = threading.Event()
        self._pause_s = 0.0
        self._tell = tell
        self._since_s = float("-inf")  # of the last dial
        self._received = 0

    def leave(self) -> None:
        """Disconnect for good; the thread ends, and is not waited for."""
        self._leaving.set()
        self.disconnect()

    @property
    def left(self) -> bool:
        return self._leaving.is_set()

    def reconnect(self) -> MQTTErrorCode:
        """Dial; after a short connection, or none, with a pause that doubles each time."""
        if time.monotonic() - self._since_s > LASTING_S:
            self._pause_s = 0.0
        if self._leaving.wait(self._pause_s):
            raise _Left
        self._pause_s = min(2 * self._pause_s or 1.0, PAUSE_MAX_S)
        self._since_s, self._received = time.monotonic(), 0
        try:
            return super().reconnect()
        except OSError as error:
            self._tell("MQTT-UNREACHABLE", f"the broker cannot be reached: {error}")
            raise

    def loop_forever(self, *arguments: Any, **named: Any) -> MQTTErrorCode:
        """What paho's thread runs: it ends in one line, whatever happens in it."""
        try:
            return super().loop_forever(*arguments, **named)
        except _Left:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except Exception:
            log.exception("MQTT-DEAD nothing more is published until the node starts again")
            return MQTTErrorCode.MQTT_ERR_UNKNOWN

    def _sock_recv(self, bufsize: int) -> bytes:
        # paho takes packets of up to 256 MB; tests/telemetry/test_hostile_broker.py holds this.
        data = super()._sock_recv(min(bufsize, READ_AT_ONCE))
        self._received += len(data)
        allowed = ALLOWANCE + ALLOWANCE_PER_S * (time.monotonic() - self._since_s)
        if self._received > allowed:
            self._tell("MQTT-FLOOD", "the broker sends what nobody asked for: connection closed")
            raise ConnectionError("flood")
        return data
