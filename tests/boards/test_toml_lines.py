"""The line index of a TOML text against its writer's own record, and against tomllib."""

import tomllib
from itertools import pairwise

from hypothesis import given, settings

from firmware.toml_lines import Path, index
from tests.boards.toml_documents import documents, paths


@settings(max_examples=150, deadline=None)
@given(documents())
def test_every_key_is_on_the_line_where_it_was_written(made: tuple[str, dict[Path, int]]) -> None:
    text, lines = made
    found = index(text)
    assert {path: entry.line for path, entry in found.items()} == lines
    assert found.keys() == paths(tomllib.loads(text)).keys()


@settings(max_examples=150, deadline=None)
@given(documents())
def test_the_place_of_a_value_holds_that_value(made: tuple[str, dict[Path, int]]) -> None:
    text, _ = made
    values = paths(tomllib.loads(text))
    for path, entry in index(text).items():
        if written := text[entry.begin : entry.end]:
            assert repr(tomllib.loads(f"value = {written}")["value"]) == repr(values[path])


def test_the_order_of_a_shipped_file_is_the_order_of_its_lines() -> None:
    text = '[a]\nx = """\n[b]\ny = 1\n"""\nz = [ # one\n  1,\n  2]\n[[p]]\n[[p]]\nq.r = 5'
    found = index(text)
    expected = {
        ("a", "x"): 2,
        ("a", "z"): 6,
        ("a", "z", 1): 8,
        ("p", 1): 10,
        ("p", 1, "q", "r"): 11,
    }
    assert {path: found[path].line for path in expected} == expected
    assert all(one <= two for one, two in pairwise(entry.line for entry in found.values()))
