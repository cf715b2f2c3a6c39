"""The version of the installed package, as this program found it at its start."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

UNKNOWN = "not installed"


def version() -> str:
    """`0.1.0`, or words when the code runs from a folder that was never installed."""
    try:
        return installed("evlock")
    except PackageNotFoundError:
        return UNKNOWN


VERSION = version()
