"""manual: the man page, made of the commands themselves (man(7), roff)."""

from typing import Any

import typer

from normal_world.cli.output import Json, show

EVERY = (
    "Every command has --help and --json. "
    "A failure is one line on standard error that begins with its code."
)
EXIT_CODES = (
    ("0", "good"),
    ("1", "a check failed"),
    ("2", "usage or configuration"),
    ("3", "refused by the secure world or the owner's limits"),
    ("4", "hardware"),
    ("5", "chain"),
    ("6", "link or cloud"),
    ("7", "wrong state: a program does not run, a trade is open"),
    ("130", "stopped by Ctrl-C"),
)
PLACES = (
    ("/etc/evlock/board.toml", "facts of the hardware"),
    ("/etc/evlock/node.toml", "the owner's choices"),
    ("/var/lib/evlock", "state of the programs"),
    ("/run/evlock", "their sockets"),
)
ENVIRONMENT = (
    ("EVLOCK_HOME", "a folder with etc, var and run, in place of the system's"),
    ("EVLOCK_DEBUG", "show the traceback of an error"),
)


def manual(as_json: Json = False) -> None:
    """Print the man page, made of all commands.

    \b
    Examples:
      evlock manual > evlock.1; man ./evlock.1
      evlock manual | man -l -
    """
    page = roff()
    show({"page": page}, as_json=as_json, text=page.rstrip("\n"))


def roff() -> str:
    """The page, of the command tree of this version."""
    from firmware.version import VERSION
    from normal_world.cli.main import app

    root: Any = typer.main.get_command(app)
    lines = [
        f'.TH EVLOCK 1 "" "Evlock {VERSION}" "Evlock"',
        ".SH NAME",
        r"evlock \- electricity meters that trade",
        ".SH SYNOPSIS",
        ".B evlock",
        r".I COMMAND \fR[\fIOPTIONS\fR]",
        ".SH DESCRIPTION",
        _escaped("The technician's hand on the programs of a node. " + EVERY),
        ".SH COMMANDS",
    ]
    lines += _commands(root, "evlock")
    for title, rows in (
        ("EXIT STATUS", EXIT_CODES),
        ("ENVIRONMENT", ENVIRONMENT),
        ("FILES", PLACES),
    ):
        lines.append(f".SH {title}")
        lines += [part for key, text in rows for part in (".TP", f".B {_escaped(key)}", text)]
    return "\n".join(lines) + "\n"


def _commands(group: Any, path: str) -> list[str]:
    lines = []
    for name, command in group.commands.items():
        if getattr(command, "commands", None) is not None:
            lines += _commands(command, f"{path} {name}")
            if not getattr(command, "invoke_without_command", False):
                continue
        lines += _command(command, f"{path} {name}")
    return lines


def _command(command: Any, path: str) -> list[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    names = " ".join(p.metavar or p.name.upper() for p in arguments)
    lines = [f".SS {_escaped(f'{path} {names}'.strip())}", *_help(command.help or "")]
    for parameter in (*arguments, *options):
        told = getattr(parameter, "help", None)
        if told:
            lines += [".TP", f".B {_escaped(_name(parameter))}", _escaped(told)]
    return lines


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper()}"
    return ", ".join(parameter.opts) + value


def _help(text: str) -> list[str]:
    r"""Paragraphs; those that begin with \b stand as they are."""
    lines = []
    for block in text.strip().split("\n\n"):
        rows = [row.removeprefix("    ") for row in block.splitlines()]
        if rows[0].strip() == "\b":
            lines += [".PP", ".nf", *map(_escaped, rows[1:]), ".fi"]
        else:
            lines += [".PP", _escaped(" ".join(row.strip() for row in rows))]
    return lines


def _escaped(text: str) -> str:
    """No character of ours is roff's: backslash, hyphen, a dot or quote that begins a line."""
    made = text.replace("\\", r"\e").replace("-", r"\-").replace("\b", "")
    return rf"\&{made}" if made.startswith((".", "'")) else made
