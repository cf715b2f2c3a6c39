"""Errors of the meter daemon.

FirmwareError
├── ConfigError (ValueError)       a key of board.toml or node.toml is wrong
├── StateError (RuntimeError)      the command does not fit what the meter is doing
├── CheckFailed (RuntimeError)     a self-check or a calibration did not hold
├── Refused (PermissionError)      the owner's ceilings or the enrolment forbid it
├── CounterpartError (ValueError)  a Ready or Reading of the other side does not verify
├── MeteringGap (OSError)          samples were missing: no value can be given
├── SamplingEnded (RuntimeError)   the sampling thread is gone: the daemon must end
└── RpcError (ConnectionError)     a control socket is gone or spoke nonsense
"""

from collections.abc import Sequence


class FirmwareError(Exception):
    """Base of this folder: `code` is stable, the message is one line."""

    code = "METER"
    exit_code = 1

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class ConfigError(FirmwareError, ValueError):
    """Which file, line and key; what was expected there. One error may tell several problems."""

    code = "CONFIG-VALUE"
    exit_code = 2

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message, code)
        self.problems: tuple[tuple[str, str], ...] = ((self.code, message),)

    @classmethod
    def of(cls, problems: Sequence[tuple[str, str]]) -> "ConfigError":
        """All (code, message) of a file; as text it is the first, and how many more there are."""
        code, message = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        error = cls(message + more, code)
        error.problems = tuple(problems)
        return error

    @property
    def lines(self) -> list[str]:
        """`CODE file:line: [table] key …`, one for each problem."""
        return [f"{code} {message}" for code, message in self.problems]


class StateError(FirmwareError, RuntimeError):
    """The meter is busy with something else, or not yet there."""

    code = "METER-STATE"
    exit_code = 7


class CheckFailed(FirmwareError, RuntimeError):
    """Self-check or calibration measured something that cannot be right."""

    code = "CHECK-FAILED"
    exit_code = 1


class Refused(FirmwareError, PermissionError):
    """The owner's limits say no."""

    code = "LIMIT-TRADE"
    exit_code = 3


class CounterpartError(FirmwareError, ValueError):
    """A signed message of the counterpart is not what this trade expects."""

    code = "PEER-INVALID"
    exit_code = 6


class MeteringGap(FirmwareError, OSError):
    """Samples are missing for longer than may be bridged."""

    code = "METER-GAP"
    exit_code = 4


class SamplingEnded(FirmwareError, RuntimeError):
    """The sampling thread met an error that it does not know."""

    code = "METER-DEAD"
    exit_code = 4


class RpcError(FirmwareError, ConnectionError):
    """A control socket cannot be reached, or its answer is not JSON-RPC."""

    code = "CONTROL-GONE"
    exit_code = 7


class RpcFailed(RpcError):
    """The other program answered with an error; `code` is its own."""

    def __init__(self, message: str, code: str, exit_code: int) -> None:
        super().__init__(message, code)
        self.exit_code = exit_code


def told(error: Exception) -> list[str]:
    """What a program prints of an error with a code: `CODE message`, a line for each problem."""
    return getattr(error, "lines", None) or [f"{getattr(error, 'code', 'INTERNAL')} {error}"]
