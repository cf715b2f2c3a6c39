"""JSON-RPC 2.0: one body in, one body out; whatever goes wrong is an answer, never an exception."""

import json
import logging
import threading
from typing import Any

from eth.exceptions import PyEVMError
from eth_utils.exceptions import ValidationError

from normal_world.chain.devchain.calls import CallFailed, CallReverted
from normal_world.chain.devchain.engine import Engine
from normal_world.chain.devchain.methods import METHODS
from normal_world.chain.devchain.parameters import BadParameters
from normal_world.chain.devchain.pool import PoolError

MAX_BATCH = 100
# py-evm lifts Python's recursion limit, so that deeply nested JSON would end the process.
MAX_BRACKETS = 5000
LOG = logging.getLogger("evlock.devchain")
ERROR_STRING = bytes.fromhex("08c379a0")  # Error(string), as `require` with a text gives it


class Dispatcher:
    """Answers for one engine; one lock lets one request or one block at it at a time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.lock = threading.Lock()

    def answer(self, body: bytes) -> bytes:
        """The answer to a request or to a batch of them."""
        if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
            return json.dumps(_error(None, -32700, "too many brackets")).encode()
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            return json.dumps(_error(None, -32700, "parse error")).encode()
        if isinstance(request, list):
            if not 0 < len(request) <= MAX_BATCH:
                reply: Any = _error(None, -32600, f"batch: expected 1 to {MAX_BATCH} requests")
            else:
                reply = [self._one(item) for item in request]
        else:
            reply = self._one(request)
        return json.dumps(reply).encode()

    def _one(self, request: Any) -> dict[str, Any]:
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return _error(None, -32600, "invalid request")
        marker, params = request.get("id"), request.get("params", [])
        if not isinstance(params, list):
            return _error(marker, -32602, "params: expected a list")
        method = METHODS.get(request["method"])
        if method is None:
            return _error(marker, -32601, f"the method {request['method']} does not exist")
        try:
            with self.lock:
                result = method(self.engine, params)
        except Exception as error:
            return _failure(marker, request["method"], error)
        return {"jsonrpc": "2.0", "id": marker, "result": result}

    def seal(self) -> None:
        """One more block, if nothing goes wrong."""
        try:
            with self.lock:
                self.engine.seal()
        except Exception:
            LOG.exception("DEVCHAIN-BLOCK no block could be made; trying again")


def _failure(marker: Any, method: str, error: Exception) -> dict[str, Any]:
    match error:
        case CallReverted():
            reason = _reason(error.data)
            return _error(marker, 3, f"execution reverted{reason}", "0x" + error.data.hex())
        case BadParameters():
            return _error(marker, -32602, str(error))
        case PoolError() | CallFailed() | PyEVMError() | ValidationError():
            return _error(marker, -32000, str(error))
    LOG.error("DEVCHAIN-INTERNAL %s", method, exc_info=error)
    return _error(marker, -32603, f"internal error: {type(error).__name__}")


def _reason(data: bytes) -> str:
    """`: text` for Error(string), as geth puts it into the message."""
    if not data.startswith(ERROR_STRING) or len(data) < 68:
        return ""
    size = int.from_bytes(data[36:68], "big")
    return ": " + data[68 : 68 + min(size, 1024)].decode("utf-8", "replace")


def _error(marker: Any, code: int, message: str, data: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": marker, "error": error}
