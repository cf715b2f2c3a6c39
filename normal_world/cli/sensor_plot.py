"""Samples as a plot: plain characters for a terminal, or a small SVG."""

from collections.abc import Sequence
from html import escape

from normal_world.cli.plot import COLUMNS, Span, pens
from normal_world.cli.plot import plot as drawn

WIDTH, HEIGHT, MARGIN = 800, 320, 60
FONT = "font-family='sans-serif' font-size='13' fill='#222'"


def terminal(times: Sequence[float], values: Sequence[float], unit: str) -> str:
    """66 columns; each shows the mean of its samples, and their range."""
    count = min(COLUMNS, len(values))
    cuts = [number * len(values) // count for number in range(count + 1)]
    spans = [_span(values[cuts[i] : cuts[i + 1]]) for i in range(count)]
    mean = sum(values) / len(values)
    told = (
        f"mean {mean:.4f} {unit}, lowest {min(values):.4f}, highest {max(values):.4f}, "
        f"{len(values)} samples"
    )
    return f"{drawn(spans, '0 s', f'{times[-1]:.3f} s', pens())}\n{told}"


def _span(values: Sequence[float]) -> Span:
    return Span(min(values), sum(values) / len(values), max(values))


def svg(times: Sequence[float], values: Sequence[float], title: str) -> str:
    """One line through all samples, both axes labelled; no script, no style sheet."""
    low, high = min(values), max(values)
    span = (high - low) or abs(high) or 1.0
    last = times[-1] or 1.0

    def x(time_s: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * time_s / last

    def y(value: float) -> float:
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - low) / span

    points = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in zip(times, values, strict=True))
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}'>",
        f"<title>{escape(title)}</title>",
        "<rect width='100%' height='100%' fill='#fff'/>",
        _text(MARGIN, 30, title),
    ]
    for step in range(5):
        value, time_s = low + span * step / 4, last * step / 4
        parts.append(
            f"<line x1='{MARGIN}' x2='{WIDTH - MARGIN}' y1='{y(value):.1f}' y2='{y(value):.1f}' "
            "stroke='#ccc'/>"
        )
        parts.append(_text(MARGIN - 6, y(value) + 4, f"{value:.3f}", "end"))
        parts.append(_text(x(time_s), HEIGHT - MARGIN + 20, f"{time_s:.3f} s", "middle"))
    parts.append(f"<polyline points='{points}' fill='none' stroke='#0b5394' stroke-width='1'/>")
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' {FONT} text-anchor='{anchor}'>{escape(text)}</text>"
