"""The control socket's language: JSON-RPC 2.0, one object a line."""

import json
import time
from collections.abc import Callable
from typing import Any

from drivers.errors import ParameterError, PlantError, RequestError
from drivers.virtual.machine import Machine

PARSE, REQUEST, METHOD, PARAMETERS = -32700, -32600, -32601, -32602
EXIT_USAGE = 2  # of the command that asked
Method = Callable[[dict[str, Any]], dict[str, Any]]


class Control:
    """One line in, one line out; nothing in a line can raise out of `answer`."""

    def __init__(self, machine: Machine, clock: Callable[[], float] = time.monotonic) -> None:
        self._machine, self._clock = machine, clock
        self._methods: dict[str, tuple[dict[str, Any] | None, Method]] = {
            # name: (parameters with examples of their types, optional ones with a question mark,
            #        or None for free ones; what to call)
            "state": ({}, lambda _: machine.state(clock())),
            "events": ({}, lambda _: machine.events(clock())),
            "parameters": ({}, lambda _: machine.parameters()),
            "reset_energy": ({}, self._reset_energy),
            "instrument": ({"board": "", "seconds": 0.0}, self._instrument),
            "set": (None, lambda values: machine.change(values, clock())),
            "fault": ({"board": "", "name": "", "strength?": 0.0}, self._fault),
            "fault.clear": ({"board": ""}, lambda given: machine.clear(given["board"], clock())),
            "load": ({"load": ""}, lambda given: machine.play(given["load"], clock())),
            "faults": ({}, lambda _: machine.known_faults()),
        }

    def answer(self, line: bytes) -> bytes:
        """The reply to one line, ending in a newline; nothing for a notification."""
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return _failure(None, PARSE, PlantError("one JSON object a line expected"))
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            error = RequestError('{"jsonrpc": "2.0", "id", "method", "params"} expected')
            return _failure(None, REQUEST, error)
        reply = self._reply(_identity(request), request)
        return reply if "id" in request else b""

    def _reply(self, identity: str | int | None, request: dict[str, Any]) -> bytes:
        name, given = request["method"], request.get("params", {})
        if name not in self._methods:
            known = ", ".join(self._methods)
            error = RequestError(f"method {name[:40]!r}: one of {known} expected")
            return _failure(identity, METHOD, error)
        expected, method = self._methods[name]
        try:
            return _line(identity, {"result": method(_fitting(given, expected, name))})
        except PlantError as problem:
            return _failure(identity, PARAMETERS, problem)

    def _reset_energy(self, _: dict[str, Any]) -> dict[str, Any]:
        self._machine.world.reset_energy(self._clock())
        return {}

    def _instrument(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._machine.measure(given["board"], given["seconds"], self._clock())

    def _fault(self, given: dict[str, Any]) -> dict[str, Any]:
        strength = given.get("strength")
        return self._machine.cause(given["board"], given["name"], strength, self._clock())


def _fitting(given: object, expected: dict[str, Any] | None, method: str) -> dict[str, Any]:
    """Parameters by name, each of the expected type."""
    if not isinstance(given, dict):
        raise RequestError(f"{method}: parameters by name expected")
    if expected is None:
        return given
    needed = {name for name in expected if not name.endswith("?")}
    if not needed <= given.keys() <= {name.rstrip("?") for name in expected}:
        raise RequestError(f"{method}: parameters {list(expected)} expected")
    for name, value in given.items():
        example = expected.get(name, expected.get(f"{name}?"))
        kinds = (int, float) if isinstance(example, float) else type(example)
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise ParameterError(f"{method}: {name}: {type(example).__name__} expected")
    return given


def _identity(request: dict[str, Any]) -> str | int | None:
    identity = request.get("id")
    return identity if isinstance(identity, str | int) else None


def _failure(identity: str | int | None, number: int, error: PlantError) -> bytes:
    data = {"code": error.code, "exit_code": EXIT_USAGE}
    body = {"code": number, "message": f"{error.code} {error}", "data": data}
    return _line(identity, {"error": body})


def _line(identity: str | int | None, body: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": identity, **body}).encode() + b"\n"
