"""logs: what the programs wrote; from the journal, else from files under EVLOCK_HOME."""

import os
import subprocess
from pathlib import Path
from typing import Annotated, Any

import typer

from normal_world.cli.errors import LogsMissing, UsageInvalid
from normal_world.cli.output import Json, note, show

PROGRAMS = ("secured", "meterd", "noded")
LINES = 50
TAIL_BYTES = 256 * 1024
JOURNAL_LIMIT_S = 30.0


def logs(
    program: Annotated[
        str | None, typer.Argument(metavar="[PROGRAM]", help="secured, meterd or noded.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="30m, 2h, 7d ago, or a date.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")
    ] = False,
    count: Annotated[int, typer.Option("--lines", min=1, max=10000, help="How many.")] = LINES,
    as_json: Json = False,
) -> None:
    """Show the last lines that the programs of this node wrote.

    \b
    Examples:
      evlock logs meterd --since 2h
      evlock logs --follow
    """
    if program is not None and program.removeprefix("evlock-") not in PROGRAMS:
        raise UsageInvalid(f"PROGRAM {program!r}: one of {', '.join(PROGRAMS)} expected")
    if follow and as_json:
        raise UsageInvalid("--follow --json: one of both expected")
    wanted = (program.removeprefix("evlock-"),) if program else PROGRAMS
    moment = _moment(since)
    command = _journal(wanted, moment, count)
    if command is not None:
        _show_journal(command, follow, as_json)
        return
    found, looked = log_files(wanted)
    if not found:
        raise LogsMissing(f"no log of {', '.join(wanted)}; looked for {'; '.join(looked)}")
    if since:
        note("--since: log files carry no times, the last lines are shown")
    if follow:
        _follow([path for paths in found.values() for path in paths], count)
        return
    told = {name: tail(paths[0], count) for name, paths in found.items()}
    text = "\n\n".join(f"{found[name][0]}\n" + "\n".join(rows) for name, rows in told.items())
    show({"looked": looked, "logs": told}, as_json=as_json, text=text)


def log_files(programs: tuple[str, ...]) -> tuple[dict[str, list[Path]], list[str]]:
    """Files by program, and where they were looked for (EVLOCK_HOME/log, and beside it)."""
    home = os.environ.get("EVLOCK_HOME")
    if not home:
        return {}, ["the journal (systemd does not run the programs)", "$EVLOCK_HOME/log (not set)"]
    node = Path(home).absolute()
    own, shared = node / "log", node.parent / "log"
    found: dict[str, list[Path]] = {}
    for program in programs:
        patterns = [(own, f"*{program}*"), (shared, f"*{node.name}*{program}*")]
        patterns += [(shared, f"*{program}*{node.name}*")]
        paths = [path for folder, pattern in patterns for path in sorted(folder.glob(pattern))]
        if files := [path for path in paths if path.is_file()]:
            found[program] = list(dict.fromkeys(files))
    return found, ["the journal (systemd does not run the programs)", str(own), str(shared)]


def tail(path: Path, count: int) -> list[str]:
    """The last lines of a file that may be large."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    return text.splitlines()[-count:]


def journal_command(programs: tuple[str, ...]) -> list[str]:
    """Without times and counts."""
    units = [part for program in programs for part in ("-u", f"evlock-{program}")]
    return ["journalctl", "--no-pager", "--output=short-iso", *units]


def runs_services() -> bool:
    """Whether systemd is the one that runs the programs of this node."""
    unit = Path("/etc/systemd/system/evlock-meterd.service")
    by_hand = bool(os.environ.get("EVLOCK_HOME"))
    return not by_hand and Path("/run/systemd/system").is_dir() and unit.exists()


def _moment(since: str | None) -> str | None:
    if since is None:
        return None
    import time

    from normal_world.cli import moments

    return f"@{moments.moment('--since', since, int(time.time()))}"


def _journal(programs: tuple[str, ...], since: str | None, count: int) -> list[str] | None:
    if not runs_services():
        return None
    limit = [f"--since={since}"] if since else [f"--lines={count}"]
    return [*journal_command(programs), *limit]


def _show_journal(command: list[str], follow: bool, as_json: bool) -> None:
    try:
        if follow:
            subprocess.run([*command, "--follow"], check=False)
            return
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=JOURNAL_LIMIT_S
        )
    except KeyboardInterrupt:
        return
    except (OSError, subprocess.SubprocessError) as error:
        words = " ".join(str(getattr(error, "stderr", "") or error).split())
        raise LogsMissing(f"journalctl: {words}; are you in the group adm?") from None
    told: dict[str, Any] = {"looked": ["journal"], "logs": {"journal": done.stdout.splitlines()}}
    show(told, as_json=as_json, text=done.stdout.rstrip("\n"))


def _follow(files: list[Path], count: int) -> None:
    """tail(1) knows rotated and truncated files better than we would."""
    try:
        subprocess.run(["tail", f"--lines={count}", "-F", *map(str, files)], check=False)
    except KeyboardInterrupt:
        return
