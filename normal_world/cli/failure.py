"""Every failure becomes a line `CODE what, where, expected` on stderr and an exit code."""

import os
import re
import sys
import traceback

GOOD, CHECK_FAILED, USAGE, REFUSED, HARDWARE, CHAIN, LINK, WRONG_STATE = range(8)
INTERRUPTED = 130  # 128 + SIGINT, as shells count

# The parser's own long words: "Input should be a valid number, unable to parse string as …".
_EXPECTED = re.compile(r"Input should be (.*?)(?:, unable to parse .*)?$")

# For errors of folders that know nothing of exit codes: the builtin that each of them also is.
_BY_BUILTIN: tuple[tuple[type[BaseException], int], ...] = (
    (PermissionError, REFUSED),
    (ConnectionError, WRONG_STATE),
    (ValueError, USAGE),
)


def report(error: BaseException) -> int:
    """Print the line of this error (a line for each problem) and return its exit code."""
    if os.environ.get("EVLOCK_DEBUG"):
        traceback.print_exception(error)
    line, code = told(error)
    lines = getattr(error, "lines", None) or [line]
    print(*map(_one_line, lines), sep="\n", file=sys.stderr)
    return code


def told(error: BaseException) -> tuple[str, int]:
    """The line and the exit code of an error."""
    if hasattr(error, "format_message"):  # the parser of options
        return f"CLI-USAGE {_one_line(_usage(error))}", USAGE
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "Abort":
        return "CLI-INTERRUPTED stopped by the user", INTERRUPTED
    code = getattr(error, "code", None)
    if isinstance(code, str):
        text = _one_line(str(error)).removeprefix(f"{code} ")
        return f"{code} {text}", _exit_code(error)
    if isinstance(error, OSError):
        return f"CLI-FILE {_one_line(_file(error))}", USAGE
    text = f"{type(error).__name__}: {_one_line(str(error))}"
    return f"INTERNAL {text} (EVLOCK_DEBUG=1 shows the traceback)", CHECK_FAILED


def _file(error: OSError) -> str:
    """`policy.json: No such file or directory`, where both are known."""
    known = error.filename is not None and error.strerror
    return f"{error.filename}: {error.strerror}" if known else str(error)


def _usage(error: BaseException) -> str:
    text: str = error.format_message()  # type: ignore[attr-defined]
    text = _EXPECTED.sub(r"\1 expected", text.replace("Value error, ", ""))
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "evlock"
    return f"{where}: {text.rstrip('.')}; see {where} --help"


def _exit_code(error: BaseException) -> int:
    given = getattr(error, "exit_code", None)
    if isinstance(given, int):
        return given
    return next((code for kind, code in _BY_BUILTIN if isinstance(error, kind)), CHECK_FAILED)


def _one_line(text: str) -> str:
    return " ".join(text.split())
