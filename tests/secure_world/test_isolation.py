"""What the real program keeps from its neighbours on the same machine."""

import ctypes
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from secure_world import debugger, hardening, peers
from secure_world.child import Child
from secure_world.protocol import Finding, Role, SecureWorldRefused
from tests.secure_world import owner
from tests.secure_world.process import Secured, without_capabilities
from tests.secure_world.rig import Rig


def test_sockets_and_state_are_the_owners_only(secured: Secured) -> None:
    secured.admin.provision(12, "", 5)
    assert secured.state.stat().st_mode & 0o777 == 0o700
    for path in (*secured.run.iterdir(), *secured.state.iterdir()):
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_it_can_leave_no_core_and_win_no_privileges(secured: Secured) -> None:
    assert resource.prlimit(secured.pid, resource.RLIMIT_CORE) == (0, 0)
    status = Path(f"/proc/{secured.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status


def test_its_memory_is_closed_to_its_own_user(tmp_path: Path) -> None:
    # Root's capabilities open everything, so all three processes here go without them.
    peek = [sys.executable, "-c", "import sys; open(f'/proc/{sys.argv[1]}/mem', 'rb')"]

    def look(pid: int) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*peek, str(pid)], capture_output=True, check=False, preexec_fn=without_capabilities
        )

    with Secured(tmp_path, before=without_capabilities) as secured:
        assert secured.start()
        assert b"PermissionError" in look(secured.pid).stderr
    with subprocess.Popen(
        ["cat"], stdin=subprocess.PIPE, preexec_fn=without_capabilities
    ) as ordinary:
        assert look(ordinary.pid).returncode == 0  # a process that does nothing about it is open


def memory(pid: int) -> bytes:
    """All that a process can write to; only root may look."""
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb") as mem:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, mode = line.split()[:2]
            if mode.startswith("rw"):
                start, end = (int(place, 16) for place in span.split("-"))
                mem.seek(start)
                parts.append(mem.read(end - start))
    return b"".join(parts)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read the process's memory")
def test_words_and_passphrases_never_enter_the_long_running_process(secured: Secured) -> None:
    with pytest.raises(SecureWorldRefused):
        secured.admin.restore("swordfish " * 12, "a long passphrase", 5)
    made = secured.admin.provision(12, "another long passphrase", 5)
    everything = memory(secured.pid)
    assert made.meter in everything  # the search finds what is there
    words = made.mnemonic.encode()
    for secret in (words, words[:40], words[-40:], b"swordfish", b"long passphrase"):
        assert secret not in everything


def test_big_libraries_stay_out_of_it(secured: Secured) -> None:
    secured.admin.provision(12, "", 5)
    mapped = Path(f"/proc/{secured.pid}/maps").read_text()
    assert "coincurve" in mapped
    for library in ("cryptography", "bip_utils", "Crypto", "nacl"):
        assert f"/{library}/" not in mapped


def test_children_lock_their_own_memory() -> None:
    if os.geteuid() != 0:
        pytest.skip("memory can be locked only without a limit")

    def work(channel: socket.socket) -> None:
        channel.send(hardening.STATUS.read_bytes())

    child = Child(work)
    status = child.receive()
    assert child.end()
    locked = next(line for line in status.splitlines() if line.startswith(b"VmLck:"))
    assert int(locked.split()[1]) > 0  # KiB; a fork begins with none


# -- a debugger -----------------------------------------------------------------------------------
PTRACE_SEIZE = 0x4206
TRACED, FREE = b"Name:\tx\nTracerPid:\t77\nUid:\t0\n", b"Name:\tx\nTracerPid:\t0\nUid:\t0\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may trace it")
def test_a_debugger_is_a_finding(secured: Secured) -> None:
    secured.admin.provision(12, "", 5)
    assert secured.admin.info().tampered == 0
    libc = ctypes.CDLL(None)
    assert libc.ptrace(PTRACE_SEIZE, secured.pid, None, None) == 0
    mask = 1 << Finding.DEBUGGER
    while secured.admin.info().tampered != mask:  # looked for every second
        pass
    assert f"DEBUGGER traced by process {os.getpid()}: keys kept" in secured.log.read_text()
    assert secured.admin.info().provisioned


def test_a_debugger_costs_the_keys_that_the_owner_marked(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.rule(owner.law(tamper_marks=1 << Finding.DEBUGGER))
    status = tmp_path / "status"
    status.write_bytes(FREE)
    monkeypatch.setattr(hardening, "STATUS", status)
    monkeypatch.setattr(debugger, "PERIOD_S", 0.0)
    watch = debugger.Watch(rig.device)
    watch.look()
    assert (rig.device.tampered, rig.device.meter is None) == (0, False)
    status.write_bytes(TRACED)
    watch.look()
    watch.close()
    assert (rig.device.tampered, rig.device.meter) == (1 << Finding.DEBUGGER, None)
    rig.restart()
    assert rig.device.meter is None


@pytest.mark.parametrize(
    ("status", "process"), [(FREE, 0), (TRACED, 77), (b"", 0), (b"\nTracerPid:\tx\n", 0)]
)
def test_who_traces(status: bytes, process: int) -> None:
    assert debugger.tracer(status) == process


# -- another user at the socket -------------------------------------------------------------------
NOBODY = 65534


def asks_as(uid: int, folder: Path, name: str) -> bool:
    """Whether a process of this user gets an answer at the socket, whose file is open to all."""
    folder.chmod(0o711)
    (folder / name).chmod(0o666)
    child = os.fork()
    if child == 0:
        answered = False
        try:
            os.chdir(folder)
            os.setgroups([])
            os.setuid(uid)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
                asking.settimeout(10)
                asking.connect(name)
                asking.send(b"\xc0")  # not a request: that is said by whoever listens
                answered = asking.recv(1024) != b""
        finally:
            os._exit(int(answered))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become others")
@pytest.mark.parametrize("role", [Role.METER, Role.NODE])
def test_a_socket_that_stands_open_is_still_its_owners(secured: Secured, role: Role) -> None:
    assert asks_as(0, secured.run, role.socket_name)
    assert not asks_as(NOBODY, secured.run, role.socket_name)
    line = f"WARNING PEER {role} refused (time 1): pid "
    assert line in secured.log.read_text()


def test_who_may_speak() -> None:
    assert [peers.may_speak(Role.METER, 7, uid) for uid in (0, 7, 8)] == [True, True, False]
    assert [peers.may_speak(Role.NODE, None, uid) for uid in (0, 7)] == [True, False]
    assert peers.may_speak(Role.ADMIN, 7, 8)  # a technician, by the group
