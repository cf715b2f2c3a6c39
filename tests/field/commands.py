"""The command tree as it is: a test that walks it meets every new command."""

from collections.abc import Iterator
from typing import Any

import typer

from normal_world.cli.main import app


def leaves(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[str]:
    """`sensor read`, … and groups that do something by themselves."""
    group = typer.main.get_command(app) if group is None else group
    inside = getattr(group, "commands", None)
    if inside is None or getattr(group, "invoke_without_command", False):
        yield " ".join(path)
    for name, command in (inside or {}).items():
        yield from leaves(command, (*path, name))
