"""evlock-secured does not start weaker than it could be, unless each weakness is named."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from secure_world import hardening, isolation, seccomp
from secure_world.errors import IsolationWeak
from tests.secure_world.process import ALLOWED, PROGRAM, ROOT, Secured, without_capabilities

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="started as root")


def started(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to fail."""
    places = ["--state", str(folder / "state"), "--run", str(folder / "run")]
    return subprocess.run(
        [sys.executable, *PROGRAM, *places, *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refused start."""
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("ERROR ISOLATION ")
    return line


@root_only
def test_root_needs_to_be_named(tmp_path: Path) -> None:
    line = refused(started(tmp_path))
    assert "root (expected a user of its own)" in line
    assert "--allow root" in line
    assert not (tmp_path / "state").exists()


def test_an_unknown_name_is_none(tmp_path: Path) -> None:
    assert "--allow everything: expected one of root, " in refused(
        started(tmp_path, "--allow", "everything")
    )


def test_a_folder_that_others_can_read(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state").chmod(0o750)
    assert "shared-folder (expected a state folder" in refused(started(tmp_path, *ALLOWED))
    with Secured(tmp_path) as secured:
        assert secured.start("--allow=shared-folder")
        assert "shared-folder" in secured.admin.info().isolation.split(",")
        assert secured.state.stat().st_mode & 0o777 == 0o700  # from now on
        secured.stop()
        assert secured.start()


def test_a_file_in_it_that_others_can_read(secured: Secured) -> None:
    secured.stop()
    (secured.state / "state.db").chmod(0o644)
    assert not secured.start()
    assert secured.wait() == 2
    assert "ISOLATION shared-folder" in secured.log.read_text()


def limited() -> None:
    """Before exec: memory that cannot be locked."""
    without_capabilities()
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))


def test_memory_that_cannot_be_locked(tmp_path: Path) -> None:
    with Secured(tmp_path, before=limited) as secured:
        assert secured.start()
        assert "unlocked-memory" in secured.admin.info().isolation.split(",")
        secured.stop()
        assert "WARNING ISOLATION unlocked-memory allowed by --allow" in secured.log.read_text()
    command = [sys.executable, *PROGRAM, "--state", str(secured.state), "--run", str(secured.run)]
    done = subprocess.run(
        [*command, "--allow=root", "--allow=swap"],
        cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=limited,
    )  # fmt: skip
    assert "unlocked-memory (expected LimitMEMLOCK=infinity" in refused(done)


@root_only
def test_a_trial_may_be_weaker_and_says_so(tmp_path: Path) -> None:
    with Secured(tmp_path, program=PROGRAM, allowed=()) as secured:
        assert secured.start(EVLOCK_HOME=str(tmp_path))
        assert "root" in secured.admin.info().isolation.split(",")
        assert "ISOLATION root allowed by EVLOCK_HOME, a trial" in secured.log.read_text()
    (tmp_path / "state").chmod(0o755)
    home = {"EVLOCK_HOME": str(tmp_path)}
    assert "shared-folder" in refused(started(tmp_path, **home)).partition("ISOLATION ")[2]


def test_a_kernel_without_filters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged in this process, which must not be hardened itself."""
    for name in ("harden", "lock_memory"):
        monkeypatch.setattr(hardening, name, lambda: True)
    monkeypatch.setattr(hardening, "is_dumpable", lambda: True)
    monkeypatch.setattr(seccomp, "install", lambda: False)
    with pytest.raises(IsolationWeak, match="no-seccomp"):
        isolation.enforce(tmp_path / "state", ["root", "dumpable"])
    told = isolation.enforce(tmp_path / "state", ["root", "dumpable", "no-seccomp"])
    assert {"dumpable", "no-seccomp"} <= set(told.split(","))


@pytest.mark.parametrize(
    ("routes", "addresses", "told"),
    [
        ("Iface\tDestination\n", "", ""),
        ("", "0001 01 80 10 80 lo\n", ""),
        ("Iface\tDestination\neth0\t000A\n", "", "network"),
        ("Iface\tDestination\n", "fe80 02 40 20 80 wlan0\n", "network"),
    ],
)
def test_a_network_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, routes: str, addresses: str, told: str
) -> None:
    for name, text in (("_ROUTES", routes), ("_ADDRESSES6", addresses)):
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(isolation, name, tmp_path / name)
    monkeypatch.setattr(isolation, "_harden", lambda _: [])
    assert isolation.enforce(tmp_path / "state", []) == told
