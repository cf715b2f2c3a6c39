"""A node's questions to a relay."""

from typing import Any

from normal_world.auction.relay.errors import PlacementRefused
from normal_world.auction.relay.placement import packed
from normal_world.auction.relay.relay import Fate
from normal_world.chain import hexes
from normal_world.chain.bindings.auction import Placement
from normal_world.chain.transport import Transport
from normal_world.errors import ChainUnreachable

REFUSED = -32011
TIMEOUT_S = 2.0  # a node waits for it between other things
WORDS = ("state", "reason", "transaction")


class RelayClient:
    """ChainUnreachable if there is no answer, or none of a relay; PlacementRefused."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._transport = Transport(url, timeout_s)

    def place(self, slot: int, placement: Placement) -> Fate:
        """Hands an order over, and gives its fate; the same order again does no harm."""
        return self._fate("relay_place", slot, hexes.text(packed(placement)))

    def state(self, slot: int, meter: str) -> Fate:
        """What became of a meter's order."""
        return self._fate("relay_state", slot, meter)

    def show(self) -> dict[str, Any]:
        """What the relay says of itself."""
        found = self._ask("relay_show")
        if not isinstance(found, dict) or not {"address", "total", "batches"} <= found.keys():
            raise ChainUnreachable(f"{self._transport.url}: not a relay")
        return found

    def _fate(self, method: str, *params: object) -> Fate:
        found = self._ask(method, *params)
        words = [found.get(word) for word in WORDS] if isinstance(found, dict) else [None]
        if not all(isinstance(word, str) for word in words[:2]):
            raise ChainUnreachable(f"{self._transport.url}: not a relay")
        return Fate(*(None if word is None else str(word)[:300] for word in words))  # type: ignore[arg-type]

    def _ask(self, method: str, *params: object) -> object:
        answer = self._transport.request(method, list(params))
        error = answer.get("error")
        if error is None:
            return answer.get("result")
        told = error if isinstance(error, dict) else {}
        message = str(told.get("message", error))[:300]
        if told.get("code") == REFUSED:
            code, _, text = message.partition(" ")
            raise PlacementRefused(text, code)
        raise ChainUnreachable(f"{self._transport.url} {method}: {message}")
