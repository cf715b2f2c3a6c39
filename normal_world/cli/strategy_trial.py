"""A dry run: the strategy of node.toml in a situation that is made up, or nearly the real one."""

import dataclasses
import re
import time as clock
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from firmware.config import TABLES
from firmware.errors import ConfigError as FileError
from firmware.errors import RpcError
from firmware.jsonrpc import Client
from firmware.places import Places
from firmware.toml import reading
from normal_world.cli.errors import UsageInvalid
from normal_world.errors import NormalWorldError, StateError
from normal_world.strategy.errors import StrategyFailed
from normal_world.strategy.gate import admit
from normal_world.strategy.intent import Buy, Intent, Sell, Wait, Withdraw
from normal_world.strategy.situation import MarketOffer, Situation
from normal_world.strategy.windows import DAYS
from normal_world.strategy.words import energy, price
from normal_world.strategy_host import plugins
from normal_world.strategy_host.settings import (
    BY_HAND,
    StrategyConfig,
    make_strategy,
    read_strategy,
)

CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
OFFER = re.compile(r"([0-9]{1,39}):([0-9]{1,20})")
ENOUGH = 10**24  # base units: money is no obstacle in a made-up situation


@dataclass(frozen=True)
class Trial:
    """What would be done; `assumed` tells what was not asked of the node."""

    name: str
    decision: str
    reason: str
    intent: Intent
    assumed: list[str]

    def to_json(self) -> dict[str, Any]:
        kind = type(self.intent).__name__.lower()
        return vars(self) | {"intent": {"kind": kind, **vars(self.intent)}}


def attempt(*, soc: float | None, time: str | None, day: str | None, offers: list[str]) -> Trial:
    """One decision. Raises UsageInvalid, ConfigError, StateError, StrategyFailed."""
    places = Places.of_environment()
    node_toml = places.etc / "node.toml"
    with reading(node_toml) as root:
        config = read_strategy(root)
        root.skip(*TABLES)
    changes = _changes(soc, time, day, offers)
    if config.name == BY_HAND:
        raise StateError(f"{node_toml}: no [strategy] name: nothing is traded by itself")
    base, assumed = _base(places, config)
    situation = dataclasses.replace(base, limits=config.limits, **changes)
    intent = _decide(config.name, node_toml, situation)
    return Trial(config.name, _decision(intent), intent.reason, intent, assumed)


def _decide(name: str, node_toml: Path, situation: Situation) -> Intent:
    """As noded does it, but here: what a plug-in raises ends this command only."""
    try:
        strategy = make_strategy(node_toml, plugins.factory(name))
        return admit(strategy.decide(situation), situation)
    except (NormalWorldError, FileError):
        raise
    except Exception as error:
        raise StrategyFailed(f"{name}: raised {type(error).__name__}: {error!s:.120}") from error


def _base(places: Places, config: StrategyConfig) -> tuple[Situation, list[str]]:
    """The moment as the running node sees it, else a healthy, idle one."""
    try:
        with Client(places.socket("noded")) as client:
            return Situation.from_json(client.call("strategy.situation")), []
    except RpcError as error:
        why = f"noded cannot be asked: {error.code}"
        assumed = [f"a healthy, idle node with enough money ({why})"]
    now = datetime.now().astimezone()
    situation = Situation(
        minute=now.hour * 60 + now.minute, weekday=now.weekday(), now_s=clock.monotonic(),
        soc_permille=None, soc_unknown="give --soc", voltage_v=None,
        imported_today_uwh=0, exported_today_uwh=0, last_day_uwh=0, since_order_s=None,
        orders=(), own_offers=(), market=(), open_trades=0, tokens=ENOUGH, wei=ENOUGH,
        limits=config.limits, calibrated=True, meter_fault="", safe_mode=False,
    )  # fmt: skip
    return situation, assumed


def _changes(
    soc: float | None, time: str | None, day: str | None, offers: list[str]
) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if soc is not None:
        changes |= {"soc_permille": round(soc * 10), "soc_unknown": ""}
    if time is not None:
        found = CLOCK.fullmatch(time)
        if found is None:
            raise UsageInvalid(f"--time {time!r}: HH:MM expected, like 19:30")
        changes["minute"] = int(found[1]) * 60 + int(found[2])
    if day is not None:
        if day not in DAYS:
            raise UsageInvalid(f"--day {day!r}: one of {', '.join(DAYS)} expected")
        changes["weekday"] = DAYS.index(day)
    if offers:
        market = [_offer(number, text) for number, text in enumerate(offers, 1)]
        changes["market"] = tuple(sorted(market, key=lambda offer: offer.price))
    return changes


def _offer(number: int, text: str) -> MarketOffer:
    found = OFFER.fullmatch(text)
    if found is None or int(found[1]) == 0 or int(found[2]) == 0:
        raise UsageInvalid(f"--offer {text!r}: PRICE:AMOUNT expected, base units a kWh and µWh")
    return MarketOffer(number, int(found[1]), int(found[2]))


def _decision(intent: Intent) -> str:
    if isinstance(intent, Sell):
        return f"sell {energy(intent.amount_uwh)} at {price(intent.price)}"
    if isinstance(intent, Buy):
        return f"buy {energy(intent.amount_uwh)} at up to {price(intent.max_price)}"
    if isinstance(intent, Withdraw):
        return f"withdraw offer {intent.offer_id}"
    assert isinstance(intent, Wait)
    return "wait"
