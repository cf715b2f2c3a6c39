"""Errors of the demonstration.

NormalWorldError
└── DemoError
    ├── DemoArgument (ValueError)    an option cannot be meant so
    ├── ProgramFailed (RuntimeError) a program of the demo did not start, or died unasked
    ├── DemoTimeout (TimeoutError)   the demo took longer than it may
    └── TradeFailed (RuntimeError)   a node says that there will be no delivery
"""

from normal_world.errors import NormalWorldError


class DemoError(NormalWorldError):
    """Base of this folder."""

    code = "DEMO"


class DemoArgument(DemoError, ValueError):
    """Option, value, what was expected."""

    code = "DEMO-ARGUMENT"
    exit_code = 2


class ProgramFailed(DemoError, RuntimeError):
    """Which program, how it ended, the last line of its log."""

    code = "DEMO-PROGRAM"


class DemoTimeout(DemoError, TimeoutError):
    """How long it was given."""

    code = "DEMO-TIMEOUT"
    exit_code = 7


class TradeFailed(DemoError, RuntimeError):
    """Which node, and its reason."""

    code = "DEMO-DECLINED"
