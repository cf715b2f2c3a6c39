"""Who holds connections without asking, asks slowly or does not read, shuts out only itself."""

import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from normal_world.chain import json_connections, json_server
from normal_world.chain.json_connections import MAX_CONNECTIONS, MAX_OF_A_PEER, Connections
from normal_world.chain.json_server import JsonServer

HALF = b"POST / HTTP/1.1\r\nContent-Length: 100\r\n"
AFAR, OTHER = "198.51.100.7", "198.51.100.8"


@pytest.fixture
def port() -> Iterator[int]:
    server = JsonServer(("127.0.0.1", 0), lambda body: body)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def ask(port: int) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}", data=b"{}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize("begun", [b"", HALF, HALF + b"\r\n{"])
def test_connections_that_ask_nothing_shut_nobody_out(port: int, begun: bytes) -> None:
    with ExitStack() as held:
        for _ in range(MAX_CONNECTIONS + 8):
            one = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.sendall(begun)
        assert ask(port) == b"{}"


def test_a_request_has_so_much_time_in_all_however_steadily_it_drips(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(json_server, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
        answers = slow.makefile("rb")
        for turn in range(3):  # a kept connection: each request has its own time
            clock[0] = 100.0 * turn
            slow.sendall(HALF.replace(b"100", b"2") + b"\r\n{}")
            assert b" 200 " in answers.readline()
            while answers.readline() != b"\r\n":
                pass
            assert answers.read(2) == b"{}"
        slow.sendall(HALF + b"\r\n")
        with pytest.raises(OSError):
            while True:
                clock[0] += json_server.REQUEST_S / 4
                slow.sendall(b"x")
                slow.settimeout(0.05)
                try:
                    if slow.recv(1) == b"":
                        raise ConnectionError
                except TimeoutError:
                    assert clock[0] < 1000


class Held:
    """A connection as the table sees it."""

    open = True

    def shutdown(self, _how: int) -> None:
        self.open = False


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Any:
    clock = iter(range(10_000))
    monkeypatch.setattr(json_connections, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(json_connections, "PATIENCE_S", 0.0)
    return Connections()


def test_one_address_has_its_share_and_loses_its_idlest(table: Any) -> None:
    friend, mine = Held(), [Held() for _ in range(MAX_OF_A_PEER + 1)]
    assert table.admit(friend, OTHER)
    for number, one in enumerate(mine[:-1]):
        assert table.admit(one, AFAR), number
    with table.answering(mine[0]):
        pass  # asked last
    assert table.admit(mine[-1], AFAR)
    assert [one.open for one in mine[:3]] == [True, False, True]
    assert friend.open
    with pytest.raises(ConnectionAbortedError), table.answering(mine[1]):
        pytest.fail("answered after its end")


def test_what_is_being_answered_is_not_closed(table: Any) -> None:
    with ExitStack() as work:
        for number in range(MAX_CONNECTIONS):
            one = Held()
            assert table.admit(one, f"198.51.100.{number}")
            work.enter_context(table.answering(one))
        late = Held()
        assert not table.admit(late, AFAR)
        table.forget(one)
        assert table.admit(late, AFAR)
        table.admit(one, OTHER)  # in the late one's place: it waits
        assert not late.open


def test_programs_of_this_machine_share_an_address(table: Any) -> None:
    ours = [Held() for _ in range(MAX_CONNECTIONS)]
    for one in ours:
        assert table.admit(one, "127.0.0.1")
    assert all(one.open for one in ours)
