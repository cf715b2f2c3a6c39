"""The steps of `evlock install`: each is done, or only said, and told in one line."""

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from deploy import layout
from normal_world.cli import install_facts, install_place, install_words
from normal_world.cli.errors import CliError, UsageInvalid

CURRENT_A = 10.0  # of a node.toml for a board that is not known yet
COMMAND_LIMIT_S = 60.0


class InstallFailed(CliError, RuntimeError):
    """Which step of the installation, and the words of the tool that refused it."""

    code = "INSTALL-FAILED"
    exit_code = 1


@dataclass(frozen=True)
class Step:
    """`did` is one of written, updated, unchanged, kept, missing, removed, run (or would …)."""

    did: str
    what: str


class Installer:
    """`install` or `remove` on the system under `root`; `steps` tells what was done."""

    def __init__(self, root: Path, dry_run: bool) -> None:
        self.root, self.dry_run = root, dry_run
        self.steps: list[Step] = []

    def install(self, board: str) -> None:
        """Put everything in place. Raises PlaceUnsafe, UsageInvalid, InstallFailed."""
        text = install_facts.board_text(board) if board else ""
        scripts = install_place.scripts_folder()
        if self._is_own:
            for place in install_place.own_places():
                install_place.check(place)
            self._need_root()
        settings = self.root / layout.SETTINGS
        self._settings(settings / "board.toml", text, "evlock install --board NAME writes it")
        facts = install_facts.facts(settings / "board.toml", text)
        current_a = facts.get("limits", {}).get("max_current_a", CURRENT_A)
        self._settings(settings / "node.toml", layout.node_template(current_a), "")
        inside = install_place.inside(self.root, scripts)
        found = layout.program_files(
            inside,
            systemd=install_facts.systemd_version(self.root),
            sysfs_gpio=facts.get("gpio", {}).get("driver") == "sysfs",
        )
        wanted = {file.target: file.text for file in found} | install_words.files(inside)
        for target, content in wanted.items():
            self._write(self.root / target, content)
        self._delete(set(_targets()) - wanted.keys())
        self._run("systemd-sysusers", "/" + str(layout.OTHERS["sysusers.conf"]))
        self._run("systemd-tmpfiles", "--create", "/" + str(layout.OTHERS["tmpfiles.conf"]))
        self._run("systemctl", "daemon-reload")

    def remove(self) -> None:
        """Stop the programs, take their files away; settings, state and users stay."""
        if self._is_own:
            self._need_root()
            if (self.root / layout.UNITS / "evlock.target").exists():
                # All by name: `stop` waits for what it names, and ExecStopPost needs its file.
                self._run("systemctl", "stop", *layout.unit_names())
                self._run("systemctl", "disable", "evlock.target")
        self._delete(_targets())
        self._run("systemctl", "daemon-reload")
        for kept in (layout.SETTINGS, PurePosixPath("var/lib/evlock")):
            if (self.root / kept).exists():
                self._told("kept", self.root / kept)

    @property
    def _is_own(self) -> bool:
        return self.root == Path("/")

    def _need_root(self) -> None:
        if os.geteuid() != 0 and not self.dry_run:
            raise UsageInvalid("not root, expected: sudo evlock install", "INSTALL-RIGHTS")

    def _settings(self, path: Path, text: str, hint: str) -> None:
        """The owner's files are never touched again."""
        if path.exists():
            self._told("kept", path)
        elif text:
            self._put(path, text)
            self._told("written", path)
        else:
            self.steps.append(Step("missing", f"{path}: {hint}"))

    def _write(self, path: Path, text: str) -> None:
        try:
            before = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            before = None
        if before == text:
            self._told("unchanged", path)
            return
        self._put(path, text)
        self._told("written" if before is None else "updated", path)

    def _put(self, path: Path, text: str) -> None:
        """Whole or not at all."""
        if self.dry_run:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o755 if path.parent.name == "bin" else 0o644)
        fresh.replace(path)

    def _delete(self, targets: Iterable[PurePosixPath]) -> None:
        for target in sorted(targets):
            path = self.root / target
            if not path.exists():
                continue
            if not self.dry_run:
                path.unlink()
                if path.parent.suffix == ".d" and not any(path.parent.iterdir()):
                    path.parent.rmdir()  # a folder of drop-ins, ours was the last
            self._told("removed", path)

    def _run(self, *command: str) -> None:
        """On the running system only: an image does it at its first boot."""
        if not self._is_own:
            return
        if not self.dry_run:
            try:
                subprocess.run(
                    command, check=True, capture_output=True, text=True, timeout=COMMAND_LIMIT_S
                )
            except (OSError, subprocess.SubprocessError) as error:
                words = " ".join(str(getattr(error, "stderr", "") or error).split())
                raise InstallFailed(f"{' '.join(command)}: {words}") from None
        self.steps.append(Step("would run" if self.dry_run else "run", " ".join(command)))

    def _told(self, did: str, path: Path) -> None:
        would = self.dry_run and did in ("written", "updated", "removed")
        self.steps.append(Step(f"would be {did}" if would else did, str(path)))


def _targets() -> list[PurePosixPath]:
    return [*layout.possible_targets(), *install_words.TARGETS]
