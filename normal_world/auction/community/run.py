"""A community's days, slot by slot: orders, clearing, bills."""

from collections.abc import Callable

import numpy as np

from normal_world.auction import wide
from normal_world.auction.book import Clearing, Side
from normal_world.auction.community.houses import CHANCE, Day, Houses, day, houses
from normal_world.auction.community.limits import limits
from normal_world.auction.community.outcome import Household, Outcome, Slot
from normal_world.auction.community.settings import SLOTS_A_DAY, Settings
from normal_world.auction.engine import clear
from normal_world.auction.settlement import settle, value_rounded_down
from normal_world.auction.wide import U64, Index

ENOUGH = 2**128  # the utility's funds: here it pays whatever comes


def run(settings: Settings, tell: Callable[[int], None] = lambda _: None) -> Outcome:
    """All days; `tell` hears how many are done."""
    them, outcome = houses(settings), Outcome(settings)
    outcome.households.extend(
        Household(round(panel * 1000), margin)
        for panel, margin in zip(them.panel_kw.tolist(), them.margin_permille.tolist(), strict=True)
    )
    for number in range(settings.days):
        measured = day(settings, them, number)
        rng = np.random.default_rng([CHANCE, settings.seed, number])
        for slot in range(SLOTS_A_DAY):
            outcome.slots.append(_slot(outcome, them, measured, slot, rng))
        _add(outcome.households, "load_uwh", measured.load_uwh.sum(axis=0))
        _add(outcome.households, "solar_uwh", measured.solar_uwh.sum(axis=0))
        tell(number + 1)
    return outcome


def _slot(
    outcome: Outcome, them: Houses, measured: Day, slot: int, rng: np.random.Generator
) -> Slot:
    ask, bid = limits(rng, them.margin_permille, outcome.settings)
    demand, surplus = measured.demand_uwh[slot], measured.surplus_uwh[slot]
    sellers, buyers = np.flatnonzero(surplus), np.flatnonzero(demand)
    sells = Side(surplus[sellers], ask[np.newaxis, sellers])
    buys = Side(demand[buyers], bid[np.newaxis, buyers])
    cleared = clear(sells, buys, outcome.settings.rule)
    _bill(outcome, sells, buys, cleared, sellers, buyers)
    prices = wide.integers(cleared.price)
    return Slot(
        load_uwh=_sum(measured.load_uwh[slot]),
        solar_uwh=_sum(measured.solar_uwh[slot]),
        demand_uwh=_sum(demand),
        surplus_uwh=_sum(surplus),
        matched_uwh=cleared.matched_uwh,
        trades=len(cleared),
        paid=cleared.paid,
        lowest=min(prices, default=None),
        highest=max(prices, default=None),
    )


def _bill(
    outcome: Outcome, sells: Side, buys: Side, cleared: Clearing, sellers: Index, buyers: Index
) -> None:
    """What each household owes with the market, and what it would owe without."""
    tariff, households = outcome.settings.tariff, outcome.households
    found = settle(sells, buys, cleared, tariff, ENOUGH)
    for place, paid, energy, filled in zip(
        sellers.tolist(), found.sells_paid, sells.energy_uwh.tolist(),
        cleared.sells_filled_uwh.tolist(), strict=True,
    ):  # fmt: skip
        house = households[place]
        house.bill -= paid
        house.bill_at_tariff -= value_rounded_down(energy, tariff.feed_in_price)
        house.sold_uwh += filled
    for place, cost, energy, filled in zip(
        buyers.tolist(), found.buys_cost, buys.energy_uwh.tolist(),
        cleared.buys_filled_uwh.tolist(), strict=True,
    ):  # fmt: skip
        house = households[place]
        house.bill += cost
        house.bill_at_tariff += value_rounded_down(energy, tariff.grid_price)
        house.bought_uwh += filled


def _add(households: list[Household], name: str, amounts: U64) -> None:
    for household, amount in zip(households, amounts.tolist(), strict=True):
        setattr(household, name, getattr(household, name) + amount)


def _sum(energy_uwh: U64) -> int:
    return int(energy_uwh.sum())
