"""What commands print: one JSON object with --json, else lines of `name  value`."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def show(result: Mapping[str, Any], *, as_json: bool, text: str | None = None) -> None:
    """The result as one line of JSON, or the text (made of the result when none is given)."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False), flush=True)
    else:
        print(pairs(result) if text is None else text, flush=True)


def pairs(values: Mapping[str, Any]) -> str:
    """`name  value` lines, the values aligned; nested objects are indented."""
    width = max((len(name) for name in values), default=0)
    return "\n".join(_line(name.replace("_", " "), value, width) for name, value in values.items())


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns aligned by spaces, for terminals and for `cut` alike."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def note(text: str) -> None:
    """Words for the person at the terminal, never mixed into the result on stdout."""
    print(text, file=sys.stderr)


def _line(name: str, value: Any, width: int) -> str:
    if isinstance(value, Mapping) and value:
        inner = pairs(value).replace("\n", "\n  ")
        return f"{name}\n  {inner}"
    if isinstance(value, list | tuple | Mapping):
        value = ", ".join(str(item) for item in value) or "none"
    if value is None:
        value = "–"
    return f"{name.ljust(width)}  {value}"
