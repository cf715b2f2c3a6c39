"""A broker that sends what nobody asked for: the connection ends, memory and turns do not."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from normal_world.telemetry.broker import Broker
from normal_world.telemetry.settings import MqttConfig
from tests.plant_process import wait_until

CONNACK = b"\x20\x02\x00\x00"
Script = Callable[[socket.socket], None]


class Villain:
    """Accepts, reads CONNECT, then does as its script says; counts what it got rid of."""

    def __init__(self, script: Script) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.visits = 0
        self.sent = 0
        self.over = threading.Event()
        self._script = script
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            self.visits += 1
            with link:
                link.settimeout(20)
                try:
                    link.recv(1024)
                    self._script(link)
                except OSError:
                    pass

    def flood(self, link: socket.socket, first: bytes, then: bytes) -> None:
        """Until the other side has had enough."""
        link.sendall(first)
        for _ in range(100_000):
            self.sent += link.send(then)

    def close(self) -> None:
        self.over.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join(10)
        assert not self._thread.is_alive()


@contextmanager
def dialled(script: Callable[["Villain", socket.socket], None]) -> Iterator[tuple[Villain, Broker]]:
    villain = Villain(lambda link: script(villain, link))
    config = MqttConfig("127.0.0.1", villain.port, None, None, None, "evlock", "ha", 1.0)
    client = Broker(config)
    client.start("evlock/x/availability", [("ha/x/config", "{}")])
    try:
        yield villain, client
    finally:
        client.stop()
        villain.close()


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (CONNACK, b"\xd0\x00" * 4096),  # PINGRESP without end
        (CONNACK + b"\x30\xff\xff\xff\x7f\x00\x01a", b"x" * 8192),  # PUBLISH of 256 MB
        (b"", b"\xff" * 8192),
        (CONNACK, CONNACK * 2048),
    ],
)
def test_a_flood_ends_the_connection_after_some_bytes(
    first: bytes, then: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with dialled(lambda villain, link: villain.flood(link, first, then)) as (villain, client):
        wait_until(lambda: villain.visits > 1, "it is dialled again, after a pause")
        # What TCP holds between two programs of one machine, not what paho would have read.
        assert villain.sent < 16e6
        client.publish("evlock/x/state", "{}")
    assert "MQTT-DEAD" not in caplog.text


def test_a_broker_that_never_answers_or_never_reads_holds_nothing_up() -> None:
    def stare(villain: Villain, link: socket.socket) -> None:
        link.sendall(CONNACK)
        villain.over.wait(60)

    with dialled(stare) as (_, client):
        wait_until(lambda: client.connected, "connected")
        payload = "x" * 1_000_000
        wait_until(lambda: not client.publish("evlock/x/state", payload), "one message waits")
        dropped = client.dropped
        for _ in range(1000):
            client.publish("evlock/x/state", payload)
        assert client.dropped == dropped + 1000
