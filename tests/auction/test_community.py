"""A simulated community: the same by its seed, no energy or money from nothing, nobody loses."""

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from normal_world.auction.book import Rule
from normal_world.auction.community import files, sun
from normal_world.auction.community.houses import day, houses
from normal_world.auction.community.limits import limits
from normal_world.auction.community.merged import periods
from normal_world.auction.community.outcome import Outcome
from normal_world.auction.community.run import run
from normal_world.auction.community.settings import SLOTS_A_DAY, Settings, Strategy
from normal_world.auction.settlement import Tariff

SETTINGS = Settings(
    households=20,
    solar_percent=40,
    days=2,
    start=date(2026, 6, 13),  # a Saturday and a Sunday
    latitude=47.0,
    seed=5,
    strategy=Strategy.MIXED,
    rule=Rule.DISCRIMINATORY,
    tariff=Tariff(3 * 10**17, 8 * 10**16),
)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run(SETTINGS)


def test_a_seed_makes_the_same_community_again(outcome: Outcome) -> None:
    again = run(SETTINGS)
    assert (again.slots, again.households) == (outcome.slots, outcome.households)
    assert run(replace(SETTINGS, seed=6)).slots != outcome.slots


@pytest.mark.parametrize("rule", Rule)
@pytest.mark.parametrize("strategy", Strategy)
def test_nobody_loses_and_nothing_is_made(rule: Rule, strategy: Strategy) -> None:
    settings = replace(SETTINGS, rule=rule, strategy=strategy, days=1)
    outcome = run(settings)
    assert len(outcome.slots) == SLOTS_A_DAY
    matched = outcome.total("matched_uwh")
    assert 0 < matched <= min(outcome.total("demand_uwh"), outcome.total("surplus_uwh"))
    assert sum(house.bought_uwh for house in outcome.households) == matched
    assert sum(house.sold_uwh for house in outcome.households) == matched
    assert sum(house.load_uwh for house in outcome.households) == outcome.total("load_uwh")
    assert min(house.gain for house in outcome.households) >= 0
    spread = settings.tariff.grid_price - settings.tariff.feed_in_price
    together = sum(house.gain for house in outcome.households)
    pieces = 4 * outcome.total("trades") + 2 * settings.households * len(outcome.slots)
    assert abs(together - matched * spread // 10**9) <= pieces  # rounding, base units


def test_figures_are_those_of_the_slots(outcome: Outcome) -> None:
    told = outcome.to_json()
    load, demand = outcome.total("load_uwh"), outcome.total("demand_uwh")
    share = told["self_sufficiency_percent"]
    assert share["without_market"] == pytest.approx(100 * (load - demand) / load, abs=0.01)
    assert share["with_market"] > share["without_market"]
    gain = told["gain"]
    assert gain["worst"]["base_units"] <= gain["median"]["base_units"]
    assert gain["median"]["base_units"] <= gain["best"]["base_units"]
    assert outcome.households[gain["best"]["household"]].gain == gain["best"]["base_units"]
    assert told["bills"]["at_tariff"] - told["bills"]["with_market"] == gain["together"]
    assert gain["losing"] == 0
    price = told["price"]
    assert SETTINGS.tariff.feed_in_price <= price["lowest"] <= price["mean"] <= price["highest"]
    assert price["highest"] <= SETTINGS.tariff.grid_price


def test_without_panels_nothing_is_traded() -> None:
    told = run(replace(SETTINGS, solar_percent=0, days=1)).to_json()
    assert (told["trades"], told["price"]["mean"], told["gain"]["together"]) == (0, None, 0)
    assert told["self_sufficiency_percent"] == {"without_market": 0.0, "with_market": 0.0}
    assert told["self_consumption_percent"] == {"without_market": None, "with_market": None}


def test_what_a_panel_gives_is_used_at_home_first() -> None:
    measured = day(SETTINGS, houses(SETTINGS), 0)
    assert not (measured.demand_uwh * measured.surplus_uwh).any()
    load, solar = measured.load_uwh.astype(np.int64), measured.solar_uwh.astype(np.int64)
    net = measured.demand_uwh.astype(np.int64) - measured.surplus_uwh.astype(np.int64)
    assert (net == load - solar).all()


def test_as_many_panels_as_asked_for() -> None:
    assert int((houses(SETTINGS).panel_kw > 0).sum()) == 8


def test_the_sun_rises_in_the_morning_and_stands_higher_in_summer() -> None:
    noon, midnight, none = SLOTS_A_DAY // 2, 0, np.zeros(1)
    summer, winter = (sun.clear_sky(47.0, of_year, none)[:, 0] for of_year in (172, 355))
    assert summer[midnight] == 0.0
    assert summer.argmax() in (noon - 1, noon)
    assert 0.7 < summer[noon] < 0.9
    assert 0.1 < winter[noon] < 0.4
    south = sun.clear_sky(-47.0, 355, none)[:, 0]
    assert south[noon] == pytest.approx(summer[noon], rel=0.01)


def test_a_household_draws_what_households_draw() -> None:
    year = run(replace(SETTINGS, households=60, days=7))
    a_day_kwh = year.total("load_uwh") / 1e9 / 60 / 7
    assert 6.0 < a_day_kwh < 12.0
    evening, night = (
        sum(slot.load_uwh for number, slot in enumerate(year.slots) if number % 96 in hours)
        for hours in (range(74, 82), range(8, 16))
    )
    assert evening > 2 * night


@pytest.mark.parametrize("strategy", Strategy)
def test_limits_lie_within_the_tariff(strategy: Strategy) -> None:
    settings = replace(SETTINGS, strategy=strategy, tariff=Tariff(18 * 10**18, 7))
    rng, margins = np.random.default_rng(1), houses(settings).margin_permille
    ask, bid = limits(rng, margins, settings)
    for price in [*ask.tolist(), *bid.tolist()]:
        assert 7 <= price <= 18 * 10**18
    kept = margins > 0
    assert (ask[kept] <= bid[kept]).all()
    assert kept.sum() == {"zero-intelligence": 0, "fixed-margin": 20, "mixed": 10}[strategy]


def test_many_days_are_shown_day_by_day(outcome: Outcome) -> None:
    many = replace(outcome, settings=replace(SETTINGS, days=15), slots=outcome.slots[:96] * 15)
    assert len(periods(outcome)) == 192
    merged = periods(many)
    assert len(merged) == 15
    assert merged[0].matched_uwh == sum(slot.matched_uwh for slot in outcome.slots[:96])


def test_the_folder_holds_tables_figures_and_pictures(tmp_path: Path, outcome: Outcome) -> None:
    names = files.write(tmp_path / "made", outcome, pictures=True)
    pictures = ["energy.png", "gains.png", "prices.png", "self-sufficiency.png"]
    assert names == sorted([*pictures, "figures.json", "households.csv", "slots.csv"])
    for name in pictures:
        assert (tmp_path / "made" / name).read_bytes().startswith(PNG)
    with (tmp_path / "made" / "slots.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [rows[0]["start"], rows[-1]["start"]] == ["2026-06-13T00:00", "2026-06-14T23:45"]
    assert sum(int(row["matched_uwh"]) for row in rows) == outcome.total("matched_uwh")
    with (tmp_path / "made" / "households.csv").open(encoding="utf-8") as file:
        gains = [int(row["gain"]) for row in csv.DictReader(file)]
    assert gains == [house.gain for house in outcome.households]
    told = json.loads((tmp_path / "made" / "figures.json").read_text("utf-8"))
    assert told == json.loads(json.dumps(outcome.to_json()))
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_pictures_of_a_community_without_trades(tmp_path: Path) -> None:
    dark = run(replace(SETTINGS, solar_percent=0, days=1))
    assert "prices.png" in files.write(tmp_path / "dark", dark, pictures=True)
