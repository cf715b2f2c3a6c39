"""docs/quick-start.md, "Two nodes by hand": the block runs as it stands and ends settled."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from normal_world.demo.home import free_ports
from tests.plant_process import ROOT

LIMIT_S = 240.0  # about 40 s on a machine that does nothing else
PORTS = ("8545", "7001", "7002")


def test_two_nodes_by_hand() -> None:
    printed = _run(_block())
    assert re.search(r"^phase +settled$", printed, re.MULTILINE), printed
    assert re.search(r"^credit after +11$", printed, re.MULTILINE), printed
    assert re.search(r"^0\.0000\d+ token to the account$", printed, re.MULTILINE), printed
    assert len(re.findall(r"^verdict +passed$", printed, re.MULTILINE)) == 2, printed


def _block() -> str:
    """The commands; only the TCP ports are others, because these may be taken."""
    text = (ROOT / "docs/quick-start.md").read_text("utf-8").split("## Two nodes by hand")[1]
    (block,) = re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for port, free in zip(PORTS, free_ports(len(PORTS)), strict=True):
        assert port in block
        block = re.sub(rf"\b{port}\b", str(free), block)
    return str(block)


def _run(block: str) -> str:
    """What it printed; every program that it started is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ev") as folder:  # short: sockets' paths lie in it
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        with subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": folder, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                printed, _ = process.communicate(timeout=LIMIT_S)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, printed
    return printed
