"""The sockets of the real program: roles, malformed bytes, garbage, crowds."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secure_world.protocol import (
    LAYOUTS,
    MAX_MESSAGE,
    PROTOCOL_VERSION,
    Command,
    Info,
    Role,
    SecureWorld,
    SocketPathTooLong,
    decode_response,
)
from secure_world.rlp import encode
from tests.secure_world.process import Secured, connection

VERSION = bytes([PROTOCOL_VERSION])


def exchange(secured: Secured, role: Role, request: bytes) -> tuple[int, str]:
    """(status, sentence) of a request's refusal."""
    with connection(secured, role) as client:
        client.send(request)
        status, fields = decode_response(client.recv(MAX_MESSAGE), 0)
    assert isinstance(fields[0], bytes)
    return status, fields[0].decode()


def test_each_role_has_its_commands_only(secured: Secured) -> None:
    allowed = {
        role: {command for command in Command if role in LAYOUTS[command].roles} for role in Role
    }
    assert allowed[Role.METER] == {
        Command.INFO,
        Command.GET_POLICY,
        Command.TAMPER,
        Command.OPEN_TRADE,
        Command.COUNT,
        Command.SIGN_READING,
    }
    assert allowed[Role.NODE] == {
        Command.INFO,
        Command.GET_POLICY,
        Command.SIGN_TRANSACTION,
        Command.ATTEST,
        Command.SIGN_LINK,
        Command.LINK_SESSION,
        Command.SIGN_CLAIM,
    }
    for role in Role:
        for command in set(Command) - allowed[role]:
            request = encode([VERSION, bytes([command]), b"", [b"x"]])
            assert exchange(secured, role, request)[0] == 5, (role, command)


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"\0", 1),
        (encode([VERSION, b"\1", b""]), 1),
        (encode([VERSION, b"\1", b"", [b""]]), 1),
        (encode([VERSION, b"\1", b"\0", []]), 1),
        (encode([VERSION, b"\1", b"", []]) + b"\0", 1),
        (encode([b"\2", b"\1", b"", []]), 3),
        (encode([VERSION, b"\x63", b"", []]), 4),
        (b"\xb9\xff\xff" + b"a" * (MAX_MESSAGE + 100), 2),
    ],
)
def test_malformed_requests_have_their_codes(
    secured: Secured, request_bytes: bytes, code: int
) -> None:
    for role in Role:
        assert exchange(secured, role, request_bytes)[0] == code


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(role=st.sampled_from(list(Role)), data=st.data())
def test_garbage_never_ends_it(secured: Secured, role: Role, data: st.DataObject) -> None:
    items = st.recursive(st.binary(max_size=40), lambda inner: st.lists(inner, max_size=9))
    codes = set(Command) - {Command.LOCK, Command.TAMPER}  # garbage may well be a good one of these
    command = data.draw(st.sampled_from([bytes([number]) for number in sorted(codes)]))
    framed = st.builds(lambda fields: encode([VERSION, command, b"\7", fields]), items)
    before = known(secured)
    with connection(secured, role) as client:
        for request in data.draw(st.lists(st.binary(min_size=1) | framed, max_size=4)):
            client.send(request)
            decode_response(client.recv(MAX_MESSAGE), 7)
        client.send(data.draw(framed))  # and leaves without waiting
    assert known(secured) == before


def known(secured: Secured) -> Info:
    """What the device says of itself, but for the log of refusals."""
    return secured.node.info().replace(audit_count=0, audit_head=b"\0" * 32)


def test_a_crowd_of_one_role_shuts_out_itself_only(secured: Secured) -> None:
    with ExitStack() as crowd:
        for _ in range(32):
            crowd.enter_context(connection(secured, Role.NODE))
        late = crowd.enter_context(connection(secured, Role.NODE))
        assert late.recv(1) == b""
        assert secured.meter.info().boot_count == 1
    assert secured.node.info().boot_count == 1


def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path) -> None:
    with pytest.raises(SocketPathTooLong, match="expected at most 107"):
        SecureWorld(tmp_path / ("x" * 107))
