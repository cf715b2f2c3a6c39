"""The node's values to the owner's broker, every few seconds, and nothing the other way."""

import asyncio
import json
from typing import Any

from normal_world.telemetry.broker import Broker
from normal_world.telemetry.discovery import Topics, configs, state
from normal_world.telemetry.settings import MqttConfig
from normal_world.telemetry.sources import Snapshot, Sources

ID_DIGITS = 12  # of the meter id: enough to tell an owner's meters apart
ASK_S = 2.0


class Publisher:
    """Raises TelemetryError at once for a missing library, password file or CA."""

    def __init__(self, config: MqttConfig, sources: Sources, name: str) -> None:
        self._config = config
        self._sources = sources
        self._name = name
        self._broker = Broker(config)

    def numbers(self) -> dict[str, Any]:
        """For the metrics."""
        return {"mqtt_up": self._broker.connected, "mqtt_dropped": self._broker.dropped}

    async def run(self) -> None:
        """Publish until cancelled."""
        topics, model = await self._identity()
        greeting = configs(topics, self._name, model, self._config.interval_s)
        self._broker.start(topics.availability, greeting)
        try:
            while True:
                snapshot = await self._sources.snapshot()
                self._broker.publish(topics.state, json.dumps(state(snapshot)))
                await asyncio.sleep(self._config.interval_s)
        finally:
            await asyncio.to_thread(self._broker.stop)

    async def _identity(self) -> tuple[Topics, str]:
        """Topics by the meter's id, and the board's title; both must be known first."""
        while True:
            snapshot = await self._sources.snapshot()
            meter = (snapshot.secured or {}).get("meter")
            if meter and snapshot.meterd is not None:
                config = self._config
                digits = str(meter).removeprefix("0x")[:ID_DIGITS]
                return Topics(config.prefix, config.discovery_prefix, digits), _model(snapshot)
            await asyncio.sleep(ASK_S)


def _model(snapshot: Snapshot) -> str:
    meter = snapshot.meterd or {}
    return str(meter.get("board_title") or meter.get("board") or "meter")[:80]
