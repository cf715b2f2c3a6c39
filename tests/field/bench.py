"""A technician's bench: a plant, a development chain, an operator, and programs of one node."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.jsonrpc import Client
from normal_world.demo.home import free_ports
from tests.plant_process import LIMIT_S, ROOT, PlantProcess, plant_process, wait_until

MODULES = {
    "secured": "secure_world.main",
    "meterd": "firmware.main",
    "noded": "normal_world.main",
    "chain": "normal_world.chain.devchain",
}
ANSWERS = """\
[board]
name = "virtual"
plant = {plant}
plant_board = "seller"
[node]
name = "bench"
[chain]
rpc = "http://127.0.0.1:{chain_port}"
address_book = {book}
[link]
listen = "127.0.0.1:{link_port}"
peers = ["0x{peer} 127.0.0.1:{peer_port}"]
certificate_folder = {certificate}
[limits]
max_trade_uwh = 100_000
max_day_uwh = 1_000_000
max_current_a = 10.0
[keys]
rated_power_w = 100
passphrase_file = "/dev/null"
words_file = {words}
[owner]
key = {owner}
pin_file = {pin}
[policy]
roles = ["seller", "buyer"]
[calibration]
instrument = {instrument}
"""
INSTRUMENT = (
    "import sys; from firmware.jsonrpc import Client; "
    "shown = Client(sys.argv[1]).call('instrument', board='seller', seconds=0.5); "
    "print(shown['voltage_v'], shown['current_a'])"
)


@dataclass
class Bench:
    """`home` is the node's EVLOCK_HOME; nothing runs but the plant until it is started."""

    folder: Path
    plant: PlantProcess
    home: Path
    ports: list[int]
    processes: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)

    def start(self, program: str, *arguments: str) -> None:
        """Start a program and wait for its `ready`."""
        with (self.folder / "log" / f"{self.home.name}-{program}").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", MODULES[program], *arguments],
                cwd=ROOT,
                env={**os.environ, "EVLOCK_HOME": str(self.home)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.processes[program] = process
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready"), f"{program}: {self.log(program)}"

    def stop(self, program: str, *, kill: bool = False) -> None:
        process = self.processes.pop(program)
        process.kill() if kill else process.terminate()
        process.wait(LIMIT_S)
        assert process.stdout is not None
        process.stdout.close()

    def log(self, program: str) -> str:
        return (self.folder / "log" / f"{self.home.name}-{program}").read_text("utf-8")

    def evlock(self, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        """One command line as a technician gives it."""
        return subprocess.run(
            [sys.executable, "-m", "normal_world.cli.main", *arguments],
            cwd=options.pop("cwd", self.folder),
            env={
                **os.environ,
                "EVLOCK_HOME": str(self.home),
                "PYTHONPATH": str(ROOT),
                **options.pop("env", {}),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
            **options,
        )

    def done(self, *arguments: str) -> str:
        """The output of a command that must succeed."""
        found = self.evlock(*arguments)
        assert found.returncode == 0, f"{arguments}: {found.stderr}{found.stdout}"
        return found.stdout

    def call(self, method: str, **params: Any) -> Any:
        with Client(self.home / "run" / "meterd-admin.sock", 30) as client:
            return client.call(method, **params)

    def instrument(self) -> str:
        """The command that reads the plant's multimeter."""
        control = str(self.plant.control)
        return shlex.join([sys.executable, "-c", INSTRUMENT, control])

    def operator(self) -> None:
        """A chain with contracts, and an authority; and the owner with a key and a PIN."""
        self.done("owner", "new", "--no-passphrase", "--out", "owner.key")
        (self.folder / "pin").write_text("271828\n", encoding="utf-8")
        self.start("chain", "--port", str(self.ports[0]), "--block-seconds", "0.2")
        rpc = f"http://127.0.0.1:{self.ports[0]}"
        self.done("contracts", "deploy", "--rpc", rpc, "--book", "contracts.json")
        self.done("pki", "create-ca")

    def enrol(self) -> None:
        """What the operator does with the two addresses of a node."""
        words = dict(line.split() for line in self.done("key", "address").splitlines())
        rpc = f"http://127.0.0.1:{self.ports[0]}"
        self.done(
            *("contracts", "enroll", "--rpc", rpc, "--rated-power-w", "100"),
            *("--fund-wei", str(10**17), "--meter", words["meter"], "--account", words["account"]),
        )
        request = str(self.home / "etc/pki/link-request.pem")
        self.done("pki", "issue", request, "--meter", words["meter"], "--out", "issued")

    def answers(self, **changes: str) -> Path:
        """An answers file for this bench; `old=new` replaces texts in it."""
        import json

        path = self.folder / "answers.toml"
        text = ANSWERS.format(
            plant=json.dumps(str(self.plant.socket)),
            book=json.dumps(str(self.folder / "contracts.json")),
            certificate=json.dumps(str(self.folder / "issued")),
            words=json.dumps(str(self.folder / "words")),
            owner=json.dumps(str(self.folder / "owner.key")),
            pin=json.dumps(str(self.folder / "pin")),
            instrument=json.dumps(self.instrument()),
            chain_port=self.ports[0],
            link_port=self.ports[1],
            peer_port=self.ports[2],
            peer="ab" * 20,
        )
        for old, new in changes.items():
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        return path

    def set_up(self) -> None:
        """A node whose doctor is green, by `evlock setup` and an operator."""
        self.operator()
        answers = str(self.answers())
        assert self.evlock("setup", "--answers", answers).returncode == 7
        self.start("secured")
        assert "issued" in self.evlock("setup", "--answers", answers).stderr
        self.enrol()
        assert self.evlock("setup", "--answers", answers).returncode == 7
        self.start("meterd")
        assert self.evlock("setup", "--answers", answers).returncode == 7
        self.start("noded")

    def sampling(self) -> None:
        wait_until(lambda: self.call("status")["voltage_v"] is not None, "samples")


@contextmanager
def bench() -> Iterator[Bench]:
    """With a plant that runs, and empty folders."""
    with ExitStack() as stack:
        plant = stack.enter_context(plant_process(seed=3))
        folder = plant.socket.parent
        home = folder / "n"
        for place in (home, folder / "log"):
            place.mkdir()
        made = Bench(folder, plant, home, free_ports(3))
        try:
            yield made
        finally:
            for program in reversed(list(made.processes)):
                made.stop(program, kill=True)
