"""events: the meter's own log of what happened, kept over restarts."""

import json
import textwrap
import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from normal_world.cli import moments
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, show
from normal_world.cli.programs import call

PAGE = 100
FOLLOW_S = 1.0
NEWEST = 50
INDENT = " " * 21


def events(
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="30m, 2h, 7d ago, or a date.")
    ] = None,
    code: Annotated[
        str, typer.Option("--code", metavar="CODE", help="Only this code, as RELAY-OPENED.")
    ] = "",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new ones until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what happened to the meter: findings, faults, starts.

    The last 50, or all since a time. What repeats itself is counted and shown
    in one line. docs/errors.md has every code.

    \b
    Examples:
      evlock events --since 2h
      evlock events --code RELAY-OPENED --follow
    """
    if code and not all(part.isalnum() and part.isupper() for part in code.split("-")):
        raise UsageInvalid(f"--code {code!r}: a code as RELAY-OPENED expected")
    now_s = int(time.time())
    since_s = None if since is None else float(moments.moment("--since", since, now_s))
    found, told = _so_far(since_s, code)
    if not follow:
        told["events"] = found
        show(told, as_json=as_json, text="\n".join(map(line, found)) or "no events")
        _remarks(told)
        return
    for event in found:
        _say(event, as_json)
    _remarks(told)
    try:
        for event in _new(told["newest_id"], code):
            _say(event, as_json)
    except KeyboardInterrupt:
        return


def line(event: dict[str, Any]) -> str:
    """`2026-11-20 18:00:07  CODE text (3 times)`, at most 80 columns."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event["time_s"]))
    times = f" ({event['count']} times)" if event["count"] > 1 else ""
    text = f"{moment}  {event['code']} {event['text']}{times}"
    return "\n".join(textwrap.wrap(text, 80, subsequent_indent=INDENT, break_on_hyphens=False))


def _so_far(since_s: float | None, code: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What there is, and the log's own state."""
    if since_s is None:
        told = call("meterd-admin", "events", limit=NEWEST, code=code)
        return told["events"], told
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        told = call("meterd-admin", "events", limit=PAGE, since=since_s, code=code, after=after)
        found += told["events"]
        ids = [event["id"] for event in told["events"] if event["id"] is not None]
        if len(told["events"]) < PAGE or not ids:
            return found, told
        after = ids[-1]


def _new(after: int, code: str) -> Iterator[dict[str, Any]]:
    while True:
        time.sleep(FOLLOW_S)
        told = call("meterd-admin", "events", limit=PAGE, code=code, after=after)
        for event in told["events"]:
            if event["id"] is not None:
                after = max(after, event["id"])
                yield event


def _say(event: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(event, ensure_ascii=False) if as_json else line(event), flush=True)


def _remarks(told: dict[str, Any]) -> None:
    """What the log itself suffers from, on stderr."""
    if told["dropped"]:
        note(f"{told['dropped']} older events were dropped: the log keeps {told['rows']}")
    if told["fault"]:
        note(f"{told['fault']}: the log cannot be written; {told['unsaved']} events are in memory")
