"""Errors of the command line.

NormalWorldError
└── CliError
    ├── UsageInvalid (ValueError)     CLI-USAGE      an option or argument cannot be meant so
    ├── SecretMissing (LookupError)   CLI-SECRET     no terminal to ask at, and no file given
    ├── ProgramsMissing (ConnectionError) CLI-PROGRAMS  programs of the node do not answer
    ├── DoctorFailed (RuntimeError)   DOCTOR-FAILED  a check of the diagnosis failed
    ├── CheckNotPassed (RuntimeError) SELF-CHECK     the self-check did not pass
    ├── AuditFailed (ValueError)      AUDIT-BROKEN   the audit log is not what it was
    ├── QuoteRefused (ValueError)     QUOTE-REFUSED  a quote is not what was expected
    ├── CodeDiffers (RuntimeError)    MANIFEST-DIFFERS  files are not those of a manifest
    ├── LogsMissing (LookupError)     LOGS-MISSING   no journal and no log file to show
    ├── SetupStopped (RuntimeError)   SETUP-STOPPED  a step of the set-up could not be done
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


class DoctorFailed(CliError, RuntimeError):
    """Which checks; `exit_code` 4 when only hardware failed."""

    code = "DOCTOR-FAILED"

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class CheckNotPassed(CliError, RuntimeError):
    """The verdict of the self-check."""

    code = "SELF-CHECK"
    exit_code = 1


class AuditFailed(CliError, ValueError):
    """Which entry, and what was expected of it."""

    code = "AUDIT-BROKEN"
    exit_code = 1


class QuoteRefused(CliError, ValueError):
    """Which part of the quote, and what was expected of it."""

    code = "QUOTE-REFUSED"
    exit_code = 1


class CodeDiffers(CliError, RuntimeError):
    """How many files, and of which manifest."""

    code = "MANIFEST-DIFFERS"
    exit_code = 1


class LogsMissing(CliError, LookupError):
    """Whose logs, and where they were looked for."""

    code = "LOGS-MISSING"
    exit_code = 7


class SetupStopped(CliError, RuntimeError):
    """Which step, and why; what was done before it is kept."""

    code = "SETUP-STOPPED"
    exit_code = 1
