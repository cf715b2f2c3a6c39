"""What a strategy is shown: one moment of the node, in plain values."""

from dataclasses import asdict, dataclass
from typing import Any

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True)
class Limits:
    """The owner's ceilings ([limits] of node.toml), microwatt-hours."""

    max_trade_uwh: int
    max_day_uwh: int  # within any 24 hours, both directions together


@dataclass(frozen=True)
class MarketOffer:
    """An offer of another meter that this meter may take now: enrolled, linked, credit enough."""

    offer_id: int
    price: int  # base units per kWh
    amount_uwh: int  # what is left of it


@dataclass(frozen=True)
class OwnOffer:
    """An offer of this meter that waits for a buyer."""

    offer_id: int
    price: int
    amount_uwh: int
    by_strategy: bool  # False: made by hand, and no strategy's business


@dataclass(frozen=True)
class OpenOrder:
    """An order of this node that is not final on the chain yet."""

    key: str
    kind: str  # sell, buy or cancel


@dataclass(frozen=True)
class Situation:
    """One moment. Energies µWh, money base units (18 decimals), prices base units per kWh."""

    minute: int  # of the local day, 0 to 1439; wall time, so only a label
    weekday: int  # 0 is Monday
    now_s: float  # monotonic
    soc_permille: int | None  # None: not known, `soc_unknown` says why
    soc_unknown: str
    voltage_v: float | None
    imported_today_uwh: int  # since local midnight
    exported_today_uwh: int
    last_day_uwh: int  # both directions, the last 24 hours: what the ceiling counts
    since_order_s: float | None  # since the strategy's last order; None: none yet
    orders: tuple[OpenOrder, ...]
    own_offers: tuple[OwnOffer, ...]
    market: tuple[MarketOffer, ...]  # cheapest first
    open_trades: int
    tokens: int | None  # of account and purse together; None: the chain did not say
    wei: int | None
    limits: Limits
    calibrated: bool
    meter_fault: str  # "" while the meter measures
    safe_mode: bool  # the meter's or the node's
    held: str = ""  # why the node itself holds orders back

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Situation":
        """What `to_json` gave; raises KeyError or TypeError for anything else."""
        return cls(
            **values
            | {
                "orders": tuple(OpenOrder(**order) for order in values["orders"]),
                "own_offers": tuple(OwnOffer(**offer) for offer in values["own_offers"]),
                "market": tuple(MarketOffer(**offer) for offer in values["market"]),
                "limits": Limits(**values["limits"]),
            }
        )
