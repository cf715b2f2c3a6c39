"""board: the files that say what is soldered where."""

from pathlib import Path
from typing import Annotated

import typer

import board_configs
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, show

app = typer.Typer(help="Board files: list, show, check, write a new one.")

Which = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="A shipped board (evlock board list) or a file.")
]


@app.command("list")
def list_boards(as_json: Json = False) -> None:
    """List the boards that Evlock knows.

    \b
    Example:
      evlock board list
    """
    from firmware.board_file import read_board
    from normal_world.cli import board_words as words
    from normal_world.cli.board_source import as_json as told

    boards = [read_board(Path(f"{n}.toml"), board_configs.text(n)) for n in board_configs.names()]
    width = max(len(board.name) for board in boards)
    lines = [f"{b.name.ljust(width)}  {b.title}\n  {words.brief(b)}" for b in boards]
    show({"boards": [told(b) for b in boards]}, as_json=as_json, text="\n".join(lines))


@app.command("show")
def show_board(which: Which, as_json: Json = False) -> None:
    """Tell a board's facts, wiring, and what it protects.

    \b
    Example:
      evlock board show raspberry-pi-4b
    """
    from firmware.board_file import read_board
    from normal_world.cli import board_source
    from normal_world.cli import board_words as words

    config = read_board(*board_source.found(which))
    wiring = words.wiring(config)
    text = "\n\n".join(
        [
            f"{config.name}: {config.title}",
            words.section("Facts", words.facts(config)),
            words.section("Wiring", wiring),
            words.section("What it protects, and what not", words.claims(config)),
        ]
    )
    told = {
        **board_source.as_json(config),
        "wiring": [{"part": part, "to": to} for part, to in wiring],
    }
    show(told, as_json=as_json, text=text)


@app.command()
def check(
    which: Which,
    node: Annotated[
        Path | None, typer.Option("--node", metavar="FILE", help="Check this node.toml with it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a board file: a line for every problem.

    Exit code 2 if there is one.

    \b
    Example:
      evlock board check board.toml --node node.toml
    """
    from firmware.errors import ConfigError
    from normal_world.cli import board_source

    path, text = board_source.found(which)
    problems = board_source.problems_of(path, text, node)
    told = {
        "file": str(path),
        "good": not problems,
        "problems": [{"code": code, "text": message} for code, message in problems],
    }
    if as_json or not problems:
        files = str(path) if node is None else f"{path} and {node}"
        show(told, as_json=as_json, text=f"{files}: good")
    if problems:
        raise ConfigError.of(problems)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, hyphens.")],
    source: Annotated[
        str, typer.Option("--from", metavar="NAME|FILE", help="The board to begin with.")
    ],
    title: Annotated[str | None, typer.Option("--title", help="For people.")] = None,
    mains: Annotated[
        str | None, typer.Option("--mains", metavar="ac|dc", help="Alternating or direct current.")
    ] = None,
    nominal_v: Annotated[
        float | None, typer.Option("--nominal-v", help="Volts; default 230 for ac, 12 for dc.")
    ] = None,
    frequency: Annotated[
        int | None, typer.Option("--frequency", metavar="HZ", help="50 or 60; ac only.")
    ] = None,
    variant: Annotated[
        int | None, typer.Option("--variant", metavar="A", help="ACS712 of 5, 20 or 30 A.")
    ] = None,
    relay_line: Annotated[
        int | None, typer.Option("--relay-line", metavar="N", help="Line of the main relay.")
    ] = None,
    active_high: Annotated[
        bool, typer.Option("--active-high", help="Both relay modules close at a high level.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Default: NAME.toml here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a commented board file out of another.

    Nothing is overwritten.

    \b
    Example, a Raspberry Pi 4 on 230 V mains:
      evlock board new cellar --from raspberry-pi-4b --mains ac
    """
    from firmware.board_file import read_board
    from normal_world.cli import board_source
    from normal_world.cli.board_text import Wishes, made

    if mains not in (None, "ac", "dc"):
        raise UsageInvalid(f"--mains {mains!r}: ac or dc expected")
    path, text = board_source.found(source)
    if frequency is not None and mains != "ac" and not read_board(path, text).mains.alternates:
        raise UsageInvalid("--frequency: only with --mains ac")
    wishes = Wishes(name, title, mains, nominal_v, frequency, variant, relay_line, active_high)
    target = output or Path(f"{name}.toml")
    written = made(path, text, wishes)
    config = read_board(target, written)  # or its problems are told, and nothing is written
    board_source.write_new(target, written)
    told = {"file": str(target), "board": board_source.as_json(config)}
    show(told, as_json=as_json, text=f"{target}: written")
    if not as_json:
        note(f"look through it, then: evlock board show {target}")
