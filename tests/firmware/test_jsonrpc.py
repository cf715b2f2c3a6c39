"""The control socket: garbage, huge lines, slow readers and crowds change nothing for others."""

import asyncio
import contextlib
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.errors import RpcError, RpcFailed, StateError
from firmware.jsonrpc import LINE_MAX, Client, decode, encode, failure, result_of
from firmware.jsonrpc_server import CONNECTIONS_MAX, Server

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


async def echo(value: Any = None) -> Any:
    return value


async def fail() -> None:
    raise StateError("not now", "METER-BUSY")


def against_server(attack: Any) -> None:
    """Run a blocking function against a real server; afterwards the server still answers."""

    async def run(path: Path) -> None:
        server = Server(path, {"echo": echo, "fail": fail})
        await server.start()
        try:
            await asyncio.to_thread(attack, path, server)
            await asyncio.to_thread(answers, path)
        finally:
            await server.stop()

    with tempfile.TemporaryDirectory(prefix="evj") as folder:
        asyncio.run(run(Path(folder) / "s"))


def answers(path: Path) -> None:
    with Client(path) as client:
        assert client.call("echo", value=[1, "µ"]) == [1, "µ"]


def raw(path: Path, data: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as link, contextlib.suppress(OSError):
        link.settimeout(5)
        link.connect(str(path))
        link.sendall(data)
        link.shutdown(socket.SHUT_WR)
        while link.recv(65536):
            pass


@given(message=st.dictionaries(st.text(), JSON))
def test_what_is_encoded_is_one_line_and_decodes_to_itself(message: dict[str, Any]) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode(line) == message


@given(line=st.binary())
def test_any_bytes_are_a_message_or_a_named_error(line: bytes) -> None:
    try:
        assert isinstance(decode(line), dict)
    except RpcError as error:
        assert error.code == "CONTROL-MALFORMED"


@settings(max_examples=20, deadline=None)
@given(lines=st.lists(st.binary(max_size=200), max_size=10))
def test_garbage_does_not_hurt(lines: list[bytes]) -> None:
    against_server(lambda path, _server: raw(path, b"\n".join(lines)))


def test_a_line_without_end_is_cut_off() -> None:
    against_server(lambda path, _server: raw(path, b"{" * (3 * LINE_MAX)))


def test_deep_nesting_is_an_error() -> None:
    against_server(lambda path, _server: raw(path, b"[" * 50_000 + b"\n"))


def test_a_crowd_is_turned_away() -> None:
    def crowd(path: Path, _server: Server) -> None:
        with contextlib.ExitStack() as held:
            for _ in range(CONNECTIONS_MAX + 20):
                link = held.enter_context(socket.socket(socket.AF_UNIX))
                link.connect(str(path))
            assert link.recv(1) == b""

    against_server(crowd)


def test_a_subscriber_that_does_not_read_is_dropped_and_publishing_goes_on() -> None:
    def deaf(path: Path, server: Server) -> None:
        with Client(path) as silent, Client(path) as other:
            silent.call("subscribe")
            other.call("subscribe")
            for number in range(64):
                server.publish("big", number=number, text="x" * 16_384)
                assert other.receive()["params"]["number"] == number

    async def run(path: Path) -> None:
        server = Server(path, {"echo": echo})
        await server.start()
        loop = asyncio.get_running_loop()
        publish = server.publish
        server.publish = lambda kind, **fields: loop.call_soon_threadsafe(  # type: ignore[method-assign,assignment]
            lambda: publish(kind, **fields)
        )
        await asyncio.to_thread(deaf, path, server)
        await server.stop()

    with tempfile.TemporaryDirectory(prefix="evj") as folder:
        asyncio.run(run(Path(folder) / "s"))


def test_errors_keep_their_code_and_exit_code() -> None:
    with pytest.raises(RpcFailed) as caught:
        result_of(failure(1, StateError("not\nnow", "METER-BUSY")))
    assert (caught.value.code, caught.value.exit_code) == ("METER-BUSY", 7)
    assert str(caught.value) == "not now"


def test_nobody_there_is_one_line() -> None:
    with pytest.raises(RpcError, match=r"/nowhere: No such file or directory; is the program"):
        Client("/nowhere")
