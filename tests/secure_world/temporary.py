"""Folders for hypothesis, which runs many examples in one test."""

import tempfile
from pathlib import Path

_ROOT = tempfile.TemporaryDirectory(prefix="evlock-test-")


def fresh_folder() -> Path:
    """A new empty folder, removed when the tests end."""
    return Path(tempfile.mkdtemp(dir=_ROOT.name))
