"""Telemetry of the node: what node.toml asks for, as tasks beside the trades.

A task of telemetry that fails is logged and begun again; it never ends the node.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from firmware.places import Places
from normal_world.telemetry.collector import render
from normal_world.telemetry.exporter import Exporter
from normal_world.telemetry.publisher import Publisher
from normal_world.telemetry.settings import TelemetryConfig
from normal_world.telemetry.sources import Sources

log = logging.getLogger(__name__)
RETRY_S = 30.0


class Telemetry:
    """Raises TelemetryError at once for what cannot work; `start` in a running loop."""

    def __init__(self, config: TelemetryConfig, places: Places, name: str) -> None:
        self._config = config
        self._sources = Sources(places)
        self._publisher = Publisher(config.mqtt, self._sources, name) if config.mqtt else None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """From now on it serves; without `attach`, noded has no numbers of its own yet."""
        if self._config.prometheus:
            import prometheus_client.exposition  # noqa: F401 - now: later a trade would wait for it

            self._begin(Exporter(*self._config.prometheus, self._rendered).run)
        if self._publisher:
            self._begin(self._publisher.run)

    def attach(self, numbers: Callable[[], dict[str, Any]]) -> None:
        """The node is there: its numbers from now on."""
        extra = self._publisher.numbers if self._publisher else dict
        self._sources.node = lambda: {**numbers(), **extra()}

    async def stop(self) -> None:
        """Say goodbye to the broker, and let everything go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sources.close()

    async def _rendered(self, accept: str) -> tuple[bytes, str]:
        return render(await self._sources.snapshot(), accept)

    def _begin(self, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(_always(work)))


async def _always(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("TELEMETRY")
        await asyncio.sleep(RETRY_S)
