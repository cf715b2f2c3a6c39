"""report: one file to send to support, secrets removed."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, show


def report(
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE.tar.gz", help="Default: by date, in this folder."),
    ] = None,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Without accounts, meters, hosts, names.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write one file for support, secrets removed.

    Diagnosis, status, events, history, logs, settings. Keys, passwords, tokens
    and backup words are taken out; no key file is read.
    Account and meter addresses stay, unless --anonymous.

    \b
    Examples:
      evlock report
      evlock report --anonymous --output /tmp/meter.tar.gz
    """
    target = output or Path(time.strftime("evlock-report-%Y%m%d-%H%M%S.tar.gz"))
    if not target.name.endswith((".tar.gz", ".tgz")):
        raise UsageInvalid(f"--output {target}: a name that ends in .tar.gz expected")
    if target.exists():
        raise UsageInvalid(f"--output {target}: exists already, another name expected")
    if not target.absolute().parent.is_dir():
        raise UsageInvalid(f"--output {target}: its folder is not there")
    from firmware.places import Places
    from normal_world.diagnosis import report as parts
    from normal_world.diagnosis.scrub import Scrubber

    found = parts.parts(Places.of_environment(), _logs)
    names = parts.names_of(found) if anonymous else ()
    texts = parts.scrubbed(found, Scrubber(anonymous=anonymous, names=names))
    _write(target, parts.pack(texts))
    sizes = {name: len(text) for name, text in texts.items()}
    lines = [f"{name:<22} {size:>9} bytes" for name, size in sizes.items()]
    told = {"file": str(target), "parts": sizes, "anonymous": anonymous, "key_files_read": 0}
    show(told, as_json=as_json, text="\n".join([*lines, "", f"{target}: written"]))
    if not as_json:
        note(parts.PROMISE.rstrip())


def _write(path: Path, data: bytes) -> None:
    """A new file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _logs() -> dict[str, list[str]]:
    """The last lines of each program, or where they were looked for."""
    import subprocess

    from normal_world.cli import logs
    from normal_world.diagnosis.report import LOG_LINES

    if logs.runs_services():
        command = [*logs.journal_command(logs.PROGRAMS), f"--lines={LOG_LINES}"]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=logs.JOURNAL_LIMIT_S
            )
        except (OSError, subprocess.SubprocessError) as error:
            return {"journal": [str(error)]}
        return {"journal": (done.stdout or done.stderr).splitlines()}
    found, looked = logs.log_files(logs.PROGRAMS)
    if not found:
        return {"none": [f"no logs; looked for {'; '.join(looked)}"]}
    return {name: logs.tail(paths[0], LOG_LINES) for name, paths in found.items()}
