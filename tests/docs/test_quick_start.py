"""docs/quick-start.md, "Two nodes by hand": the block runs as it stands and ends in a settlement."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plant_process import ROOT

LIMIT_S = 240.0  # about 40 s on a free machine
PORTS = ("8545", "7001", "7002")


def test_two_nodes_by_hand(tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    printed = _run(_block(), tmp_path)
    assert re.search(r"^phase +settled$", printed, re.MULTILINE), printed
    assert re.search(r"^credit after +11$", printed, re.MULTILINE), printed
    assert printed.count('"verdict": "passed"') == 2


def _block() -> str:
    """The commands; only the TCP ports are others, because these may be taken."""
    text = (ROOT / "docs/quick-start.md").read_text("utf-8").split("## Two nodes by hand")[1]
    (block,) = re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for port, free in zip(PORTS, _free_ports(), strict=True):
        assert port in block
        block = re.sub(rf"\b{port}\b", free, block)
    # A short folder: the paths of UNIX sockets have little room under pytest's own.
    block = block.replace("evlock devchain", f"evlock devchain --port {_port_of_chain(block)}")
    return str(block)


def _port_of_chain(block: str) -> str:
    found = re.search(r'rpc = "http://127\.0\.0\.1:(\d+)"', block)
    assert found
    return found[1]
