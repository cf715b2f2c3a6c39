"""Errors of the command line.

NormalWorldError
└── CliError
    ├── UsageInvalid (ValueError)     CLI-USAGE      an option or argument cannot be meant so
    ├── SecretMissing (LookupError)   CLI-SECRET     no terminal to ask at, and no file given
    ├── ProgramsMissing (ConnectionError) CLI-PROGRAMS  programs of the node do not answer
    └── Unfinished (RuntimeError)     CLI-UNFINISHED a demo or a program did not end as it should
"""

from normal_world.errors import NormalWorldError


class CliError(NormalWorldError):
    """Base of this folder."""

    code = "CLI"
    exit_code = 2


class UsageInvalid(CliError, ValueError):
    """Which option, its value, what was expected."""

    code = "CLI-USAGE"


class SecretMissing(CliError, LookupError):
    """Which secret, and the options that could bring it."""

    code = "CLI-SECRET"


class ProgramsMissing(CliError, ConnectionError):
    """Which programs, and their sockets."""

    code = "CLI-PROGRAMS"
    exit_code = 7


class Unfinished(CliError, RuntimeError):
    """What ended, and how."""

    code = "CLI-UNFINISHED"
    exit_code = 1
