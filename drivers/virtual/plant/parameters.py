"""Parameters of the plant: fields of small parts, reached by a dotted path, checked when set."""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from drivers.errors import ParameterError

Tree = Mapping[str, Any]  # of trees, and of dataclass instances as leaves


@dataclass(frozen=True, slots=True)
class Limits:
    minimum: float
    maximum: float
    choices: tuple[int, ...] = ()


def parameter(minimum: float, maximum: float) -> Any:
    """A float field that `set` may change within [minimum, maximum]."""
    return field(metadata={"limits": Limits(minimum, maximum)})


def choice(*values: int) -> Any:
    """An integer field that `set` may change to one of `values`."""
    return field(metadata={"limits": Limits(min(values), max(values), values)})


def flatten(tree: Tree) -> dict[str, float]:
    """Every parameter by its dotted path."""
    return {path: getattr(part, item.name) for path, part, item in _walk(tree, "")}


def assign(tree: Tree, path: str, value: object) -> None:
    """Set one parameter; raises ParameterError: unknown path, wrong type, out of range."""
    places = {place: (part, item) for place, part, item in _walk(tree, "")}
    if path not in places:
        near = ", ".join(difflib.get_close_matches(path, places, 3, 0.5)) or "see `parameters`"
        raise ParameterError(f"{path[:80]!r}: no such parameter; nearest: {near}")
    part, item = places[path]
    setattr(part, item.name, _checked(path, value, item.metadata["limits"]))


def _checked(path: str, value: object, limits: Limits) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParameterError(f"{path}: {type(value).__name__} given, a number expected")
    if limits.choices and value not in limits.choices:
        raise ParameterError(f"{path}: {value} given, one of {limits.choices} expected")
    if not (limits.minimum <= value <= limits.maximum and math.isfinite(value)):
        allowed = f"{limits.minimum:g} to {limits.maximum:g}"
        raise ParameterError(f"{path}: {value} given, {allowed} expected")
    return int(value) if limits.choices else float(value)


def _walk(node: Any, path: str) -> Iterator[tuple[str, Any, Field[Any]]]:
    if isinstance(node, Mapping):
        for name, child in node.items():
            yield from _walk(child, f"{path}.{name}" if path else name)
        return
    for item in fields(node):
        if "limits" in item.metadata:
            yield f"{path}.{item.name}", node, item
