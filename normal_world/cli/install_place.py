"""Whether services may run from where this program lies: only root may be able to change it."""

import stat
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from normal_world.cli.errors import CliError

HIDDEN = tuple(Path(p) for p in ("/home", "/root", "/run/user"))  # ProtectHome=yes
PROGRAMS = ("evlock-secured", "evlock-meterd", "evlock-noded")
ADVICE = "install into a place of root's own: python3 -m venv /opt/evlock"


class PlaceUnsafe(CliError, PermissionError):
    """Which folder, why no service may run from there, what to do instead."""

    code = "INSTALL-PLACE"
    exit_code = 2


def scripts_folder() -> Path:
    """The folder of the evlock-… programs. Raises PlaceUnsafe where there are none."""
    folder = Path(sysconfig.get_path("scripts"))
    missing = [name for name in PROGRAMS if not (folder / name).exists()]
    if missing:
        raise PlaceUnsafe(f"{folder}: no {missing[0]}, an installed evlock expected; {ADVICE}")
    return folder


def own_places() -> Iterator[Path]:
    """Everything that the services will execute: programs, interpreter, packages."""
    yield scripts_folder()
    yield Path(sys.executable).resolve()
    yield Path(sysconfig.get_path("purelib"))
    yield Path(__file__).resolve().parents[2]  # elsewhere, when it was installed editable


def check(place: Path) -> None:
    """Raises PlaceUnsafe unless only root can change `place`, and every service's user read it."""
    for path in (place, *place.parents):
        if path in HIDDEN:
            raise PlaceUnsafe(f"{place}: services do not see {path} (ProtectHome); {ADVICE}")
        found = path.stat()
        # The sticky bit (/tmp): others may add files, but not replace this one.
        shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX
        if found.st_uid != 0 or shared:
            mode = stat.filemode(found.st_mode)
            who = f"owner {found.st_uid}, {mode}"
            raise PlaceUnsafe(f"{path}: others than root can change it ({who}); {ADVICE}")
        if not found.st_mode & stat.S_IXOTH:
            raise PlaceUnsafe(f"{path}: closed to the services' users; {ADVICE}")


def inside(root: Path, place: Path) -> str:
    """`place` as the system under `root` will see it."""
    if place.is_relative_to(root):
        return "/" + str(place.relative_to(root))
    return str(place)
