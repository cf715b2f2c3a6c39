"""A new board file out of another one's text: values change, comments stay true."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import board_configs
from firmware.board import AC, BoardConfig
from firmware.board_file import read_board
from firmware.board_rules import on_header
from firmware.toml_lines import index
from normal_world.cli.header import pin_of

_SAMPLES = {"dc": "virtual", "ac": "virtual-ac"}  # whose lines a change of mains takes over
_NOMINAL_V = {"dc": 12.0, "ac": 230.0}
_MILLIVOLTS = {5: 185, 20: 100, 30: 66}  # a variant's mV/A (Allegro ACS712)


@dataclass(frozen=True)
class Wishes:
    """What shall differ from the source; None: as there."""

    name: str
    title: str | None = None
    mains: str | None = None
    nominal_v: float | None = None
    frequency_hz: int | None = None
    variant_a: int | None = None
    relay_line: int | None = None
    active_high: bool = False


def made(source: Path, text: str, wishes: Wishes) -> str:
    """The new file's text; raises ConfigError if the source is not a good board file."""
    config = read_board(source, text)
    file = _File(text)
    file.set("board", "name", json.dumps(wishes.name))
    title = wishes.title or f"{config.title}, own wiring"
    file.set("board", "title", json.dumps(title, ensure_ascii=False))
    if wishes.mains is not None and wishes.mains != config.mains.kind:
        _change_mains(file, config, wishes)
    if wishes.nominal_v is not None:
        file.set("board", "nominal_v", repr(wishes.nominal_v))
    if wishes.frequency_hz is not None:
        file.set("board", "frequency_hz", str(wishes.frequency_hz))
    if wishes.variant_a is not None:
        _change_variant(file, config, wishes.variant_a)
    if wishes.relay_line is not None:
        file.set("relay", "line", str(wishes.relay_line), _line_note(config, wishes.relay_line))
    if wishes.active_high:
        for table in ("relay", "reference_load"):
            note = "a high level closes it: the module must open when the line floats"
            file.set(table, "active_low", "false", note)
    head = f"# Made by `evlock board new {wishes.name}` from {source.name}: yours to edit.\n#\n"
    return head + file.text


class _File:
    """TOML text whose values are replaced in place."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n").rstrip("\n") + "\n"

    def set(self, table: str, key: str, literal: str, comment: str | None = None) -> None:
        """Another value for a key; another comment behind it if one is given."""
        entry = index(self.text).get((*table.split("."), key))
        if entry is None:  # it had its default
            self.put(table, "", f"{key} = {literal}  # {comment or 'as wished'}", after=True)
            return
        end = self.text.find("\n", entry.end)
        rest = self.text[entry.end : end] if comment is None else f"  # {comment}"
        self.text = self.text[: entry.begin] + literal + rest + self.text[end:]

    def line(self, table: str, key: str = "") -> str:
        """The whole line of a key, or of the table's header."""
        return self.text.split("\n")[self._number(table, key) - 1]

    def put(self, table: str, key: str, line: str, *, after: bool = False) -> None:
        """Another line in place of a key's or header's, or one more behind it."""
        lines, number = self.text.split("\n"), self._number(table, key)
        lines[number - (0 if after else 1) : number] = [line]
        self.text = "\n".join(lines)

    def section(self, table: str) -> str:
        """A table's lines, from its header to its last key."""
        path = tuple(table.split("."))
        inside = [
            entry.line for keys, entry in index(self.text).items() if keys[: len(path)] == path
        ]
        return "\n".join(self.text.split("\n")[min(inside) - 1 : max(inside)])

    def drop(self, table: str, key: str) -> None:
        """Leave a line out."""
        lines, number = self.text.split("\n"), self._number(table, key)
        del lines[number - 1]
        self.text = "\n".join(lines)

    def _number(self, table: str, key: str) -> int:
        return index(self.text)[(*table.split("."), key) if key else tuple(table.split("."))].line


def _change_mains(file: _File, config: BoardConfig, wishes: Wishes) -> None:
    assert wishes.mains is not None
    sample = _File(board_configs.text(_SAMPLES[wishes.mains]))
    for table, key in (("board", "mains"), ("board", "nominal_v"), ("reference_load", "ohm")):
        file.put(table, key, sample.line(table, key))
    file.put("sensor.current", "kind", sample.line("sensor.current", "kind"))
    file.put("adc.voltage", "", sample.line("adc.voltage"))
    file.text = file.text.replace(file.section("sensor.voltage"), sample.section("sensor.voltage"))
    if wishes.mains != AC:
        file.drop("board", "frequency_hz")
        return
    file.put("board", "nominal_v", sample.line("board", "frequency_hz"), after=True)
    full_scale_v = config.voltage_adc.full_scale_v
    if 0 < full_scale_v < 5.0:  # the module's 2.5 V and their swing are too much for the pin
        bias_v, nominal_v = full_scale_v / 2, wishes.nominal_v or _NOMINAL_V["ac"]
        ratio = math.floor(0.8 * bias_v / (math.sqrt(2) * nominal_v) * 1e4) / 1e4
        file.set("sensor.voltage", "ratio", repr(ratio), "pin volts per mains volt, by the trimmer")
        file.set("sensor.voltage", "bias_v", repr(round(bias_v, 3)))


def _change_variant(file: _File, config: BoardConfig, variant_a: int) -> None:
    note = f"x{variant_a:02}: {_MILLIVOLTS.get(variant_a, '?')} mV/A; there are 5, 20 and 30"
    file.set("sensor.current", "variant_a", str(variant_a), note)
    if config.max_current_a > variant_a:
        file.set("limits", "max_current_a", f"{variant_a:.1f}", "amperes: the sensor's range")


def _line_note(config: BoardConfig, line: int) -> str:
    pin = pin_of(line) if on_header(config) else None
    if pin is not None:
        return f"BCM numbering: pin {pin} of the header"
    return "number in /sys/class/gpio" if config.gpio.driver == "sysfs" else "offset in [gpio] chip"
