"""The steps of `evlock setup`, in their order; each tells what is done already."""

import os
import shlex
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.places import Places
from normal_world.cli import setup_files as files
from normal_world.cli import setup_owner
from normal_world.cli.errors import ProgramsMissing, SetupStopped
from normal_world.cli.output import note
from normal_world.cli.programs import call, secure_world
from normal_world.cli.setup_calibration import calibrate
from normal_world.cli.setup_fitting import bearable_current, good_board
from normal_world.cli.setup_keys import provision
from normal_world.cli.setup_source import Progress, Source, typed_line

NODE_ORDER = (
    "node.name",
    "chain.rpc",
    "chain.address_book",
    "link.listen",
    "link.peers",
    "limits.max_trade_uwh",
    "limits.max_day_uwh",
)


@dataclass
class Setup:
    """What the steps share; `wait_s` is how long an unattended one waits for a program."""

    places: Places
    source: Source
    progress: Progress
    wait_s: float
    services: bool  # systemd runs the programs

    # -- files -------------------------------------------------------------------------------
    def board(self) -> str:
        path = self.places.etc / "board.toml"
        if self._is_done("board", path):
            return "done before"
        return files.put(path, good_board(path, self.source, self.progress), self.source)

    def node(self) -> str:
        from firmware.board_file import read_board

        path = self.places.etc / "node.toml"
        if self._is_done("node", path):
            return "done before"
        board = read_board(self.places.etc / "board.toml")
        for key in NODE_ORDER:
            self.source.answer(key)
        bearable_current(board, self.source, self.progress)
        book = Path(self.source.answer("chain.address_book")).expanduser()
        told = files.put(path, files.node_text(self.source, board), self.source)
        target = self.places.etc / "contracts.json"
        if not (target.exists() and target.samefile(book)):
            files.put(target, book.read_text(encoding="utf-8"), self.source)
        return told

    # -- programs and keys -------------------------------------------------------------------
    def secured(self) -> str:
        return self._runs("secured", lambda: self._info())

    def keys(self) -> str:
        from normal_world.cli import key

        info = self._info()
        if info["provisioned"]:
            return f"done before: meter {info['meter']}"
        rated_w = self.source.answer("keys.rated_power_w")
        words = self.source.answer("keys.words")
        if not self.source.unattended:
            key.provision(rated_power_w=rated_w, words=words)
            while not self.source.confirm("Are the words on paper?", False):
                note("write them down now: they are never shown again")
        else:
            provision(self.source, rated_w, words)
        return f"made: meter {self._info()['meter']}"

    def owner(self) -> str:
        return setup_owner.claim(self.source)

    def certificate(self) -> str:
        pki = self.places.etc / "pki"
        if (pki / "device.pem").exists():
            return "done before"
        info, request = self._info(), files.put_request(pki)
        note(
            "The operator of the grid needs this, and gives a folder with the certificate:\n"
            f"  evlock pki issue {request} \\\n"
            f"      --meter {info['meter']} --out FOLDER\n"
            f"  evlock contracts enroll --rated-power-w {info['rated_power_w']} \\\n"
            f"      --meter {info['meter']} \\\n"
            f"      --account {info['account']}"
        )
        folder = self.source.given("link.certificate_folder")
        if folder is None and not self.source.unattended:
            folder = typed_line("Folder with ca.pem and device.pem (empty: later): ")
        if not folder:
            return "later: evlock setup goes on here"
        return files.put_certificate(Path(folder).expanduser(), pki)

    def policy(self) -> str:
        return setup_owner.policy(self.source, self.places.etc)

    # -- the meter ---------------------------------------------------------------------------
    def meterd(self) -> str:
        return self._runs("meterd", lambda: call("meterd-admin", "status"))

    def calibration(self) -> str:
        return calibrate(self.source)

    def noded(self) -> str:
        if not (self.places.etc / "pki" / "device.pem").exists():
            return "later: it needs its certificate first"
        return self._runs("noded", lambda: call("noded", "status"))

    # -- inside ------------------------------------------------------------------------------
    def _is_done(self, step: str, path: Path) -> bool:
        """A person is not asked again; an answers file is compared with what stands there."""
        return not self.source.unattended and step in self.progress.done and path.exists()

    def _info(self) -> dict[str, Any]:
        with secure_world("admin") as client:
            told: dict[str, Any] = client.info().to_json()
        return told

    def _start_of(self, name: str) -> str:
        """By hand, the program must look for its files where this command does."""
        if self.services:
            return f"sudo systemctl start {name}"
        home = os.environ.get("EVLOCK_HOME")
        return f"EVLOCK_HOME={shlex.quote(str(Path(home).absolute()))} {name}" if home else name

    def _runs(self, program: str, ask: Callable[[], Any]) -> str:
        """Until the program answers; else how it is started."""
        name = f"evlock-{program}"
        start = self._start_of(name)
        end_s = time.monotonic() + self.wait_s
        while True:
            with suppress(ConnectionError, OSError):
                ask()
                return "runs"
            if not self.source.unattended:
                where = "" if self.services else " in another terminal"
                note(f"{name} does not run yet. Start it{where}:\n  {start}")
                if typed_line("Press Enter when it runs (q: stop here): ").lower() == "q":
                    raise ProgramsMissing(f"{name} does not run; then again: evlock setup")
            elif time.monotonic() > end_s:
                raise ProgramsMissing(f"{name} does not run: {start}; then again: evlock setup")
            else:
                time.sleep(0.2)


STEPS: tuple[tuple[str, Callable[[Setup], str]], ...] = (
    ("board", Setup.board),
    ("node", Setup.node),
    ("secured", Setup.secured),
    ("keys", Setup.keys),
    ("owner", Setup.owner),
    ("certificate", Setup.certificate),
    ("policy", Setup.policy),
    ("meterd", Setup.meterd),
    ("calibration", Setup.calibration),
    ("noded", Setup.noded),
)


def have_room(places: Places) -> None:
    """Folders that can be written; SetupStopped names the one that cannot."""
    for folder in (places.etc, places.var):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".setup"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise SetupStopped(
                f"{folder}: {error.strerror}; run as root, or set EVLOCK_HOME"
            ) from None
