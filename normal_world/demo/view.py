"""The live picture on a terminal: two meters, the money between them, the phase in words."""

import time

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from normal_world.cli import units
from normal_world.demo.scene import MeterScene, Scene

ROLES = {"seller": "sun-charged battery", "buyer": "nearly empty battery"}


def picture(scene: Scene) -> RenderableType:
    """The whole view of this moment, at most 12 lines high, 80 columns suffice."""
    meters = Table.grid(expand=True, padding=(0, 1))
    meters.add_column(ratio=1)
    meters.add_column(ratio=1)
    meters.add_row(*(_panel(node, scene.meters[node]) for node in ("seller", "buyer")))
    note = Text(scene.note, style="red", no_wrap=True)
    return Group(meters, _progress(scene), _money(scene), _phase(scene), note)


def _panel(node: str, meter: MeterScene) -> Panel:
    rows = Table.grid(expand=True)
    rows.add_column(style="dim")
    rows.add_column(justify="right", style="bold")
    rows.add_row("voltage", units.number(meter.voltage_v, "V", 3))
    rows.add_row("current", units.number(meter.current_a, "A", 3))
    rows.add_row("power", units.number(meter.power_w, "W", 2))
    rows.add_row("energy signed", units.energy(meter.energy_uwh))
    rows.add_row("relay", "closed" if meter.relay_closed else "open")
    rows.add_row("credit", units.DASH if meter.credit is None else str(meter.credit))
    rows.add_row("meter", meter.state)
    style = "green" if meter.relay_closed else "blue"
    return Panel(rows, title=f"{node}: {ROLES[node]}", border_style=style)


def _progress(scene: Scene) -> RenderableType:
    line = Table.grid(expand=True, padding=(0, 1))
    line.add_column(ratio=1)
    line.add_column(justify="right", no_wrap=True)
    done, whole = units.energy(scene.meters["buyer"].energy_uwh), units.energy(scene.amount_uwh)
    line.add_row(ProgressBar(total=1.0, completed=scene.fraction()), f"{done} of {whole}")
    return line


def _money(scene: Scene) -> RenderableType:
    paid = "" if scene.paid is None else f"   paid {units.tokens(scene.paid)}"
    return Text(f"escrow {units.tokens(scene.escrow)}{paid}", overflow="ellipsis", no_wrap=True)


def _phase(scene: Scene) -> RenderableType:
    line = Table.grid(expand=True)
    line.add_column(ratio=1, style="bold yellow")
    line.add_column(justify="right", no_wrap=True, style="dim")
    line.add_row(scene.phase, f"block {scene.block}   {time.monotonic() - scene.started_s:.0f} s")
    return line
