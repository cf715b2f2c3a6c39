"""Feeds hear a program's events, and hear them again after the program was killed and came back."""

import queue
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.jsonrpc import decode, encode
from normal_world.demo.feed import Events, Poll

LIMIT_S = 10.0


class Program:
    """A control socket that answers everything with `answer`; `sockets` are its connections."""

    def __init__(self, path: Path, answer: Any) -> None:
        path.unlink(missing_ok=True)
        self.answer = answer
        self.connected: queue.Queue[socket.socket] = queue.Queue()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                request = decode(line)
                told = {"jsonrpc": "2.0", "id": request["id"], "result": self.answer}
                connection.sendall(encode(told))
                if request["method"] == "subscribe":
                    self.connected.put(connection)

    def publish(self, connection: socket.socket, **params: Any) -> None:
        connection.sendall(encode({"jsonrpc": "2.0", "method": "event", "params": params}))

    def die(self, *connections: socket.socket) -> None:
        """No more connections; those given are broken off, the others end with their clients."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in connections:
            connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LIMIT_S)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "meterd.sock"


def test_events_arrive_and_go_on_after_the_program_was_killed(path: Path) -> None:
    heard: queue.Queue[dict[str, Any]] = queue.Queue()
    feed = Events(path, heard.put)
    first = Program(path, {})
    feed.start()
    connection = first.connected.get(timeout=LIMIT_S)
    first.publish(connection, type="state", phase="delivering")
    assert heard.get(timeout=LIMIT_S) == {"type": "state", "phase": "delivering"}
    first.die(connection)
    second = Program(path, {})
    again = second.connected.get(timeout=LIMIT_S)
    second.publish(again, type="state", phase="paused")
    assert heard.get(timeout=LIMIT_S)["phase"] == "paused"
    feed.stop()
    second.die(again)


def test_a_poll_asks_again_and_again_for_each_of_its_questions(path: Path) -> None:
    program = Program(path, {"voltage_v": 12.5})
    answers: queue.Queue[tuple[str, Any]] = queue.Queue()
    questions = {
        "state": lambda told: answers.put(("state", told)),
        "events": lambda told: answers.put(("events", told)),
    }
    feed = Poll(path, 0.001, questions)
    feed.start()
    got = [answers.get(timeout=LIMIT_S) for _ in range(4)]
    feed.stop()
    assert [name for name, _ in got] == ["state", "events", "state", "events"]
    assert got[0][1] == {"voltage_v": 12.5}
    program.die()
