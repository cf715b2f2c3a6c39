"""Rows of the meter's history over its control socket, page by page."""

from typing import Any

from normal_world.cli.programs import call

PAGE = 300
STEPS_S = tuple(60 * n for n in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080))
Row = dict[str, Any]


def step_for(span_s: int, rows: int) -> int:
    """The shortest usual step of which `rows` cover the span."""
    fitting = (step for step in STEPS_S if span_s <= step * rows)
    return next(fitting, -(-span_s // (rows * 86_400)) * 86_400)


def fetch(since_s: int, until_s: int, step_s: int) -> list[Row]:
    """Rows with `time_s` at whole steps; steps without measurement are not there.

    Raises RpcError, and RpcFailed with the meter's own code.
    """
    rows: list[Row] = []
    since_s -= since_s % step_s
    while since_s < until_s:
        points = min(PAGE, -(-(until_s - since_s) // step_s))
        end_s = since_s + points * step_s
        answer = call("meterd-admin", "history", since_s=since_s, until_s=end_s, points=points)
        for values in answer["rows"]:
            row = dict(zip(answer["columns"], values, strict=True))
            del row["start_s"]
            rows.append({"time_s": since_s + row.pop("slot") * step_s, **row})
        since_s = end_s
    return rows
