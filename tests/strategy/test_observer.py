"""What a strategy is shown belongs together: no moment in which an offer or a trade is missing."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from normal_world.errors import ChainRejected, StateError
from normal_world.strategy.charge import Battery
from normal_world.strategy.situation import Limits, MarketOffer, OpenOrder, OwnOffer, Situation
from normal_world.strategy_host.observer import Observer, Ways
from normal_world.strategy_host.settings import StrategyConfig
from normal_world.trade.calls import Market
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.matching import Offer, offer_id
from normal_world.trade.store import TradeStore

ME, OTHER, STRANGER = ("0x" + digit * 40 for digit in "123")
METER = {
    "mains": "dc", "voltage_v": 12.3, "current_a": 0.01, "relay_closed": False,
    "calibrated": True, "fault": None,
}  # fmt: skip


class Chain:
    """A market whose offers have a block in which they were made, and one in which they went."""

    def __init__(self) -> None:
        self.meter = ME
        self.book = SimpleNamespace(deployed_block=5)
        self.offers: dict[int, tuple[Offer, int, int]] = {}
        self.asked: list[int] = []
        self.fault: str | None = None
        self.forgets = False

    def put(self, number: int, meter: str, price: int, made: int, gone: int = 10**9) -> None:
        identifier = offer_id(meter, number)
        found = Offer(identifier, 5 if price == 99 else 0, price, 1000, 1)
        self.offers[identifier] = (found, made, gone)

    def state(self) -> dict[str, Any]:
        return {"fault": self.fault}

    async def account_state(self) -> dict[str, Any]:
        return {"wei": 7, "tokens": 8, "purse": 20, "credit": 3}

    async def ask(self, question: Callable[[Market], Any]) -> Any:
        return question(cast(Market, self))

    def offered(self, first: int, last: int) -> list[int]:
        return [n for n, (_offer, made, _) in self.offers.items() if first <= made <= last]

    def offer_at(self, number: int, block: int | None = None) -> Offer:
        if self.forgets and block is not None:
            raise ChainRejected("missing trie node")
        self.asked.append(number)
        offer, _made, gone = self.offers[number]
        there = block is None or block < gone
        return offer if there else Offer(number, 0, 0, 0, 1)


class Bench:
    def __init__(self, folder: Path) -> None:
        self.chain, self.store = Chain(), TradeStore(folder / "noded.sqlite")
        self.meter: dict[str, Any] = dict(METER)
        self.block = 10
        self.registers = (100, 200)
        battery = Battery(11.9, 12.7, 0.0)
        self.config = StrategyConfig("limits", 1.0, battery, Limits(1, 2))
        self.observer = Observer(
            self.config, self.store, cast(ChainSide, self.chain),
            Ways(self._meter, self._registers, lambda: self.block, lambda m: m == OTHER),
        )  # fmt: skip

    def look(self) -> Situation:
        return asyncio.run(self.observer.look("", None))

    def done(self, key: str, kind: str, **result: Any) -> None:
        self.store.add_order(key, kind, {"amount_uwh": 1000, "price": 50})
        self.store.end_order(key, "done", result=result)

    async def _meter(self) -> dict[str, Any]:
        return self.meter

    async def _registers(self) -> tuple[int, int]:
        return self.registers


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


def test_the_market_is_what_this_meter_may_take_cheapest_first(bench: Bench) -> None:
    bench.chain.put(1, OTHER, 60, made=6)
    bench.chain.put(2, OTHER, 50, made=7)
    bench.chain.put(3, STRANGER, 10, made=7)  # not enrolled, or not linked
    bench.chain.put(4, OTHER, 99, made=7)  # wants more credit than we have
    bench.chain.put(5, OTHER, 20, made=7, gone=9)  # taken
    assert bench.look().market == (
        MarketOffer(offer_id(OTHER, 2), 50, 1000),
        MarketOffer(offer_id(OTHER, 1), 60, 1000),
    )


def test_offers_that_are_gone_are_not_asked_for_again(bench: Bench) -> None:
    bench.chain.put(1, OTHER, 60, made=6, gone=9)
    bench.chain.put(2, OTHER, 50, made=7)
    bench.look()
    bench.chain.asked.clear()
    bench.look()
    assert bench.chain.asked == [offer_id(OTHER, 2)]


def test_an_offer_whose_number_is_used_again_is_shown_once_as_it_is_now(bench: Bench) -> None:
    bench.chain.put(1, OTHER, 60, made=6)
    bench.chain.put(0, ME, 60, made=6)
    bench.look()
    bench.chain.put(1, OTHER, 70, made=11)
    bench.chain.put(0, ME, 80, made=11)
    bench.block = 12
    seen = bench.look()
    assert seen.market == (MarketOffer(offer_id(OTHER, 1), 70, 1000),)
    assert seen.own_offers == (OwnOffer(offer_id(ME, 0), 80, 1000, False),)


def test_own_offers_know_whose_decision_they_were(bench: Bench) -> None:
    bench.chain.put(1, ME, 60, made=6)
    bench.chain.put(2, ME, 50, made=7)
    bench.done("strategy:limits:1", "sell", offer_id=offer_id(ME, 1), block=6)
    bench.done("by-hand", "sell", offer_id=offer_id(ME, 2), block=7)
    assert bench.look().own_offers == (
        OwnOffer(offer_id(ME, 1), 60, 1000, True),
        OwnOffer(offer_id(ME, 2), 50, 1000, False),
    )


def test_an_offer_newer_than_the_look_at_the_market_is_not_missed(bench: Bench) -> None:
    bench.chain.put(1, ME, 50, made=12)
    bench.done("strategy:limits:1", "sell", offer_id=offer_id(ME, 1), block=12)
    assert bench.look().own_offers == (OwnOffer(offer_id(ME, 1), 50, 1000, True),)
    bench.block = 12
    assert bench.look().own_offers == (OwnOffer(offer_id(ME, 1), 50, 1000, True),)


def test_an_offer_that_was_taken_stands_until_its_trade_is_known(bench: Bench) -> None:
    bench.chain.put(1, ME, 50, made=6, gone=11)
    bench.done("strategy:limits:1", "sell", offer_id=offer_id(ME, 1), block=6)
    assert len(bench.look().own_offers) == 1
    bench.block = 11
    assert bench.look().own_offers == ()


def test_a_purchase_whose_event_was_not_taken_in_is_an_open_trade(bench: Bench) -> None:
    trade = "0x" + "ab" * 32
    bench.done("strategy:limits:1", "buy", trades=[trade], block=9)
    assert bench.look().open_trades == 1
    bench.store.add_trade(
        trade, "buyer", {}, escrow=1, escrow_block=9, deadline_block=99, credit_before=1
    )
    assert bench.look().open_trades == 1
    bench.store.update(trade, phase="settled")
    assert bench.look().open_trades == 0


def test_a_node_without_old_states_is_asked_for_the_newest(bench: Bench) -> None:
    bench.chain.put(1, OTHER, 60, made=6)
    bench.chain.forgets = True
    assert len(bench.look().market) == 1


def test_open_orders_money_and_the_meters_word(bench: Bench) -> None:
    bench.store.add_order("by-hand", "sell", {})
    bench.meter |= {"calibrated": False, "fault": "ADC-NACK nobody", "safe_mode": True}
    seen = bench.look()
    assert seen.orders == (OpenOrder("by-hand", "sell"),)
    assert (seen.tokens, seen.wei, seen.limits) == (28, 7, Limits(1, 2))
    assert (seen.calibrated, seen.meter_fault, seen.safe_mode) == (False, "ADC-NACK nobody", True)


def test_a_chain_with_a_fault_shows_nothing(bench: Bench) -> None:
    bench.chain.fault = "CHAIN-UNREACHABLE no answer"
    with pytest.raises(StateError, match="CHAIN-UNREACHABLE"):
        bench.look()


def test_energy_of_today_is_the_registers_growth(bench: Bench) -> None:
    assert bench.look().last_day_uwh == 0
    bench.registers = (130, 270)
    seen = bench.look()
    assert (seen.imported_today_uwh, seen.exported_today_uwh, seen.last_day_uwh) == (30, 70, 100)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"mains": "ac"}, "alternating current has none"),
        ({"voltage_v": None, "current_a": None}, "the meter does not measure"),
    ],
)
def test_why_there_is_no_state_of_charge(bench: Bench, change: dict[str, Any], why: str) -> None:
    bench.meter |= change
    seen = bench.look()
    assert seen.soc_permille is None
    assert why in seen.soc_unknown


def test_state_of_charge_at_rest(bench: Bench) -> None:
    assert bench.look().soc_permille == 500
    bench.meter["relay_closed"] = True
    bench.observer._config = StrategyConfig("limits", 1.0, Battery(11.9, 12.7, 60.0), Limits(1, 2))
    assert "rested 0 of 60 s" in bench.look().soc_unknown
