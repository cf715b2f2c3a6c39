"""A second book of one meter's energy: what it signed, what was claimed, what was paid for."""

from typing import Any

from tests.contracts.abi import decode_event
from tests.contracts.evm import Outcome
from tests.contracts.world import EXPORT

Interval = tuple[int, int]


class EnergyBook:
    """Of the exports of one meter, from the events of all contracts."""

    def __init__(self, meter: bytes) -> None:
        self.meter = meter
        self.signed: list[Interval] = []
        self.claimed: list[Interval] = []
        self.paid: dict[str, int] = {"market": 0, "auction": 0, "rewards": 0}

    def sign(self, from_: int, to: int) -> None:
        self.signed.append((from_, to))

    def book(self, outcome: Outcome) -> None:
        for name, values in map(decode_event, outcome.logs):
            self._claim(name, values)
            self._pay(name, values)

    def _claim(self, name: str, values: dict[str, Any]) -> None:
        if name == "TradeClaimed" and values["seller"] == self.meter:
            self.claimed.append((values["exportFrom"], values["exportTo"]))
        if name == "Claimed" and (values["meter"], values["direction"]) == (self.meter, EXPORT):
            self.claimed.append((values["from"], values["to"]))

    def _pay(self, name: str, values: dict[str, Any]) -> None:
        """The one meter sells all that this market sells. An order's energy counts once placed."""
        if name in ("Settled", "Closed"):
            self.paid["market"] += values["energyUwh"]
        if name == "Placed" and values["direction"] == EXPORT:
            self.paid["auction"] += values["energyUwh"]
        if name == "Rewarded":
            self.paid["rewards"] += values["energyUwh"]

    def check(self) -> None:
        """Claims never meet, lie within what was signed, and cover what was paid for."""
        ends = [bound for from_, to in self.claimed if from_ < to for bound in (from_, to)]
        assert ends == sorted(ends), "energy claimed twice"
        within = union(self.signed)
        for from_, to in self.claimed:
            assert any(low <= from_ and to <= high for low, high in within) or from_ == to
        assert sum(self.paid.values()) <= size(self.claimed) <= size(within)


def union(intervals: list[Interval]) -> list[Interval]:
    """The same energy without overlaps; intervals that touch are joined."""
    joined: list[Interval] = []
    for from_, to in sorted(intervals):
        if joined and from_ <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(to, joined[-1][1]))
        else:
            joined.append((from_, to))
    return joined


def size(intervals: list[Interval]) -> int:
    return sum(to - from_ for from_, to in intervals)
