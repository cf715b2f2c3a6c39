"""The steps of `evlock setup`, in their order; each tells what is done already."""

import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.places import Places
from normal_world.cli import setup_files as files
from normal_world.cli.errors import ProgramsMissing, SetupStopped
from normal_world.cli.output import note
from normal_world.cli.programs import call, secure_world
from normal_world.cli.setup_source import Progress, Source, typed_line

INSTRUMENT_LIMIT_S = 60.0
LOAD_SETTLES_S = 1.5
ZERO_S = 1.5
BACKUP_FILE_MODE = 0o600


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
        return files.put(path, files.board_text(self.source), self.source)

    def node(self) -> str:
        from firmware.board_file import read_board

        path = self.places.etc / "node.toml"
        if self._is_done("node", path):
            return "done before"
        board = read_board(self.places.etc / "board.toml")
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
            self._provision_unattended(rated_w, words)
        return f"made: meter {self._info()['meter']}"

    def certificate(self) -> str:
        pki = self.places.etc / "pki"
        if (pki / "node.key").exists() and (pki / "node.pem").exists():
            return "done before"
        info = self._info()
        note(
            "The operator of the grid needs this, and gives a folder with the certificate:\n"
            f"  evlock pki issue NAME --meter {info['meter']} --out FOLDER\n"
            f"  evlock contracts enroll --meter {info['meter']} \\\n"
            f"      --account {info['account']} --rated-power-w {info['rated_power_w']} …"
        )
        folder = self.source.given("link.certificate_folder")
        if folder is None and not self.source.unattended:
            folder = typed_line("Folder with ca.pem, NAME.pem, NAME.key (empty: later): ")
        if not folder:
            return "later: evlock setup goes on here"
        return files.put_certificate(Path(folder).expanduser(), pki)

    def policy(self) -> str:
        from normal_world.chain.address_book import read_address_book
        from normal_world.cli.policy import MAX_FEE_WEI
        from normal_world.cli.rules import rules_for

        version = self._info()["policy_version"]
        if version:
            return f"done before: version {version}"
        roles = self.source.answer("policy.roles")
        most = self.source.answer("policy.max_value_wei") if "buyer" in roles else 0
        rules = rules_for(roles, read_address_book(self.places.etc / "contracts.json"), most)
        with secure_world("admin") as client:
            version = client.set_policy(rules, MAX_FEE_WEI)
        return f"version {version}: {len(rules)} calls allowed ({', '.join(roles)})"

    # -- the meter ---------------------------------------------------------------------------
    def meterd(self) -> str:
        return self._runs("meterd", lambda: call("meterd-admin", "status"))

    def calibration(self) -> str:
        if call("meterd-admin", "status")["calibrated"]:
            return "done before (again: evlock meter zero, load, gain)"
        if not self.source.confirm("Measure the zero point now? No load may be on.", True):
            return "later: evlock setup goes on here"
        instrument = self.source.given("calibration.instrument")
        if self.source.unattended and not instrument:
            return "skipped: no [calibration] instrument in the answers"
        self._wait_for_sample()
        call("meterd-admin", "calibrate.zero", seconds=ZERO_S)
        call("meterd-admin", "reference_load", closed=True)
        try:
            volts, amps = self._read(instrument)
            call("meterd-admin", "calibrate.load", seconds=ZERO_S, voltage_v=volts, current_a=amps)
        finally:
            call("meterd-admin", "reference_load", closed=False)
        verdict = call("meterd-admin", "self_check")["verdict"]
        return f"{volts:g} V, {amps:g} A by the instrument; self-check: {verdict}"

    def noded(self) -> str:
        if not (self.places.etc / "pki" / "node.pem").exists():
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

    def _provision_unattended(self, rated_w: int, words: int) -> None:
        target, secret = (
            self.source.given("keys.words_file"),
            self.source.given("keys.passphrase_file"),
        )
        if not target or not secret:
            raise SetupStopped("keys.words_file and keys.passphrase_file expected in the answers")
        from normal_world.cli.secret_input import passphrase

        phrase, path = passphrase(Path(secret).expanduser(), None, confirm=False), Path(target)
        path = path.expanduser()
        # Before there are keys: words must never overwrite others, nor have nowhere to go.
        path.touch(mode=BACKUP_FILE_MODE, exist_ok=False)
        try:
            with secure_world("admin") as client:
                made = client.provision(words, phrase, rated_w)
        except Exception:
            path.unlink()
            raise
        path.write_text(made.mnemonic + "\n", encoding="utf-8")

    def _runs(self, program: str, ask: Callable[[], Any]) -> str:
        """Until the program answers; else how it is started."""
        name = f"evlock-{program}"
        start = f"sudo systemctl start {name}" if self.services else f"{name} (another terminal)"
        end_s = time.monotonic() + self.wait_s
        while True:
            with suppress(ConnectionError, OSError):
                ask()
                return "runs"
            if not self.source.unattended:
                note(f"{name} does not run yet. Start it: {start}")
                if typed_line("Press Enter when it runs (q: stop here): ").lower() == "q":
                    raise ProgramsMissing(f"{name} does not run; then again: evlock setup")
            elif time.monotonic() > end_s:
                raise ProgramsMissing(f"{name} does not run: {start}; then again: evlock setup")
            else:
                time.sleep(0.2)

    def _wait_for_sample(self) -> None:
        end_s = time.monotonic() + max(5.0, self.wait_s)
        while (status := call("meterd-admin", "status"))["voltage_v"] is None:
            if time.monotonic() > end_s:
                raise SetupStopped(f"the meter gives no samples: {status['fault']}; evlock doctor")
            time.sleep(0.1)

    def _read(self, instrument: str | None) -> tuple[float, float]:
        """Volts and amperes: the last two words of a command's output, or typed."""
        if instrument is None:
            note("The reference load is on. Read your instrument now, quickly: it warms up.")
            return _typed("Voltage, V: "), _typed("Current, A: ")
        time.sleep(LOAD_SETTLES_S)
        try:
            done = subprocess.run(
                shlex.split(instrument),
                capture_output=True,
                text=True,
                check=True,
                timeout=INSTRUMENT_LIMIT_S,
            )
            volts, amps = (float(word) for word in done.stdout.split()[-2:])
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise SetupStopped(
                f"instrument {instrument!r}: {error}; volts and amperes expected"
            ) from None
        return volts, amps


def _typed(prompt: str) -> float:
    while True:
        with suppress(ValueError):
            return float(typed_line(prompt).replace(",", "."))
        note("a number expected")


STEPS: tuple[tuple[str, Callable[[Setup], str]], ...] = (
    ("board", Setup.board),
    ("node", Setup.node),
    ("secured", Setup.secured),
    ("keys", Setup.keys),
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
    shutil.disk_usage(places.var)
