"""The fee payer as a server: JSON-RPC over HTTP, and a thread that follows receipts."""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from normal_world.chain import hexes
from normal_world.chain.json_server import JsonServer
from normal_world.errors import ChainError, ConfigError
from normal_world.fee_payer.client import REFUSED
from normal_world.fee_payer.errors import FeeRefused
from normal_world.fee_payer.payer import FeePayer

log = logging.getLogger(__name__)
WATCH_S = 1.0
MAX_BRACKETS = 100


class FeePayerService:
    """Serves from construction on until `close`; ConfigError if the address is taken."""

    def __init__(self, payer: FeePayer, host: str, port: int) -> None:
        self._payer = payer
        self._told = ""
        self._stop = threading.Event()
        self._methods: dict[str, Callable[[list[Any]], Any]] = {
            "fee_check": lambda params: payer.check(_payload(params)),
            "fee_pay": lambda params: hexes.text(payer.pay(_payload(params))),
            "fee_show": lambda params: payer.show(),
        }
        try:
            self._server = JsonServer((host, port), self.answer)
        except (OSError, OverflowError) as error:
            raise ConfigError(f"fee payer at {host}:{port}: {error}", "CONFIG-LISTEN") from error
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._threads = [
            threading.Thread(target=self._server.serve_forever, daemon=True),
            threading.Thread(target=self._watch, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stops serving."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def answer(self, body: bytes) -> bytes:
        """The answer to one request; whatever goes wrong is an answer."""
        marker, reply = None, {}
        try:
            if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
                raise ValueError("too many brackets")
            request = json.loads(body)
            marker = request.get("id")
            method = self._methods[request["method"]]
            reply = {"result": method(request.get("params", []))}
        except FeeRefused as error:
            self._tell(f"{error.code} {error}")
            reply = {"error": {"code": REFUSED, "message": f"{error.code} {error}"}}
        except ChainError as error:
            reply = {"error": {"code": -32000, "message": f"{error.code} {error}"}}
        except (ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
            reply = {"error": {"code": -32600, "message": f"request: {type(error).__name__}"}}
        return json.dumps({"jsonrpc": "2.0", "id": marker, **reply}).encode()

    def _tell(self, refusal: str) -> None:
        """Once, while the same is asked again and again."""
        if refusal != self._told:
            log.info("FEE-REFUSED %s", refusal)
        self._told = refusal

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_S):
            self._look()

    def _look(self) -> None:
        try:
            self._payer.watch()
        except ChainError as error:
            log.warning("%s %s", error.code, error)


def _payload(params: list[Any]) -> bytes:
    (text,) = params
    return hexes.data(text, "payload")
