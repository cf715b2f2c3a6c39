"""The relay as a server: JSON-RPC over HTTP, and a thread that makes and follows batches.

`relay_place [slot, order]`: 256 bytes of hexadecimal, answered once the order is durable.
`relay_state [slot, meter]`, `relay_show []`.
"""

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from normal_world.auction.relay.client import REFUSED
from normal_world.auction.relay.errors import PlacementRefused
from normal_world.auction.relay.relay import Relay
from normal_world.chain import hexes
from normal_world.chain.json_server import JsonServer
from normal_world.errors import ChainError, ConfigError

log = logging.getLogger(__name__)
STEP_S = 0.25
MAX_BODY, MAX_BRACKETS = 4096, 16  # an order is 256 bytes
SLOT_MAX = 2**63 - 1


class RelayService:
    """Serves from construction on until `close`; ConfigError if the address is taken."""

    def __init__(self, relay: Relay, host: str, port: int, step_s: float = STEP_S) -> None:
        self._relay, self._step_s, self._told = relay, step_s, ""
        self._stop = threading.Event()
        self._methods: dict[str, Callable[[list[Any]], Any]] = {
            "relay_place": lambda params: relay.place(*_order(params))._asdict(),
            "relay_state": lambda params: relay.state(*_question(params))._asdict(),
            "relay_show": lambda params: relay.show(),
        }
        try:
            self._server = JsonServer((host, port), self.answer)
        except (OSError, OverflowError) as error:
            raise ConfigError(f"relay at {host}:{port}: {error}", "CONFIG-LISTEN") from error
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True),
            threading.Thread(target=self._work, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stops serving; what is under way is kept."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def answer(self, body: bytes) -> bytes:
        """The answer to one request; whatever goes wrong is an answer."""
        marker, reply = None, {}
        try:
            if len(body) > MAX_BODY or body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
                raise ValueError("too much")
            request = json.loads(body)
            marker = request.get("id")
            method = self._methods[request["method"]]
            reply = {"result": method(request.get("params", []))}
        except PlacementRefused as error:
            log.debug("RELAY refused: %s %s", error.code, error)  # strangers write no logs
            reply = {"error": {"code": REFUSED, "message": f"{error.code} {error}"}}
        except ChainError as error:
            reply = {"error": {"code": -32000, "message": f"{error.code} {error}"}}
        except (ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
            reply = {"error": {"code": -32600, "message": f"request: {type(error).__name__}"}}
        return json.dumps({"jsonrpc": "2.0", "id": marker, **reply}).encode()

    def _work(self) -> None:
        while not self._stop.wait(self._step_s):
            try:
                self._relay.step()
            except ChainError as error:
                self._tell(f"{error.code} {error}")
            else:
                self._told = ""

    def _tell(self, fault: str) -> None:
        """Once, while it lasts."""
        if fault != self._told:
            log.warning("%s", fault)
        self._told = fault


def _order(params: list[Any]) -> tuple[int, bytes]:
    slot, order = params
    try:
        return _slot(slot), hexes.data(order, "order")
    except ChainError as error:
        raise PlacementRefused(str(error), "PLACE-FORM") from error


def _question(params: list[Any]) -> tuple[int, str]:
    slot, meter = params
    return _slot(slot), hexes.address(meter, "meter")


def _slot(slot: Any) -> int:
    if type(slot) is not int or not 0 <= slot <= SLOT_MAX:
        raise ValueError("slot")
    return slot
