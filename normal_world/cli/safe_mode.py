"""safe-mode: whether meter and node hold back from trading after failed starts, and the way out."""

from typing import Any

import typer

from normal_world.cli.errors import ProgramsMissing
from normal_world.cli.output import Json, show
from normal_world.cli.programs import quick

app = typer.Typer(help="Safe mode after failed starts: show it, leave it.")
PROGRAMS = {"meterd": "meterd-admin", "noded": "noded"}


@app.command()
def status(as_json: Json = False) -> None:
    """Show whether programs are in safe mode, until when.

    \b
    Example:
      evlock safe-mode status
    """
    _ask("safe_mode.status", as_json)


@app.command()
def leave(as_json: Json = False) -> None:
    """Let meter and node trade again, from now on. Look into the logs first.

    \b
    Example:
      journalctl -u evlock-meterd -u evlock-noded --since=-1h
      evlock safe-mode leave
    """
    _ask("safe_mode.leave", as_json)


def _ask(method: str, as_json: bool) -> None:
    told: dict[str, Any] = {}
    missing = []
    for program, socket in PROGRAMS.items():
        try:
            told[program] = quick(socket, method)
        except ConnectionError as error:
            told[program] = None
            missing.append(f"{program} ({error})")
    text = "\n".join(f"{program:<8}{_words(answer)}" for program, answer in told.items())
    show(told, as_json=as_json, text=text)
    if missing:
        raise ProgramsMissing(f"no answer from {'; '.join(missing)}")


def _words(answer: dict[str, Any] | None) -> str:
    if answer is None:
        return "no answer"
    if not answer["safe_mode"]:
        return "normal"
    minutes = (answer["ends_in_s"] + 59) // 60
    return f"safe mode: no trades; ends in {minutes} min if nothing happens"
