"""The installed services under a real systemd as PID 1, in namespaces of their own.

What no check of a unit's text shows: that the programs run inside their own hardening, that users
reach their sockets and no others, that a killed meter's relays open, that the watchdog bites.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.plant_process import ROOT, wait_until

HERE = Path(__file__).parent
LIMIT_S = 240.0
UNSHARE = (
    "unshare --mount --pid --cgroup --net --uts --ipc --fork --kill-child --mount-proc".split()
)


def own_cgroup() -> Path | None:
    """This process's folder in the cgroup tree of version 2, where there is one."""
    mounts = Path("/proc/self/mounts").read_text("utf-8").splitlines()
    top = next((line.split()[1] for line in mounts if line.split()[2] == "cgroup2"), None)
    lines = Path("/proc/self/cgroup").read_text("utf-8").splitlines()
    inside = next((line[3:] for line in lines if line.startswith("0::")), None)
    return None if top is None or inside is None else Path(top + inside)


def impossible() -> str:
    """Why no systemd can be booted here; empty when one can."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [t for t in ("unshare", "setpriv", "useradd", "journalctl") if not shutil.which(t)]
    if missing or not Path("/lib/systemd/systemd").exists():
        return f"not installed: {', '.join(missing) or 'systemd'}"
    probe = "mount --make-rprivate / && mount -t cgroup2 cgroup2 /sys/fs/cgroup"
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", probe], capture_output=True, text=True, check=False
    )
    return f"no namespaces: {done.stderr.strip()}" if done.returncode else ""


@contextmanager
def booted(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """systemd with the scenario, in a cgroup of its own; nothing of it is left afterwards."""
    above = own_cgroup()
    assert above is not None
    group = above / f"evlock-test-{os.getpid()}"
    group.mkdir()
    inner = [
        str(HERE / "scenario.sh"), str(folder), sys.base_prefix,
        sysconfig.get_path("purelib"), str(ROOT),
    ]  # fmt: skip
    enter = 'echo $$ > "$0/cgroup.procs"; exec "$@"'
    command = ["sh", "-c", enter, str(group), *UNSHARE, "bash", str(HERE / "namespace.sh"), *inner]
    with (folder / "boot").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process
        finally:
            process.kill()  # its child, the namespace's first process, dies with it, and so do all
            process.wait()
            wait_until(lambda: cleared(group), "the last of its processes is gone")


def cleared(group: Path) -> bool:
    """Remove the empty groups, the inner ones first; whether all are gone."""
    for folder, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            Path(folder).rmdir()
    return not group.exists()


def told(folder: Path) -> dict[str, list[str]]:
    """What the scenario has said so far."""
    found: dict[str, list[str]] = {}
    path = folder / "told"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        name, _, value = line.partition(" ")
        found.setdefault(name, []).append(value.strip())
    return found


def play(folder: Path) -> dict[str, list[str]]:
    with booted(folder) as process:
        for _ in range(int(LIMIT_S)):
            if "end" in told(folder):
                break
            with suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
                break
    logs = [folder / name for name in ("boot", "log")]
    text = "\n".join(path.read_text("utf-8", "replace")[-3000:] for path in logs if path.exists())
    assert "end" in told(folder), f"{told(folder)}\n{text}"
    return told(folder)


def test_the_services_under_a_real_systemd(tmp_path: Path) -> None:
    reason = impossible()
    if reason:
        pytest.skip(f"no systemd can be booted here: {reason}")
    tmp_path.chmod(0o755)
    found = play(tmp_path)
    assert "never" not in found
    for step in ("install", "provision", "status", "leave", "remove"):
        assert found[step] == ["0"], step
    for program in ("secured", "meterd", "noded"):
        assert found[program] == ["CapBnd:0000000000000000 NoNewPrivs:1 Seccomp:2"]
    alone = [found[f"{program}-alone"] for program in ("secured", "meterd", "noded")]
    assert alone == [["yes"], ["yes"], [""]]  # a network of its own, an empty one
    assert {name: found[f"open-{name}"] for name in ("secured-admin", "meterd-admin", "noded")} == {
        "secured-admin": ["tech"], "meterd-admin": ["tech"], "noded": ["tech"],
    }  # fmt: skip
    assert found["open-secured-meter"] == ["evlock-meterd"]
    assert found["open-secured-node"] == found["open-meterd"] == ["evlock-noded"]
    assert found["weaker"] == found.get("allowed", [""])  # else nothing keeps it apart less
    assert found["same-meter"] == ["yes"]
    assert (found["reference-before"], found["reference-after"]) == (["True"], ["False"])
    modes = json.loads(found["safe-mode"][0])
    assert {name: mode["safe_mode"] for name, mode in modes.items()} == {
        "meterd": True, "noded": False,
    }  # fmt: skip
    assert found["sell"] == ["7"]
    assert "SAFE-MODE" in found
    assert found["watchdog"] == ["1"]
    assert found["left"] == ["0 0"]
    assert found["kept"] == ["2 keys"]
