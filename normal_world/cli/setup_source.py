"""Where the answers of `evlock setup` come from, and where they are kept: never a secret."""

import json
import os
from pathlib import Path
from textwrap import fill
from typing import Any, Protocol

from firmware.toml import Table, reading
from normal_world.cli.errors import SetupStopped, UsageInvalid
from normal_world.cli.output import note
from normal_world.cli.setup_questions import BY_KEY, Question

COLUMNS = 80
YES = {"y": True, "yes": True, "n": False, "no": False}


class Source(Protocol):
    """Answers questions; `unattended` sources never wait for a person."""

    unattended: bool

    def answer(self, key: str, default: Any = None) -> Any:
        """The answer to a question of the table; SetupStopped when there is none."""

    def given(self, key: str) -> Any:
        """An answer that is there already, or None."""

    def confirm(self, text: str, default: bool) -> bool:
        """Yes or no, of this moment: never kept."""


class Progress:
    """var/setup.json: answers so far, and the steps that are done; written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = self._read()
        self.answers: dict[str, Any] = dict(found.get("answers", {}))
        self.done: list[str] = list(found.get("done", []))

    def remember(self, key: str, value: Any) -> None:
        self.answers[key] = value
        self._write()

    def forget(self, *keys: str) -> None:
        """Drop answers, so that they are asked for again."""
        self.answers = {key: value for key, value in self.answers.items() if key not in keys}
        self._write()

    def finish(self, step: str) -> None:
        if step not in self.done:
            self.done.append(step)
            self._write()

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            text = f"{self._path}: {error}; --restart begins anew"
            raise SetupStopped(text) from None
        return found if isinstance(found, dict) else {}

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        text = json.dumps({"answers": self.answers, "done": self.done}, indent=1)
        fresh.write_text(text, encoding="utf-8")
        os.chmod(fresh, 0o600)  # noqa: PTH101
        fresh.replace(self._path)


class Terminal:
    """Asks a person; what was answered before is not asked again."""

    unattended = False

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._new: set[str] = set()  # of this run: not told again

    def answer(self, key: str, default: Any = None) -> Any:
        question, known = BY_KEY[key], self._progress.answers.get(key)
        if known is not None:
            if key not in self._new:
                note(f"{_prompt(question.text)}{_shown(known)} (answered before)")
            self._new.add(key)
            return known
        if question.told:
            note(_wrapped(question.kind.expected))
        value = self._asked(question, question.default if default is None else default)
        self._progress.remember(key, value)
        self._new.add(key)
        return value

    def given(self, key: str) -> Any:
        return self._progress.answers.get(key)

    def confirm(self, text: str, default: bool) -> bool:
        while True:
            typed = typed_line(f"{text} [{'Y/n' if default else 'y/N'}]: ").lower()
            if not typed:
                return default
            if typed in YES:
                return YES[typed]
            note("yes or no expected")

    def _asked(self, question: Question, default: Any) -> Any:
        hint = "" if default is None else f" [{_shown(default)}]"
        while True:
            typed = typed_line(_prompt(question.text + hint))
            if not typed and default is not None:
                return default
            try:
                value = question.kind.parse(typed)
                if typed and question.kind.good(value):
                    return value
            except ValueError:
                pass
            note(_wrapped(question.kind.expected))


class FileSource:
    """Answers of a TOML file; raises ConfigError with a line for each that is wrong."""

    unattended = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._answers = read_answers(path)

    def answer(self, key: str, default: Any = None) -> Any:
        value = self._answers.get(key)
        value = default if value is None else value
        if value is None and not BY_KEY[key].optional:
            raise UsageInvalid(f"{self._path}: {key}: missing, {BY_KEY[key].kind.expected}")
        return value

    def given(self, key: str) -> Any:
        return self._answers.get(key)

    def confirm(self, text: str, default: bool) -> bool:
        return default


def read_answers(path: Path) -> dict[str, Any]:
    """All answers by key, defaults filled in; raises ConfigError."""
    answers: dict[str, Any] = {}
    with reading(path) as root:
        tables = {name: root.table(name) for name in dict.fromkeys(k.split(".")[0] for k in BY_KEY)}
        for key, question in BY_KEY.items():
            table, name = key.split(".")
            answers[key] = _read(tables[table], name, question)
        for table_of in tables.values():
            table_of.done()
    return answers


def _read(table: Table, name: str, question: Question) -> Any:
    kind = question.kind
    if kind.type is list:
        value: Any = table.strings(name) or question.default
        if value is None:
            table.take(name, str)  # notes that it is missing
            return None
    elif question.default is None and question.optional:
        value = table.take(name, kind.type, _ABSENT[kind.type])
        if value == _ABSENT[kind.type]:
            return None
    elif question.default is None:
        value = table.take(name, kind.type)
    else:
        value = table.take(name, kind.type, question.default)
    if table.sound(name) and not kind.good(value):
        table.wrong(name, kind.expected)
    return value


_ABSENT: dict[type, Any] = {int: -1, float: -1.0, str: "\0", bool: None}


def typed_line(prompt: str) -> str:
    """One line of the person at the terminal; SetupStopped at its end."""
    try:
        return input(prompt).strip()
    except EOFError:
        raise SetupStopped("the input ended; evlock setup goes on from here") from None


def _wrapped(text: str) -> str:
    return fill(text, COLUMNS, break_on_hyphens=False)


def _prompt(text: str) -> str:
    return f"{text} " if text.endswith("?") else f"{text}: "


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)
