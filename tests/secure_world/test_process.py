"""The real program: start, roles, garbage, neighbours, hardening, end."""

import os
import resource
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secure_world.protocol import (
    LAYOUTS,
    MAX_MESSAGE,
    Command,
    OpenTrade,
    PolicyRule,
    ProvisioningUnconfirmed,
    Role,
    SecureWorld,
    SecureWorldRefused,
    SecureWorldUnreachable,
    SocketPathTooLong,
    decode_response,
    encode_request,
)
from secure_world.rlp import encode
from tests.secure_world.process import ROOT, Secured

NOBODY = 65534
MNEMONIC = "abandon " * 11 + "about"


def connection(secured: Secured, role: Role) -> socket.socket:
    """A client without manners."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made.settimeout(10)
    made.connect(str(secured.run / role.socket_name))
    return made


def exchange(secured: Secured, role: Role, request: bytes) -> tuple[int, str]:
    """(status, sentence) of a request's refusal."""
    with connection(secured, role) as client:
        client.send(request)
        status, fields = decode_response(client.recv(MAX_MESSAGE), 0)
    assert isinstance(fields[0], bytes)
    return status, fields[0].decode()


def refusal(ask: object) -> str:
    assert callable(ask)
    with pytest.raises(SecureWorldRefused) as caught:
        ask()
    return str(caught.value.code)


def test_without_keys_nothing_is_signed_or_counted(secured: Secured) -> None:
    info = secured.node.info()
    assert (info.provisioned, info.account, info.meter, info.boot_count) == (False, None, None, 1)
    trade = OpenTrade(1, b"\1" * 20, b"\1" * 32, 1, 5, b"\2" * 20, b"\3" * 32)
    raw = b"\x02" + encode([b"\1", b"", b"", b"", b"", b"\1" * 20, b"", b"", []])
    for ask in (
        lambda: secured.meter.count(1, 0, 0),
        lambda: secured.meter.open_trade(trade),
        lambda: secured.meter.sign_reading(b"\1" * 32, True, 1, 0, 0),
        lambda: secured.node.sign_transaction(raw),
        lambda: secured.admin.set_policy([], 0),
    ):
        assert refusal(ask) == "NOT-PROVISIONED"


def test_provisioned_keys_outlive_the_process(secured: Secured) -> None:
    made = secured.admin.provision(24, "p", 5000)
    assert len(made.mnemonic.split()) == 24
    assert secured.stop() == 0
    assert secured.start()
    info = secured.admin.info()
    assert (info.account, info.meter, info.rated_power_w) == (made.account, made.meter, 5000)
    assert info.boot_count == 2
    assert refusal(lambda: secured.admin.provision(12, "", 5)) == "ALREADY-PROVISIONED"
    assert refusal(lambda: secured.admin.restore(MNEMONIC, "", 5)) == "ALREADY-PROVISIONED"


def test_restore_brings_the_account_and_a_new_meter(tmp_path: Path, secured: Secured) -> None:
    first = secured.admin.restore(MNEMONIC, "p", 5000)
    other = tmp_path / "other"
    other.mkdir()
    with Secured(other) as second:
        second.start()
        assert refusal(lambda: second.admin.restore(MNEMONIC + "s", "p", 1)) == "MNEMONIC"
        again = second.admin.restore(MNEMONIC, "p", 5000)
    assert again.account == first.account
    assert again.meter != first.meter


def test_unconfirmed_keys_do_not_count_and_can_be_made_anew(secured: Secured) -> None:
    with connection(secured, Role.ADMIN) as client:
        request = LAYOUTS[Command.PROVISION].request
        client.send(encode_request(Command.PROVISION, 1, request(12, "", 5000)))  # type: ignore[call-arg]
        client.recv(MAX_MESSAGE)
    assert not secured.admin.info().provisioned
    assert refusal(lambda: secured.meter.count(1, 0, 0)) == "NOT-PROVISIONED"
    made = secured.admin.provision(12, "", 5000)
    assert secured.admin.info().account == made.account
    secured.admin.confirm(made.account)
    assert refusal(lambda: secured.admin.confirm(b"\1" * 20)) == "ACCOUNT"


@pytest.mark.parametrize("words", [0, 11, 13, 255])
def test_words_that_bip_39_does_not_know(secured: Secured, words: int) -> None:
    assert refusal(lambda: secured.admin.provision(words, "", 5)) == "MALFORMED"


def test_each_role_has_its_commands_only(secured: Secured) -> None:
    allowed = {
        role: {command for command in Command if role in LAYOUTS[command].roles} for role in Role
    }
    assert allowed[Role.METER] == {
        Command.INFO,
        Command.OPEN_TRADE,
        Command.COUNT,
        Command.SIGN_READING,
    }
    assert allowed[Role.NODE] == {Command.INFO, Command.SIGN_TRANSACTION}
    for role in Role:
        for command in set(Command) - allowed[role]:
            request = encode([b"\1", bytes([command]), b"", [b"x"]])
            assert exchange(secured, role, request)[0] == 5, (role, command)


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"\0", 1),
        (encode([b"\1", b"\1", b""]), 1),
        (encode([b"\1", b"\1", b"", [b""]]), 1),
        (encode([b"\1", b"\1", b"\0", []]), 1),
        (encode([b"\1", b"\1", b"", []]) + b"\0", 1),
        (encode([b"\2", b"\1", b"", []]), 3),
        (encode([b"\1", b"\x63", b"", []]), 4),
        (b"\xb9\xff\xff" + b"a" * (MAX_MESSAGE + 100), 2),
    ],
)
def test_malformed_requests_have_their_codes(
    secured: Secured, request_bytes: bytes, code: int
) -> None:
    for role in Role:
        assert exchange(secured, role, request_bytes)[0] == code


def test_a_refused_secret_is_not_repeated(secured: Secured) -> None:
    with pytest.raises(SecureWorldRefused) as caught:
        secured.admin.restore("topsecret " * 12, "hunter2", 5)
    secured.stop()
    for text in (str(caught.value), secured.log.read_text()):
        assert "topsecret" not in text
        assert "hunter2" not in text


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(role=st.sampled_from(list(Role)), data=st.data())
def test_garbage_never_ends_it(secured: Secured, role: Role, data: st.DataObject) -> None:
    items = st.recursive(st.binary(max_size=40), lambda inner: st.lists(inner, max_size=9))
    command = data.draw(st.sampled_from([bytes([number]) for number in Command]))
    framed = st.builds(lambda fields: encode([b"\1", command, b"\7", fields]), items)
    before = secured.node.info()
    with connection(secured, role) as client:
        for request in data.draw(st.lists(st.binary(min_size=1) | framed, max_size=4)):
            client.send(request)
            decode_response(client.recv(MAX_MESSAGE), 7)
        client.send(data.draw(framed))  # and leaves without waiting
    assert secured.node.info() == before


def test_a_killed_process_leaves_no_trouble(secured: Secured) -> None:
    account = secured.admin.provision(12, "", 5).account
    assert secured.kill() == -9
    assert (secured.run / Role.ADMIN.socket_name).exists()
    with pytest.raises(SecureWorldUnreachable):
        secured.admin.info()
    assert secured.start()
    assert secured.admin.info().account == account


def test_two_never_share_a_state_or_a_socket(tmp_path: Path, secured: Secured) -> None:
    for state, run in ((secured.state, tmp_path / "r"), (tmp_path / "s", secured.run)):
        second = subprocess.run(
            [sys.executable, "-m", "secure_world.main", "--state", state, "--run", run],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (second.returncode, second.stdout) == (2, "")
        assert second.stderr.splitlines()[-1].startswith("ERROR STATE-LOCKED ")
    assert secured.node.info().boot_count == 1


def test_sockets_and_state_are_the_owners_only(secured: Secured) -> None:
    secured.admin.provision(12, "", 5)
    assert secured.state.stat().st_mode & 0o777 == 0o700
    for path in (*secured.run.iterdir(), *secured.state.iterdir()):
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_it_can_leave_no_core_and_win_no_privileges(secured: Secured) -> None:
    assert resource.prlimit(secured.pid, resource.RLIMIT_CORE) == (0, 0)
    assert "NoNewPrivs:\t1" in Path(f"/proc/{secured.pid}/status").read_text()


def test_its_memory_is_closed_to_its_own_user() -> None:
    # Root may read everything, so this needs a user who is not: nobody, where root runs the tests.
    user = NOBODY if os.geteuid() == 0 else os.geteuid()
    peek = [sys.executable, "-c", "import sys; open(f'/proc/{sys.argv[1]}/mem', 'rb')"]
    with tempfile.TemporaryDirectory(prefix="evlock-") as folder:
        os.chown(folder, user, -1)
        with Secured(Path(folder), user=user) as secured:
            secured.start()
            looks = subprocess.run([*peek, str(secured.pid)], user=user, capture_output=True)
            assert b"PermissionError" in looks.stderr
            with subprocess.Popen(["cat"], user=user, stdin=subprocess.PIPE) as open_one:
                looks = subprocess.run([*peek, str(open_one.pid)], user=user, capture_output=True)
                assert looks.returncode == 0  # an ordinary process of this user is not closed


def test_big_libraries_stay_out_of_it(secured: Secured) -> None:
    secured.admin.provision(12, "", 5)
    mapped = Path(f"/proc/{secured.pid}/maps").read_text()
    assert "coincurve" in mapped
    for library in ("cryptography", "bip_utils", "Crypto", "nacl"):
        assert f"/{library}/" not in mapped


def test_peers_are_logged(secured: Secured) -> None:
    secured.meter.info()
    secured.stop()
    assert f"INFO CONNECTED meter pid {os.getpid()} uid {os.getuid()}" in secured.log.read_text()


def test_too_many_connections_are_turned_away_and_then_welcome(secured: Secured) -> None:
    crowd = [connection(secured, Role.NODE) for _ in range(64)]
    with connection(secured, Role.METER) as late:
        assert late.recv(1) == b""
    for client in crowd:
        client.close()
    assert secured.meter.info().boot_count == 1


def test_an_evlock_home_moves_everything(tmp_path: Path) -> None:
    with Secured(tmp_path) as program:
        command = [sys.executable, "-m", "secure_world.main"]
        home = {**os.environ, "EVLOCK_HOME": str(tmp_path)}
        with subprocess.Popen(command, cwd=ROOT, env=home, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            assert program.node.info().boot_count == 1
            process.terminate()
    assert (tmp_path / "var" / "secured" / "state.db").exists()


def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path) -> None:
    with pytest.raises(SocketPathTooLong, match="expected at most 107"):
        SecureWorld(tmp_path / ("x" * 107))


def test_the_client_finds_a_restarted_process(secured: Secured) -> None:
    assert secured.node.info().boot_count == 1
    secured.kill()
    secured.start()
    assert secured.node.info().boot_count == 2


def test_an_answer_lost_after_provisioning_carries_the_words(
    secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(account: bytes) -> None:
        raise SecureWorldUnreachable("gone")

    monkeypatch.setattr(secured.admin, "confirm", gone)
    with pytest.raises(ProvisioningUnconfirmed) as caught:
        secured.admin.provision(12, "", 5)
    monkeypatch.undo()
    assert not secured.admin.info().provisioned
    secured.admin.confirm(caught.value.provisioned.account)
    assert secured.admin.info().account == caught.value.provisioned.account


def test_policy_rules_over_the_wire(secured: Secured) -> None:
    secured.admin.provision(12, "", 5)
    rules = [PolicyRule(1, bytes([number]) * 20, b"abcd", 2**256 - 1) for number in range(64)]
    assert secured.admin.set_policy(rules, 2**256 - 1) == 1
    with pytest.raises(ValueError, match="rules: 65 entries"):
        secured.admin.set_policy([*rules, rules[0]], 1)
