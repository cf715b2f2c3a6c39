"""A snapshot in Prometheus' words, by prometheus-client; a program that is away has only up = 0."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from normal_world.telemetry.catalogue import COUNTER, LABELS_MAX, PROGRAMS, Metric, states
from normal_world.telemetry.sources import Numbers, Snapshot

if TYPE_CHECKING:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    Family = GaugeMetricFamily | CounterMetricFamily

LABEL = re.compile(r"[A-Za-z0-9_-]{1,48}")  # what another program may call a state or a code


class SnapshotCollector:
    """Custom collector (prometheus_client.registry.Collector) over one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> "Iterator[Family]":
        from prometheus_client.core import GaugeMetricFamily

        up = GaugeMetricFamily("evlock_up", "1 when the program answers.", labels=["program"])
        for program in PROGRAMS:
            up.add_metric([program], float(getattr(self._snapshot, program) is not None))
        yield up
        for program, metrics in PROGRAMS.items():
            numbers = getattr(self._snapshot, program)
            if numbers is not None:
                yield from _families(metrics, {**numbers, "states": states(numbers.get("state"))})


def render(snapshot: Snapshot, accept: str = "") -> tuple[bytes, str]:
    """The text for a scraper that accepts `accept`, and its content type."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import choose_encoder

    registry = CollectorRegistry(auto_describe=False)
    registry.register(SnapshotCollector(snapshot))
    encoder, content_type = choose_encoder(accept)
    return encoder(registry), content_type


def _families(metrics: Iterable[Metric], numbers: Numbers) -> "Iterator[Family]":
    made: dict[str, Family] = {}
    for metric in metrics:
        for labels, value in _samples(metric, numbers.get(metric.key)):
            family = made.get(metric.name) or made.setdefault(metric.name, _family(metric))
            family.add_metric(labels, value)
    yield from made.values()


def _family(metric: Metric) -> "Family":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    kind = CounterMetricFamily if metric.kind == COUNTER else GaugeMetricFamily
    return kind(metric.name, metric.help, labels=[metric.label] if metric.label else [])


def _samples(metric: Metric, value: Any) -> Iterator[tuple[list[str], float]]:
    if isinstance(value, dict):
        known = [(k, v) for k, v in value.items() if LABEL.fullmatch(k) and _number(v)]
        yield from (([k], float(v)) for k, v in known[:LABELS_MAX])
    elif _number(value):
        yield [metric.of] if metric.of else [], float(value) * metric.scale


def _number(value: Any) -> bool:
    return isinstance(value, int | float)
