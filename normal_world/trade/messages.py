"""Ready and readings between the two nodes: sent, taken in, kept."""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from firmware.errors import RpcError
from normal_world.link.errors import LinkError
from normal_world.meter_client import MeterClient
from normal_world.trade.matching import seller_of
from normal_world.trade.store import TradeStore
from secure_world.protocol import SignedReading, SignedReady

Publish = Callable[..., None]
log = logging.getLogger(__name__)


class Hub(Protocol):
    """What is needed of the link."""

    async def send(self, meter: bytes, kind: str, body: dict[str, Any]) -> None: ...


class Messages:
    """The counterpart's side of every trade; `domain` is (chain id, market)."""

    def __init__(
        self,
        store: TradeStore,
        hub: Hub,
        meter: MeterClient,
        domain: tuple[int, bytes],
        publish: Publish,
    ) -> None:
        self._store = store
        self._hub = hub
        self._meter = meter
        self._domain = domain
        self._publish = publish

    async def share(self, row: dict[str, Any]) -> None:
        """Send all that the counterpart needs now: our Ready and our newest reading."""
        if row["ready"] is not None:
            await self.send(row, "ready", {"ready": row["ready"]})
        if row["reading"] is not None:
            await self.send(row, "reading", {"reading": row["reading"]})

    async def send(self, row: dict[str, Any], kind: str, body: dict[str, Any]) -> None:
        """Send one message; a link that is down is no error: it is shared again when up."""
        try:
            await self._hub.send(peer_meter(row), kind, body)
        except LinkError as error:
            log.debug("%s %s not sent: %s", error.code, kind, error)

    async def on_up(self, meter: bytes) -> None:
        """The link to a counterpart is up: share what concerns it."""
        for row in self._store.trades(open_only=True):
            if peer_meter(row) == meter:
                await self.share(row)

    async def on_message(self, meter: bytes, kind: str, body: dict[str, Any]) -> None:
        """Take in a message; anything that does not verify is reported and dropped."""
        take = {"ready": self._take_ready, "reading": self._take_reading}.get(kind)
        if take is None:
            log.warning("LINK-TYPE unknown message %.40r", kind)
            return
        try:
            await take(meter, body)
        except (ValueError, KeyError, TypeError) as error:
            log.warning("LINK-MESSAGE %s of 0x%s refused: %s", kind, meter.hex(), error)
        except RpcError as error:
            log.info("%s %s", error.code, error)

    async def _take_ready(self, meter: bytes, body: dict[str, Any]) -> None:
        ready = SignedReady.from_json(body["ready"])
        row = self._checked(meter, ready)
        if row is None or row["peer_ready"] == body["ready"]:
            return
        if row["peer_ready"] is not None:
            raise ValueError("another Ready than before")
        self._store.update(row["trade"], peer_ready=body["ready"])
        if row["ready"] is not None:  # the meter is at this trade: readings may follow at once
            await self._meter.call("trade.peer_ready", ready=body["ready"])

    async def _take_reading(self, meter: bytes, body: dict[str, Any]) -> None:
        reading = SignedReading.from_json(body["reading"])
        row = self._checked(meter, reading)
        if row is None or not self.newer(row["peer_reading"], body["reading"]):
            return
        _follows(row, body["reading"])
        exchanged = row["exchanged"] + 1
        self._store.update(row["trade"], peer_reading=body["reading"], exchanged=exchanged)
        self._publish("peer_reading", reading=body["reading"])
        await self._meter.call("trade.peer_reading", reading=body["reading"])

    def _checked(self, meter: bytes, message: SignedReady | SignedReading) -> dict[str, Any] | None:
        """The trade of a message whose signature is the counterpart's; None if not (yet) ours."""
        row = self._store.trade("0x" + message.trade.hex())
        if row is None:
            return None
        if message.meter != peer_meter(row) or meter != message.meter:
            raise ValueError("signed by a meter that is not the counterpart")
        message.verify(*self._domain)
        return row

    @staticmethod
    def newer(old: dict[str, Any] | None, new: dict[str, Any]) -> bool:
        return old is None or int(new["sequence"]) > int(old["sequence"])

    @staticmethod
    def both_final(row: dict[str, Any]) -> bool:
        """Whether the FINAL readings of both sides are here."""
        return all(row[k] is not None and row[k]["state"] == 1 for k in ("reading", "peer_reading"))


def _follows(row: dict[str, Any], reading: dict[str, Any]) -> None:
    """Keep nothing that takes back what was signed before: we could not prove that any more."""
    ready, last = row["peer_ready"], row["peer_reading"]
    if ready is None or reading["from"] != ready["from"]:
        raise ValueError("begins elsewhere than its Ready")
    if last is not None and (reading["to"] < last["to"] or last["state"] == 1):
        raise ValueError(f"{reading['to']} µWh after {last['to']} µWh, or after FINAL")


def peer_meter(row: dict[str, Any]) -> bytes:
    """The counterpart's meter id."""
    terms = row["terms"]
    other = terms["buyer_meter"] if row["role"] == "seller" else seller_of(terms["ref"])
    return bytes.fromhex(other.removeprefix("0x"))
