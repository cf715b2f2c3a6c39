"""install: units, users, folders and settings of a node, put in place or taken away."""

from pathlib import Path
from typing import Annotated, Any

import typer

from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, show

SYSTEM = Path("/")
NEXT = """\
Then, in this order (docs/services.md):
  1. adduser NAME evlock             who may use `evlock` here; log in anew
  2. look through /etc/evlock/board.toml and /etc/evlock/node.toml
  3. systemctl enable --now evlock.target
  4. sudo evlock setup; evlock doctor"""


def install(
    root: Annotated[
        Path, typer.Option("--root", metavar="DIR", help="Another system's root, as of an image.")
    ] = SYSTEM,
    board: Annotated[
        str, typer.Option("--board", metavar="NAME", help="Board file: evlock board list.")
    ] = "",
    remove: Annotated[
        bool, typer.Option("--remove", help="Take it away again; settings and state stay.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say it, do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Put services, users and settings in place (as root).

    Never overwrites board.toml or node.toml; may be repeated.

    \b
    Example:
      evlock install --board raspberry-pi-4b
      evlock install --remove
    """
    from normal_world.cli.install_steps import Installer

    if remove and board:
        raise UsageInvalid("--remove --board: one of both expected")
    if not root.is_dir():
        raise UsageInvalid(f"--root {root}: a folder that is there expected")
    installer = Installer(root.resolve(), dry_run)
    if remove:
        installer.remove()
    else:
        installer.install(board)
    told: dict[str, Any] = {
        "root": str(installer.root),
        "dry_run": dry_run,
        "steps": [{"did": step.did, "what": step.what} for step in installer.steps],
    }
    width = max(len(step.did) for step in installer.steps)
    lines = [f"{step.did.ljust(width)}  {step.what}" for step in installer.steps]
    lines += [] if remove or dry_run else ["", NEXT]
    show(told, as_json=as_json, text="\n".join(lines))
