"""Which strategies there are: the built-in one, and those of installed packages.

A package offers one by an entry point of the group `evlock.strategies`: name = "module:factory",
the factory taking the table of settings (normal_world/strategy/interface.py).
"""

from dataclasses import dataclass
from importlib import metadata

from normal_world.errors import ConfigError
from normal_world.strategy.interface import Factory
from normal_world.strategy.limits import Limits
from normal_world.strategy_host.settings import BY_HAND

GROUP = "evlock.strategies"
BUILT_IN: dict[str, Factory] = {"limits": Limits.of_settings}
RESERVED = {*BUILT_IN, BY_HAND}


@dataclass(frozen=True)
class Installed:
    """`package` is its distribution's name and version; `fault` why it cannot be chosen."""

    name: str
    package: str
    target: str
    fault: str = ""


def installed() -> list[Installed]:
    """All of them by name; nothing of a package is imported for it."""
    points = sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name)
    names = [point.name for point in points]
    found = [Installed(name, "evlock", "built in") for name in BUILT_IN]
    for point in points:
        fault = "the name is Evlock's own" if point.name in RESERVED else ""
        if names.count(point.name) > 1:
            fault = "several packages use this name"
        found.append(Installed(point.name, _package(point), point.value, fault))
    return found


def factory(name: str) -> Factory:
    """What makes the strategy; a package's module is imported now, and may raise anything.

    Raises ConfigError STRATEGY-UNKNOWN when there is no such name, or no single one.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    points = [point for point in metadata.entry_points(group=GROUP) if point.name == name]
    if len(points) != 1 or name in RESERVED:
        usable = ", ".join(one.name for one in installed() if not one.fault)
        what = "several packages offer it" if points else "not installed"
        raise ConfigError(f"strategy {name!r}: {what}; there are: {usable}", "STRATEGY-UNKNOWN")
    made: Factory = points[0].load()
    return made


def _package(point: metadata.EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "–"
