"""What came of a simulated community: of each slot, of each household, and altogether."""

from dataclasses import dataclass, field
from statistics import median_low
from typing import Any

from normal_world.auction.community.settings import Settings
from normal_world.auction.wide import UWH_PER_KWH


@dataclass(frozen=True)
class Slot:
    """Energies in µWh; prices in base units a kWh, None without a trade."""

    load_uwh: int
    solar_uwh: int
    demand_uwh: int
    surplus_uwh: int
    matched_uwh: int
    trades: int
    paid: int
    lowest: int | None
    highest: int | None

    @property
    def mean(self) -> int | None:
        """By energy, rounded down."""
        return self.paid * UWH_PER_KWH // self.matched_uwh if self.matched_uwh else None


@dataclass
class Household:
    """Energies in µWh, money in base units; a bill is what was paid less what was received."""

    panel_w: int
    margin_permille: int
    load_uwh: int = 0
    solar_uwh: int = 0
    bought_uwh: int = 0  # from neighbours
    sold_uwh: int = 0
    bill_at_tariff: int = 0
    bill: int = 0

    @property
    def gain(self) -> int:
        """Against the grid tariff alone."""
        return self.bill_at_tariff - self.bill


@dataclass(frozen=True)
class Outcome:
    """Everything, in the order of time and of the households."""

    settings: Settings
    slots: list[Slot] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)

    def total(self, name: str) -> int:
        """Of a column of the slots."""
        return sum(getattr(slot, name) for slot in self.slots)

    def ranked(self) -> list[int]:
        """Households by their gain, the worst first."""
        return sorted(range(len(self.households)), key=lambda place: self.households[place].gain)

    def to_json(self) -> dict[str, Any]:
        """The figures that the command prints; shares in per cent."""
        gains = [household.gain for household in self.households]
        matched, prices = self.total("matched_uwh"), [s for s in self.slots if s.trades]
        ranked = self.ranked()
        return {
            "settings": _settings(self.settings),
            "load_uwh": self.total("load_uwh"),
            "solar_uwh": self.total("solar_uwh"),
            "matched_uwh": matched,
            "trades": self.total("trades"),
            "slots_with_trades": len(prices),
            "self_sufficiency_percent": self.shares("load_uwh", "demand_uwh"),
            "self_consumption_percent": self.shares("solar_uwh", "surplus_uwh"),
            "price": {
                "mean": self.total("paid") * UWH_PER_KWH // matched if matched else None,
                "lowest": min((s.lowest for s in prices if s.lowest is not None), default=None),
                "highest": max((s.highest for s in prices if s.highest is not None), default=None),
            },
            "gain": {
                "best": {"household": ranked[-1], "base_units": gains[ranked[-1]]},
                "median": {"base_units": median_low(gains)},
                "worst": {"household": ranked[0], "base_units": gains[ranked[0]]},
                "together": sum(gains),
                "losing": sum(gain < 0 for gain in gains),
            },
            "bills": {
                "at_tariff": sum(house.bill_at_tariff for house in self.households),
                "with_market": sum(house.bill for house in self.households),
            },
            "utility": {
                "delivers_uwh": self.total("demand_uwh") - matched,
                "takes_uwh": self.total("surplus_uwh") - matched,
                "delivers_without_market_uwh": self.total("demand_uwh"),
                "takes_without_market_uwh": self.total("surplus_uwh"),
            },
        }

    def shares(self, of: str, missing: str) -> dict[str, float | None]:
        """How much of `of` the community covers or uses by itself, per cent; None of nothing."""
        whole, apart, matched = self.total(of), self.total(missing), self.total("matched_uwh")
        if whole == 0:
            return {"without_market": None, "with_market": None}
        return {
            "without_market": round(100.0 * (whole - apart) / whole, 2),
            "with_market": round(100.0 * (whole - apart + matched) / whole, 2),
        }


def _settings(settings: Settings) -> dict[str, Any]:
    told = {name: getattr(settings, name) for name in vars(settings) if name != "tariff"}
    return {**told, "start": settings.start.isoformat(), **vars(settings.tariff)}
