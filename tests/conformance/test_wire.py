"""The envelope: version, ids, sizes, roles, canonical form; refused by code, and no trace."""

import contextlib
import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.conformance import requests, rlp
from tests.conformance.home import ROOT
from tests.conformance.kit import PIN, Kit
from tests.conformance.rlp import Value
from tests.conformance.wire import (
    MAX_MESSAGE,
    VERSION,
    Code,
    Command,
    Gone,
    Role,
    answered,
    request,
)

OUT_OF_FORM = {Code.MALFORMED, Code.VERSION, Code.COMMAND}
# Bytes that are judged further inside, and text that may be any text.
INSIDE = {Command.SIGN_TRANSACTION: {Code.TX_MALFORMED, Code.TX_TYPE}}
INSIDE[Command.SET_POLICY] = {Code.POLICY_RULES}
FREE = {(Command.PROVISION, 1), (Command.RESTORE, 0), (Command.RESTORE, 1), (Command.UNSEAL, 0)}
FREE |= {(Command.SET_PASSPHRASE, 1)}
COMMANDS = list(Command)
quick = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def kit(shared: Kit) -> Kit:
    """Nothing in this file changes its state."""
    return shared


def any_role(command: Command) -> Role:
    return sorted(requests.roles(command))[0]


def code_of(kit: Kit, role: Role, datagram: bytes) -> tuple[int, Code]:
    """(request id, status) of the answer to these bytes."""
    number, code, _ = answered(kit.client(role).raw(datagram))
    return number, code


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("role", list(Role))
def test_a_command_on_anothers_socket(kit: Kit, role: Role, command: Command) -> None:
    if role in requests.roles(command):
        return
    good = rlp.encode(requests.good(command, 77))
    assert code_of(kit, role, good) == (77, Code.ROLE)
    # Who may not ask does not learn what is wrong with the question either.
    assert code_of(kit, role, request(command, [b"", [], b"x"], 78)) == (78, Code.ROLE)


@pytest.mark.parametrize("number", [0, *range(23, 32), *range(37, 40), 255, 256, 65535])
def test_ids_that_are_no_command(kit: Kit, number: int) -> None:
    for role in Role:
        assert code_of(kit, role, request(number, [], 9)) == (9, Code.COMMAND)


@pytest.mark.parametrize("version", [0, 1, 3, 5, 127, 128, 255, 256, 2**64])
@pytest.mark.parametrize("command", [Command.INFO, Command.PROVISION, Command.COUNT])
def test_other_versions(kit: Kit, command: Command, version: int) -> None:
    fields = requests.FIELDS[command]
    role = any_role(command)
    assert code_of(kit, role, request(command, fields, 3, version))[1] is Code.VERSION


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 2**63, 2**64 - 1])
def test_the_request_id_comes_back(kit: Kit, number: int) -> None:
    assert code_of(kit, Role.NODE, request(Command.INFO, [], number)) == (number, Code.OK)


def test_a_request_id_that_is_too_long(kit: Kit) -> None:
    assert code_of(kit, Role.NODE, request(Command.INFO, [], 2**64)) == (0, Code.MALFORMED)


def test_the_largest_request_and_one_byte_more(kit: Kit) -> None:
    frame = len(request(Command.UNSEAL, [b"x" * 16_000])) - 16_000
    most = request(Command.UNSEAL, [b"x" * (MAX_MESSAGE - frame)])
    assert len(most) == MAX_MESSAGE
    assert code_of(kit, Role.ADMIN, most)[1] is Code.MALFORMED  # read, and the field is too long
    for role in Role:
        assert code_of(kit, role, most + b"x")[1] is Code.TOO_LARGE
        assert code_of(kit, role, b"\0" * 60_000)[1] is Code.TOO_LARGE


@pytest.mark.parametrize(("command", "index", "value"), requests.TOO_MUCH)
def test_fields_out_of_their_bounds(kit: Kit, command: Command, index: int, value: Value) -> None:
    fields = list(requests.FIELDS[command])
    fields[index] = value
    before = kit.info()
    found = code_of(kit, any_role(command), request(command, fields, 5))
    assert found == (5, Code.MALFORMED)
    assert kit.info()._replace(audit_count=0, audit_head=b"") == before._replace(
        audit_count=0, audit_head=b""
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_fields_too_many_too_few_or_none(kit: Kit, command: Command) -> None:
    fields, role = requests.FIELDS[command], any_role(command)
    wrong: list[Value] = [[*fields, b""], b"", b"\1\1", [fields]]
    wrong += [fields[:-1]] if fields else []
    for changed in wrong:
        assert code_of(kit, role, request(command, changed, 6)) == (6, Code.MALFORMED)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_flaw_at_every_place(kit: Kit, command: Command) -> None:
    """Non-canonical, of the other kind, one more, one less: in each item of the request."""
    tree, role = requests.good(command), any_role(command)
    for at in requests.places(tree):
        for flaw in requests.FLAWS:
            broken = requests.spoiled(tree, at, flaw)
            if not broken or is_good(broken, command, at):
                continue  # nothing is left, or bytes in a place where any bytes are right
            _, code = code_of(kit, role, broken)
            allowed = OUT_OF_FORM | INSIDE.get(command, set())
            assert code in allowed, (at, flaw.__name__, broken.hex())
    assert kit.info().pin_wait_s == 0


def is_good(data: bytes, command: Command, at: tuple[int, ...]) -> bool:
    """Whether a change has left a request of the same command that is good in form."""
    try:
        found = rlp.decode(data)
    except ValueError:
        return False
    if found == requests.good(command):
        return True
    pins = isinstance(found, list) and len(at) == 2 and PIN in requests.FIELDS[command]
    free = at[:1] == (3,) and ((command, at[-1]) in FREE or pins)
    return free and _same_shape(found, requests.good(command))


def _same_shape(found: rlp.Item, good: rlp.Item) -> bool:
    """Lists of the same length, strings where there were strings."""
    if isinstance(found, bytes) or isinstance(good, bytes):
        return isinstance(found, bytes) and isinstance(good, bytes)
    return len(found) == len(good) and all(map(_same_shape, found, good))


@quick
@given(st.data())
def test_broken_bytes(scratch: Kit, data: st.DataObject) -> None:
    """Cut, longer, or with changed bytes: refused, or answered as the request that it became."""
    command = data.draw(st.sampled_from([c for c in COMMANDS if c != Command.ZEROISE]))
    good = rlp.encode(requests.good(command))
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(broken) - 1))
        match data.draw(st.sampled_from(["cut", "add", "change", "flip"])):
            case "cut":
                del broken[at:]
            case "add":
                broken[at:at] = data.draw(st.binary(min_size=1, max_size=4))
            case "change":
                broken[at] = data.draw(st.integers(0, 255))
            case "flip":
                broken[at] ^= 1 << data.draw(st.integers(0, 7))
        assume(broken)
    number, code = code_of(scratch, any_role(command), bytes(broken))
    try:
        found = rlp.decode(bytes(broken))
    except ValueError:
        assert (number, code) == (0, Code.MALFORMED)
    else:
        if code is Code.OK:
            assert isinstance(found, list) and found[0] == bytes([VERSION])
            assert rlp.uint(found[2]) == number


@quick
@given(st.binary(min_size=1, max_size=400))
def test_noise(scratch: Kit, noise: bytes) -> None:
    for role in Role:
        _, code = code_of(scratch, role, noise)
        assert code in OUT_OF_FORM | {Code.ROLE, Code.OK}


def test_depth_and_lengths_that_lie(kit: Kit) -> None:
    for broken in (
        b"\xc1" * 200 + b"\xc0",
        b"\xff" + b"\xff" * 8,
        b"\xbf" + b"\xff" * 8 + b"x" * 100,
        b"\xf8\xff" + b"\x03" * 10,
        b"\xc4\x03\x01\x01",
        b"\xc4\x03\x01\x01\xc1",
        b"\xb8\x05hello",
    ):
        for role in Role:
            assert code_of(kit, role, broken) == (0, Code.MALFORMED)


def test_many_on_one_connection_are_answered_in_their_order(kit: Kit) -> None:
    with_fresh = kit.home.client(Role.NODE)
    for number in range(100, 140):
        with_fresh.send(request(Command.INFO, [], number))
    found = [answered(with_fresh.receive())[0] for _ in range(40)]
    with_fresh.close()
    assert found == list(range(100, 140))


def test_connections_do_not_mix(kit: Kit) -> None:
    clients = [kit.home.client(role) for role in Role for _ in range(5)]
    for turn in range(20):
        for number, client in enumerate(clients):
            client.send(request(Command.INFO, [], turn << 8 | number))
        for number, client in enumerate(clients):
            assert answered(client.receive())[0] == turn << 8 | number
    for client in clients:
        client.close()


def test_one_role_cannot_shut_the_others_out(kit: Kit) -> None:
    many = [kit.home.client(Role.NODE) for _ in range(80)]
    served = 0
    for client in many:
        with contextlib.suppress(Gone):
            served += answered(client.raw(request(Command.INFO, [])))[1] is Code.OK
    assert 16 <= served <= 80
    assert kit.info(Role.METER).provisioned and kit.info(Role.ADMIN).provisioned
    for client in many:
        client.close()


def test_a_client_that_leaves_before_its_answer(kit: Kit) -> None:
    for command in (Command.INFO, Command.ATTEST, Command.GET_POLICY):
        for _ in range(5):
            client = kit.home.client(Role.NODE)
            client.send(rlp.encode(requests.good(command)))
            client.close()
    assert kit.info().provisioned


def test_requests_that_need_a_child_wait_for_each_other(kit: Kit) -> None:
    clients = [kit.home.client(Role.NODE) for _ in range(6)]
    for number, client in enumerate(clients, 1):
        client.send(request(Command.ATTEST, [bytes([number]) * 32], number))
    assert kit.info(Role.METER).provisioned  # nobody else waits for them
    for number, client in enumerate(clients, 1):
        again, code, fields = answered(client.receive())
        assert (again, code, fields[0]) == (number, Code.OK, bytes([number]) * 32)
        client.close()


def test_the_codes_are_those_of_the_documentation() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    told = {int(n): name for n, name in re.findall(r"^\| (\d+) \| `([A-Z-]+)` \|", page, re.M)}
    said = {code.value: code.name.replace("_", "-") for code in Code if code}
    assert {**told, Code["BUSY"].value: "BUSY"} == said


def test_every_code_has_a_test_that_names_it() -> None:
    """But for those that no request can bring about."""
    pages = (ROOT / "tests" / "conformance").glob("test_*.py")
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    named = set(re.findall(r"\bCode\.([A-Z_]+)", text))
    unreachable = {
        "BUSY",  # never sent: who comes when all places are taken is not let in
        "INTERNAL",  # a defect of ours: none is known
        "SEQUENCE_END",  # four thousand million readings of one trade
    }
    known = {code.name for code in Code}
    assert named <= known
    assert known - named == unreachable
