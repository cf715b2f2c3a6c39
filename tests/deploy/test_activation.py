"""Sockets that systemd opens: served by their names, left where they are at the end."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.jsonrpc import Client
from secure_world.protocol import Role, SecureWorld
from tests.deploy.manager import need
from tests.firmware.rig import rig
from tests.plant_process import ROOT, wait_until


@contextmanager
def activated(
    paths: list[Path], module: str, *kind: str, **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program behind systemd-socket-activate, which starts it at the first connection."""
    tool = need("systemd-socket-activate")
    listen = [f"--listen={path}" for path in paths]
    names = "--fdname=" + ":".join(path.stem for path in paths)
    keep = [f"--setenv={name}" for name in environment]
    said = paths[0].parent / "activation"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [tool, *kind, *listen, names, *keep, sys.executable, "-m", module],
            cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            heard = "Listening on"  # a file alone may be a socket that does not listen yet
            wait_until(lambda: said.read_text("utf-8").count(heard) == len(paths), "the sockets")
            yield process
        finally:
            process.kill()
            process.wait()


def ends_in_order(process: "subprocess.Popen[bytes]", paths: list[Path]) -> None:
    """SIGTERM; the sockets are the manager's, not the program's to remove."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert all(stat.S_ISSOCK(path.stat().st_mode) for path in paths)


def test_secured_serves_each_role_on_its_own(tmp_path: Path) -> None:
    paths = [tmp_path / "run" / role.socket_name for role in Role]
    paths[0].parent.mkdir()
    home = {"EVLOCK_HOME": str(tmp_path)}
    with activated(paths, "secure_world.main", "--seqpacket", **home) as process:
        paths[0].chmod(0o640)
        clients = {role: SecureWorld(tmp_path / "run" / role.socket_name, 20) for role in Role}
        made = clients[Role.ADMIN].provision(12, "", 100)
        for client in clients.values():
            assert client.info().meter == made.meter
            client.close()
        assert paths[0].stat().st_mode & 0o777 == 0o640  # the manager's, untouched
        ends_in_order(process, paths)


def test_meterd_serves_node_and_technician() -> None:
    with rig() as meter:
        meter.kill()
        paths = [meter.home / "run" / f"{name}.sock" for name in ("meterd", "meterd-admin")]
        for path in paths:
            path.unlink(missing_ok=True)
        with activated(paths, "firmware.main", EVLOCK_HOME=str(meter.home)) as process:
            with Client(paths[0], 20) as node, Client(paths[1], 20) as technician:
                assert "trade" in node.call("status")
                assert technician.call("safe_mode.status")["safe_mode"] is False
            ends_in_order(process, paths)
        for path in paths:
            path.unlink()
        meter.start()
