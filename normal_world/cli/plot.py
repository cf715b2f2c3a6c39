"""A plot of plain characters for a terminal: marks, ranges, gaps; 80 columns, no colour."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

COLUMNS = 66  # of the plot itself: 80 with the axis and its labels
HEIGHT = 12
LABEL = 10


@dataclass(frozen=True)
class Span:
    """What one column shows: the mark, and the range around it."""

    low: float
    mark: float
    high: float


@dataclass(frozen=True)
class Pens:
    """The characters; the second set is for terminals without Unicode."""

    mark: str
    band: str
    axis: str
    zero: str  # the line of zero, where there is one


UNICODE = Pens("●", "│", "┤", "·")
ASCII = Pens("*", "|", "+", ".")


def pens() -> Pens:
    """Those that the terminal can show."""
    try:
        "".join((UNICODE.mark, UNICODE.band, UNICODE.axis, UNICODE.zero)).encode(
            sys.stdout.encoding or "ascii"
        )
    except UnicodeEncodeError:
        return ASCII
    return UNICODE


def plot(columns: Sequence[Span | None], left: str, right: str, pen: Pens) -> str:
    """The columns from left to right; None leaves a gap. `left` and `right` label the time."""
    known = [column for column in columns if column is not None]
    low, high = min(column.low for column in known), max(column.high for column in known)
    step = ((high - low) or abs(high) or 1.0) / HEIGHT
    if high - low < step:
        low -= step * HEIGHT / 2  # a flat line belongs in the middle
    lines = [
        f"{_label(low, step, row):>{LABEL}} {pen.axis}{_row(columns, low, step, row, pen)}".rstrip()
        for row in reversed(range(HEIGHT + 1))
    ]
    gap = max(1, len(columns) - len(left) - len(right))
    return "\n".join([*lines, " " * (LABEL + 2) + left + " " * gap + right])


def _row(columns: Sequence[Span | None], low: float, step: float, row: int, pen: Pens) -> str:
    blank = pen.zero if row == round(-low / step) and low < 0.0 else " "
    return "".join(
        blank if column is None else _cell(column, low, step, row, pen, blank) for column in columns
    )


def _cell(column: Span, low: float, step: float, row: int, pen: Pens, blank: str) -> str:
    if round((column.mark - low) / step) == row:
        return pen.mark
    inside = round((column.low - low) / step) <= row <= round((column.high - low) / step)
    return pen.band if inside else blank


def _label(low: float, step: float, row: int) -> str:
    """Every third line has its value, with as many digits as the steps need."""
    if row % 3:
        return ""
    span = step * HEIGHT
    digits = 0 if span >= 100 else 1 if span >= 10 else 2 if span >= 1 else 3
    return f"{round(low + row * step, digits) + 0.0:,.{digits}f}"
