"""completion: the shell's Tab key learns the commands; typer makes the scripts."""

import os
from enum import StrEnum
from typing import Annotated, Any

import typer

from normal_world.cli.output import Json, show

PROGRAM, VARIABLE = "evlock", "_EVLOCK_COMPLETE"


class Shell(StrEnum):
    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
    as_json: Json = False,
) -> None:
    """Print the script for the shell's Tab key.

    \b
    Examples:
      source <(evlock completion bash)
      evlock completion zsh > ~/.zfunc/_evlock
      evlock completion fish > ~/.config/fish/completions/evlock.fish
    """
    text = script(shell.value)
    show({"shell": shell.value, "script": text}, as_json=as_json, text=text)


def script(shell: str) -> str:
    """To be sourced, or put where the shell looks for completions."""
    library: Any = typer.completion
    made: str = library.get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell)
    return made


def answer_shell() -> None:
    """When a shell asks: have typer's own answers, not its library's."""
    if VARIABLE in os.environ:
        library: Any = typer.completion
        library.completion_init()
