"""What the real program keeps from its neighbours on the same machine."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from secure_world.protocol import (
    SecureWorldRefused,
)
from tests.secure_world.process import Secured, without_capabilities


def test_sockets_and_state_are_the_owners_only(secured: Secured) -> None:
    secured.admin.provision(12, "", 5)
    assert secured.state.stat().st_mode & 0o777 == 0o700
    for path in (*secured.run.iterdir(), *secured.state.iterdir()):
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_it_can_leave_no_core_and_win_no_privileges(secured: Secured) -> None:
    assert resource.prlimit(secured.pid, resource.RLIMIT_CORE) == (0, 0)
    assert "NoNewPrivs:\t1" in Path(f"/proc/{secured.pid}/status").read_text()


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
