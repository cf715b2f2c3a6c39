"""Work in children: it delays nobody else, waits its turn, and has an end."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from secure_world.message import Message
from secure_world.protocol import (
    MAX_MESSAGE,
    Claim,
    Command,
    Confirm,
    Empty,
    Nonce,
    Provision,
    Role,
    SecureWorld,
    WithPin,
    decode_response,
    encode_request,
)
from tests.secure_world.owner import OWNER, PIN, PUBLIC_KEY, law, take
from tests.secure_world.process import Secured, connection

HELD = ("-m", "tests.secure_world.held_child")


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """What the child waits for."""
    os.mkfifo(tmp_path / "fifo")
    return tmp_path / "fifo"


@pytest.fixture
def held(tmp_path: Path, fifo: Path) -> Iterator[Secured]:
    """A program whose CLAIM waits."""
    with Secured(tmp_path, HELD) as made:
        assert made.start(EVLOCK_TEST_FIFO=str(fifo))
        yield made


def claim(number: int) -> bytes:
    return encode_request(Command.CLAIM, number, Claim(PUBLIC_KEY, PIN))


def status(reply: bytes, number: int) -> int:
    return decode_response(reply, number)[0]


def test_a_child_at_work_delays_no_other_role(held: Secured, fifo: Path) -> None:
    meter = held.admin.provision(12, "", 5000).meter
    with connection(held, Role.ADMIN) as client:
        client.send(claim(1))
        assert held.meter.count(1, 0, 5).export_uwh == 5
        assert held.node.attest(b"\1" * 32).meter == meter  # another role's child
        assert held.admin.info().owner is None  # the same role's plain commands
        fifo.write_bytes(b"")
        assert status(client.recv(MAX_MESSAGE), 1) == 0
    assert held.admin.info().owner == OWNER


def test_the_work_of_one_role_waits_its_turn(held: Secured, fifo: Path) -> None:
    with connection(held, Role.ADMIN) as first, connection(held, Role.ADMIN) as second:
        first.send(claim(1))
        assert not held.admin.info().provisioned
        second.send(encode_request(Command.PROVISION, 2, Provision(12, "", 5000)))
        third = encode_request(Command.CONFIRM, 3, Confirm(b"\0" * 20))
        second.send(third)  # behind its own earlier request
        assert held.meter.info().boot_count == 1
        fifo.write_bytes(b"")
        assert status(first.recv(MAX_MESSAGE), 1) == 0
        assert status(second.recv(MAX_MESSAGE), 2) == 0
        assert status(second.recv(MAX_MESSAGE), 3) != 0


def test_a_client_that_leaves_does_not_keep_the_others_waiting(held: Secured, fifo: Path) -> None:
    with connection(held, Role.ADMIN) as gone:
        gone.send(claim(1))
        assert held.admin.info().owner is None
    fifo.write_bytes(b"")
    assert held.admin.provision(12, "", 5000).meter == held.admin.info().meter
    assert held.admin.info().owner == OWNER  # it was given all the same


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path, fifo: Path) -> None:
    with Secured(tmp_path, HELD) as held:
        assert held.start(EVLOCK_TEST_FIFO=str(fifo), EVLOCK_TEST_PATIENCE="0.2")
        with connection(held, Role.ADMIN) as client:
            client.send(claim(1))
            assert client.recv(MAX_MESSAGE) == b""  # no answer will come
        assert held.admin.info().owner is None
        assert held.meter.info().boot_count == 1


@pytest.mark.parametrize(
    ("command", "fields"),
    [(Command.UNLOCK, WithPin(PIN)), (Command.ZEROISE, WithPin(PIN))],
)
def test_a_refusal_of_a_child_is_logged_and_audited(
    secured: Secured, command: Command, fields: Message
) -> None:
    before = secured.admin.info().audit_count
    with connection(secured, Role.ADMIN) as client:
        client.send(encode_request(command, 9, fields))
        assert status(client.recv(MAX_MESSAGE), 9) != 0
    assert secured.admin.info().audit_count == before + 1
    assert "NOT-CLAIMED admin refused" in secured.log.read_text()


def test_keys_that_are_destroyed_do_not_live_on_in_a_child(tmp_path: Path, fifo: Path) -> None:
    with Secured(tmp_path, HELD) as held:
        assert held.start(EVLOCK_TEST_FIFO=str(fifo), EVLOCK_TEST_HELD="ATTEST")
        held.admin.provision(12, "", 5000)
        take(held.admin, law(tamper_marks=1))
        with connection(held, Role.NODE) as client:
            client.send(encode_request(Command.ATTEST, 1, Nonce(b"\1" * 32)))
            assert not held.node.info().tampered
            assert held.meter.tamper(0)
            assert client.recv(MAX_MESSAGE) == b""  # no quote under a key that is gone


def test_no_room_for_a_child_costs_one_client_and_not_the_program(secured: Secured) -> None:
    meter = secured.admin.provision(12, "", 5000).meter
    few = len(list(Path(f"/proc/{secured.pid}/fd").iterdir()))
    before = resource.prlimit(secured.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(secured.pid, resource.RLIMIT_NOFILE, (few + 1, before[1]))
    with connection(secured, Role.NODE) as client:
        client.send(encode_request(Command.ATTEST, 1, Nonce(b"\1" * 32)))
        with pytest.raises(ConnectionResetError):  # closed with the request unread
            client.recv(MAX_MESSAGE)
    resource.prlimit(secured.pid, resource.RLIMIT_NOFILE, before)
    assert secured.node.attest(b"\2" * 32).meter == meter
    assert secured.admin.info().boot_count == 1


def test_a_client_that_reads_no_answers_is_dropped(secured: Secured) -> None:
    meter = secured.admin.provision(12, "", 5000).meter
    path = secured.run / Role.NODE.socket_name
    with connection(secured, Role.NODE) as deaf:
        for number in range(1, 600):  # many more than a socket holds
            try:
                deaf.send(encode_request(Command.INFO, number, Empty()))
                deaf.send(encode_request(Command.ATTEST, number, Nonce(b"\1" * 32)))
            except OSError:
                break  # dropped
        other = SecureWorld(path, 10)
        assert other.attest(b"\2" * 32).meter == meter
        other.close()
        assert number < 599
