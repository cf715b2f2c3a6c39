"""Generated TOML whose writer knows on which line it put every key."""

import json
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]
Draw = st.DrawFn


def quoted(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for surrogates."""
    return json.dumps(text, ensure_ascii=False)


PLAIN = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
_PRINTABLE = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])
TEXT = st.text(_PRINTABLE, max_size=8)
BASIC = st.text(_PRINTABLE | st.sampled_from('\\"#[]{}=,.\n\t'), max_size=8).map(quoted)
LITERAL = TEXT.filter(lambda text: "'" not in text).map(lambda text: f"'{text}'")
# Quotes inside and before the end, comments that are none, ends of lines in both styles.
_INSIDE = st.sampled_from(
    ["a", "\n", "\r\n", "# no", "[x]", "k = 1", '\\"', "\\\\", '"x', '""x', "é"]
)
LONG_BASIC = st.builds(
    lambda parts, end: f'"""{"".join(parts)}{end}"""',
    st.lists(_INSIDE, max_size=6),
    st.sampled_from(["", "z", 'z"', 'z""', "z\\\n   \\\n"]),
)
LONG_LITERAL = st.builds(
    lambda parts, end: f"'''{''.join(parts)}{end}'''",
    st.lists(_INSIDE | st.sampled_from(["'x", "''x", "\\"]), max_size=6),
    st.sampled_from(["", "z", "z'", "z''"]),
)
NUMBERS = "0 -17 0x48 1_000 0.6666 6.02e23 -inf true false 1979-05-27 07:32:00".split()
BARE = st.sampled_from([*NUMBERS, "1979-05-27 07:32:00Z", "1979-05-27T07:32:00.5"])
SCALARS = BARE | BASIC | LITERAL | LONG_BASIC | LONG_LITERAL
GAPS = st.sampled_from(["", " ", "\n", "\r\n  ", " # note ] } \" '\n", "\n# = [\n\t"])
ENDS = st.sampled_from(["\n", "\r\n", " \t\n", '  # [not] a = "table"\n', "\n\n# x = 1\n \n"])
KINDS = st.sampled_from(["scalar", "scalar", "array", "table"])


class Writer:
    """Text so far, and the line of every path in it."""

    def __init__(self, draw: Draw) -> None:
        self.draw, self.text = draw, ""
        self.lines: dict[Path, int] = {}

    @property
    def line(self) -> int:
        return self.text.count("\n") + 1

    def document(self) -> None:
        self.text += self.draw(st.sampled_from(["", "\n", "# first\n"]))
        names = self.names(6)
        own = self.draw(st.integers(0, len(names)))
        for name in names[:own]:
            self.pair((), name)
        for name in names[own:]:
            self.tables(name)

    def tables(self, name: str) -> None:
        """`[name]`, `[name.sub]` alone, or `[[name]]` several times, with sub-tables."""
        kind = self.draw(st.sampled_from(["table", "sub", "array"]))
        if kind == "sub":
            self.header((name,), [name, "sub"], many=False)
            return
        for n in range(self.draw(st.integers(1, 3)) if kind == "array" else 1):
            path: Path = (name, n) if kind == "array" else (name,)
            self.lines.setdefault((name,), self.line)
            self.header(path[:-1], [name], many=kind == "array", path=path)
            if self.draw(st.booleans()):
                self.header(path, [name, "sub"], many=False)

    def header(self, parent: Path, keys: list[str], many: bool, path: Path | None = None) -> None:
        path = (*parent, keys[-1]) if path is None else path
        for size in range(1, len(path) + 1):
            self.lines.setdefault(path[:size], self.line)
        gap = self.draw(st.sampled_from(["", " ", "\t"]))
        name = f"{gap}.{gap}".join(self.key(key) for key in keys)
        self.text += f"[[{gap}{name}{gap}]]" if many else f"[{gap}{name}{gap}]"
        self.text += self.draw(ENDS)
        for key in self.names(3):
            if key != "sub":
                self.pair(path, key)

    def pair(self, table: Path, name: str) -> None:
        dotted = [name] + (["in", "side"] if self.draw(st.booleans()) else [])
        for size in range(1, len(dotted) + 1):
            self.lines[(*table, *dotted[:size])] = self.line
        self.text += f"{'.'.join(self.key(key) for key in dotted)} = "
        self.value((*table, *dotted), 2)
        self.text += self.draw(ENDS)

    def value(self, path: Path, depth: int, one_line: bool = False) -> None:
        kind = self.draw(KINDS) if depth else "scalar"
        if kind == "array":
            self.array(path, depth)
        elif kind == "table":
            self.inline(path, depth)
        else:
            self.text += self.draw(SCALARS)

    def array(self, path: Path, depth: int) -> None:
        self.text += "[" + self.draw(GAPS)
        count = self.draw(st.integers(0, 3))
        for n in range(count):
            self.lines[(*path, n)] = self.line
            self.value((*path, n), depth - 1)
            comma = "," if n + 1 < count or self.draw(st.booleans()) else ""
            self.text += self.draw(GAPS) + comma + self.draw(GAPS)
        self.text += "]"

    def inline(self, path: Path, depth: int) -> None:
        self.text += "{ "
        for n, name in enumerate(self.names(2)):
            self.text += ", " if n else ""
            self.lines[(*path, name)] = self.line
            self.text += f"{self.key(name)} = "
            self.value((*path, name), depth - 1)
        self.text += " }"

    def key(self, name: str) -> str:
        """Bare where it may be, or quoted in one of both ways."""
        bare = name.isascii() and name != "" and all(c.isalnum() or c in "-_" for c in name)
        forms = [quoted(name)] + ([name] if bare else [])
        forms += [f"'{name}'"] if "'" not in name else []
        return str(self.draw(st.sampled_from(forms)))

    def names(self, most: int) -> list[str]:
        return list(self.draw(st.lists(PLAIN | TEXT, max_size=most, unique=True)))


@st.composite
def documents(draw: Draw) -> tuple[str, dict[Path, int]]:
    """A valid TOML text, and the line of every table, key and array element in it."""
    writer = Writer(draw)
    writer.document()
    return writer.text, writer.lines


def paths(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Every table, key and array element of parsed TOML."""
    found: dict[Path, Any] = {path: value} if path else {}
    keys: Any = value if isinstance(value, dict) else ()
    keys = range(len(value)) if isinstance(value, list) else keys
    for key in keys:
        found |= paths(value[key], (*path, key))
    return found
