"""Line-delimited JSON-RPC 2.0 over a UNIX socket: the codec and a blocking client."""

import itertools
import json
import socket
from pathlib import Path
from typing import Any

from drivers.errors import DriverError
from firmware.errors import FirmwareError, RpcError, RpcFailed

LINE_MAX = 64 * 1024
INTERNAL = -32603
REFUSED = -32000
HARDWARE = 4  # exit code of a driver's error: drivers know nothing of exit codes


def encode(message: dict[str, Any]) -> bytes:
    """One JSON object and a line feed."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The JSON object of a line; raises RpcError when it is none."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RpcError(f"not a JSON line: {error}", "CONTROL-MALFORMED") from None
    if not isinstance(message, dict):
        raise RpcError("a JSON object was expected on the line", "CONTROL-MALFORMED")
    return message


def failure(request_id: object, error: BaseException) -> dict[str, Any]:
    """The error response for an exception: its stable code and one line."""
    code = str(getattr(error, "code", "INTERNAL"))
    known = isinstance(error, FirmwareError) or hasattr(error, "code")
    number = REFUSED if known else INTERNAL
    otherwise = HARDWARE if isinstance(error, DriverError) else 1
    data = {"code": code, "exit_code": int(getattr(error, "exit_code", otherwise))}
    text = " ".join(str(error).split()) or type(error).__name__
    return {
        "jsonrpc": "2.0",
        "id": request_id,
        "error": {"code": number, "message": text, "data": data},
    }


def result_of(response: dict[str, Any]) -> Any:
    """The result of a response; raises RpcFailed with the other side's code."""
    error = response.get("error")
    if error is None:
        return response.get("result")
    data = error.get("data") or {}
    raise RpcFailed(
        str(error.get("message")), str(data.get("code", "INTERNAL")), int(data.get("exit_code", 1))
    )


class Client:
    """A blocking client: `Client(path).call("status")`; raises RpcError or RpcFailed."""

    def __init__(self, path: Path | str, timeout_s: float = 10.0) -> None:
        self.path = str(path)
        self._ids = itertools.count(1)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(self.path)
        except OSError as error:
            self._socket.close()
            reason = error.strerror or error
            raise RpcError(f"{self.path}: {reason}; is the program running?") from None
        self._file = self._socket.makefile("rb")

    def call(self, method: str, /, **params: Any) -> Any:
        """The result of the method; notifications that arrive meanwhile are passed over."""
        request_id = next(self._ids)
        request = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
        try:
            self._socket.sendall(encode(request))
            while True:
                message = self.receive()
                if message.get("id") == request_id:
                    return result_of(message)
        except OSError as error:
            if isinstance(error, RpcError):
                raise
            raise RpcError(f"{self.path}: {error} during {method}") from None

    def receive(self) -> dict[str, Any]:
        """The next message of the other side, whatever it is."""
        line = self._file.readline(LINE_MAX + 1)
        if not line.endswith(b"\n"):
            raise RpcError(f"{self.path}: the program closed the connection")
        return decode(line)

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
