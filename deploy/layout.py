"""Where an installation's files go, with the paths of this interpreter filled in."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

UNITS = PurePosixPath("etc/systemd/system")
SETTINGS = PurePosixPath("etc/evlock")
OTHERS = {
    "sysusers.conf": PurePosixPath("etc/sysusers.d/evlock.conf"),
    "tmpfiles.conf": PurePosixPath("etc/tmpfiles.d/evlock.conf"),
    "udev.rules": PurePosixPath("etc/udev/rules.d/60-evlock.rules"),
}
SERVICES = ("evlock-secured", "evlock-meterd", "evlock-noded")
BACKOFF_SINCE = 254  # the systemd that knows RestartSteps=


@dataclass(frozen=True)
class File:
    """`target` counts from the root of the system."""

    target: PurePosixPath
    text: str


def program_files(scripts: str, *, systemd: int, sysfs_gpio: bool) -> Iterator[File]:
    """Units, users, folders and device rules; `scripts` is the folder of the evlock-… programs."""
    for source in sorted(_data("systemd").iterdir(), key=lambda entry: entry.name):
        if source.name.endswith((".service", ".socket", ".target")):
            yield File(UNITS / source.name, _text(source).replace("@BIN@", scripts))
    for name, target in OTHERS.items():
        yield File(target, _text(_data(name)))
    if systemd >= BACKOFF_SINCE:
        for service in SERVICES:
            yield _drop_in(service, "backoff.conf")
    if sysfs_gpio:
        yield _drop_in("evlock-meterd", "sysfs-gpio.conf")


def possible_targets() -> list[PurePosixPath]:
    """All that `program_files` may ever have put in place."""
    return [file.target for file in program_files("", systemd=BACKOFF_SINCE, sysfs_gpio=True)]


def unit_names() -> list[str]:
    """All units, the target first."""
    names = [target.name for target in possible_targets() if target.parent == UNITS]
    return sorted(names, key=lambda name: (not name.endswith(".target"), name))


def node_template(max_current_a: float) -> str:
    """A node.toml to begin with: its limits stand, the rest is commented out."""
    return _text(_data("node.toml")).replace("@CURRENT@", f"{max_current_a:g}")


def _drop_in(service: str, name: str) -> File:
    return File(UNITS / f"{service}.service.d" / name, _text(_data("systemd") / name))


def _data(name: str) -> Traversable:
    return files("deploy") / name


def _text(source: Traversable) -> str:
    return source.read_text(encoding="utf-8")
