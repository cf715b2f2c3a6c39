"""The households of a community, and what their meters measure in the slots of a day."""

from dataclasses import dataclass

import numpy as np

from normal_world.auction.community import load, sun
from normal_world.auction.community.settings import SLOT_H, SLOTS_A_DAY, Settings, Strategy
from normal_world.auction.community.sun import Floats
from normal_world.auction.wide import U64

UWH = 1e9  # in a kWh
YEARLY_KWH, SPREAD = 3200.0, 0.35  # median, and width of the logarithm
PANEL_KW = (3.0, 9.0)
MARGIN_PERMILLE = (50, 450)
CHANCE, HOUSES, DAY = range(3)  # streams of random numbers


@dataclass(frozen=True)
class Houses:
    """One value each: mean draw, habits, panel and margin (0: none of it)."""

    mean_kw: Floats
    habit_h: Floats  # later than the others
    panel_kw: Floats
    west_h: Floats
    margin_permille: U64


@dataclass(frozen=True)
class Day:
    """Energy of each slot and household, µWh; what a panel gives is used at home first."""

    load_uwh: U64  # (slots, households)
    solar_uwh: U64

    @property
    def demand_uwh(self) -> U64:
        """What the meter counts as import."""
        return self.load_uwh - np.minimum(self.load_uwh, self.solar_uwh)

    @property
    def surplus_uwh(self) -> U64:
        """What it counts as export."""
        return self.solar_uwh - np.minimum(self.load_uwh, self.solar_uwh)


def houses(settings: Settings) -> Houses:
    """Those that the seed makes."""
    rng, count = np.random.default_rng([HOUSES, settings.seed]), settings.households
    panels = np.zeros(count)
    solar = rng.permutation(count)[: round(count * settings.solar_percent / 100)]
    panels[solar] = rng.uniform(*PANEL_KW, len(solar))
    return Houses(
        mean_kw=YEARLY_KWH * rng.lognormal(0.0, SPREAD, count) / (365 * 24),
        habit_h=rng.normal(0.0, 0.7, count),
        panel_kw=panels,
        west_h=rng.normal(0.0, 0.8, count),
        margin_permille=_margins(rng, settings),
    )


def day(settings: Settings, them: Houses, number: int) -> Day:
    """The measured day, from 0."""
    rng = np.random.default_rng([DAY, settings.seed, number])
    date, count = settings.day(number), settings.households
    of_year = date.timetuple().tm_yday
    drawn = load.shape(of_year, date.weekday(), them.habit_h, settings.latitude >= 0)
    drawn *= load.noise(rng, count) * them.mean_kw
    shining = sun.clear_sky(settings.latitude, of_year, them.west_h)
    local = np.clip(rng.normal(1.0, 0.05, (SLOTS_A_DAY, count)), 0.8, 1.1)
    shining *= sun.clouds(rng)[:, np.newaxis] * local * them.panel_kw
    return Day(_energy(drawn), _energy(shining))


def _margins(rng: np.random.Generator, settings: Settings) -> U64:
    drawn = rng.integers(*MARGIN_PERMILLE, settings.households, endpoint=True, dtype=np.uint64)
    if settings.strategy is Strategy.ZERO_INTELLIGENCE:
        drawn[:] = 0
    elif settings.strategy is Strategy.MIXED:
        drawn[::2] = 0
    return drawn


def _energy(power_kw: Floats) -> U64:
    return np.rint(power_kw * (SLOT_H * UWH)).astype(np.uint64)
