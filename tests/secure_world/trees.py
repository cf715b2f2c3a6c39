"""Copies of the installed packages: code that can be changed, and run."""

import shutil
from pathlib import Path
from typing import Self

from secure_world.protocol import measured_files, measurement
from tests.secure_world.process import ROOT, Secured

PACKAGES = ("board_configs", "drivers", "firmware", "normal_world", "secure_world")
_PROGRAM = "import sys; sys.path.insert(0, {tree!r}); from secure_world.main import main; main()"


def copy_of_the_code(tree: Path) -> Path:
    """The packages that are measured, in the folder `tree`."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tree / package, ignore=ignored)
    return tree


def code_of(tree: Path) -> bytes:
    """Its measurement."""
    return measurement(measured_files(str(tree)))


class SecuredOf(Secured):
    """The real program from any tree, over one state folder."""

    def __enter__(self) -> Self:
        return self

    def switch(self, tree: Path) -> Self:
        """End the one that runs, and start that of `tree`."""
        self.kill()
        self._program = ("-c", _PROGRAM.format(tree=str(tree)))
        assert self.start()
        return self
