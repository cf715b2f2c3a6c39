"""A counterpart out of reach hinders nothing: what it missed is shared when it is back."""

import asyncio
from typing import Any, cast

import pytest

from normal_world.link.errors import DialFailed, LinkBusy, LinkError, PeerSilent
from normal_world.meter_client import MeterClient
from normal_world.trade.messages import Messages
from normal_world.trade.store import TradeStore

ROW: dict[str, Any] = {
    "role": "buyer",
    "terms": {"ref": int("11" * 20, 16) << 64, "buyer_meter": "0x" + "22" * 20},
    "ready": {"trade": "0x" + "33" * 32},
    "reading": {"sequence": 4},
}


class BrokenHub:
    """A link that fails in one way."""

    def __init__(self, error: LinkError) -> None:
        self.error = error
        self.tried: list[tuple[bytes, str]] = []

    async def send(self, meter: bytes, kind: str, body: dict[str, Any]) -> None:
        self.tried.append((meter, kind))
        raise self.error


@pytest.mark.parametrize("error", [DialFailed("x"), PeerSilent("x"), LinkBusy("x")])
def test_a_dead_link_does_not_stop_the_trade(error: LinkError) -> None:
    hub = BrokenHub(error)
    store, meter = cast(TradeStore, None), cast(MeterClient, None)  # not asked by sharing
    messages = Messages(store, hub, meter, (31337, bytes(20)), lambda *_a, **_k: None)
    asyncio.run(messages.share(ROW))
    assert hub.tried == [(bytes([0x11]) * 20, "ready"), (bytes([0x11]) * 20, "reading")]
