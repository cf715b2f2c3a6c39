"""The runner with the node's own store and orders: what it places, and what it keeps away."""

import asyncio
import dataclasses
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from firmware.errors import RpcError
from normal_world.errors import ConfigError, StateError
from normal_world.strategy.intent import Buy, Sell, Wait, Withdraw
from normal_world.strategy.situation import Limits, MarketOffer, OwnOffer, Situation
from normal_world.strategy_host import caller, plugins
from normal_world.strategy_host.observer import Observer
from normal_world.strategy_host.runner import Runner
from normal_world.strategy_host.settings import StrategyConfig
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.orders import Orders
from normal_world.trade.store import TradeStore
from normal_world.trade.store_schema import SCHEMA
from tests.strategy.situations import HEALTHY, TOKEN, WH

SELL = Sell(WH, TOKEN, "why", 3)
BUY = Buy(WH, TOKEN, "why")
MARKET = (MarketOffer(4, TOKEN, WH), MarketOffer(9, TOKEN + 1, WH))
NODE = '[strategy]\nname = "test"\n'


class Chain:
    """Matches every purchase; nothing is ever sent."""

    async def match(self, amount_uwh: int, max_price: int, offers: list[int]) -> dict[str, Any]:
        return {"refs": [offer << 32 for offer in offers], "escrow": 1}


class View:
    """An observer that shows what the test says."""

    def __init__(self, store: TradeStore) -> None:
        self.base: Situation | Exception = HEALTHY
        self._store = store
        self.held: list[str] = []

    async def look(self, held: str, since_order_s: float | None) -> Situation:
        self.held.append(held)
        if isinstance(self.base, Exception):
            raise self.base
        return dataclasses.replace(self.base, held=held, since_order_s=since_order_s)


class Bench:
    """A runner whose strategy answers what the test gives it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.store = TradeStore(folder / "noded.sqlite")
        self.view = View(self.store)
        self.answer: Callable[[Situation], Any] = lambda _s: Wait("nothing to do")
        (folder / "node.toml").write_text(NODE, "utf-8")
        made = SimpleNamespace(decide=lambda s: self.answer(s), describe=lambda: ["a test's"])
        self.factory: Callable[[Any], Any] = lambda _settings: made
        monkeypatch.setitem(plugins.BUILT_IN, "test", lambda settings: self.factory(settings))

    async def sound(self) -> None:
        """The meter would trade."""

    def runner(self) -> Runner:
        config = StrategyConfig("test", 1.0, None, Limits(1, 1))
        orders = Orders(self.store, cast(ChainSide, Chain()), lambda *_a, **_f: None)
        return Runner(config, self.store, orders, cast(Observer, self.view), self.sound)

    def run(self, *answers: Any, runner: Runner | None = None) -> dict[str, Any]:
        """Load, a step for each answer, and what is shown then."""

        async def steps() -> dict[str, Any]:
            used = runner or self.runner()
            await used.load(self.folder / "node.toml")
            for answer in answers:
                self.answer = answer if callable(answer) else _always(answer)
                await used.step()
            return used.show()

        return asyncio.run(steps())

    def orders(self) -> list[dict[str, Any]]:
        return self.store.open_orders()


def _always(answer: Any) -> Callable[[Situation], Any]:
    return lambda _situation: answer


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(tmp_path, monkeypatch)
    yield made
    made.store.close()


def test_what_it_decides_becomes_an_order(bench: Bench) -> None:
    shown = bench.run(SELL)
    (order,) = bench.orders()
    assert order["key"] == "strategy:test:1"
    assert (order["kind"], order["body"]["amount_uwh"], order["body"]["price"]) == (
        "sell", WH, TOKEN,
    )  # fmt: skip
    assert order["body"]["min_credit"] == 3
    assert shown["last"]["decision"] == "sell"
    assert shown["last"]["key"] == order["key"]
    assert (shown["state"], shown["orders"], shown["settings"]) == ("on", 1, ["a test's"])


def test_a_purchase_pins_the_offers_that_were_looked_at(bench: Bench) -> None:
    bench.view.base = dataclasses.replace(HEALTHY, market=MARKET)
    bench.run(BUY)
    (order,) = bench.orders()
    assert order["body"]["refs"] == [4 << 32]


def test_an_offer_is_taken_back(bench: Bench) -> None:
    own = (OwnOffer(7, TOKEN, WH, True),)
    bench.view.base = dataclasses.replace(HEALTHY, own_offers=own)
    bench.run(Withdraw(7, "over"))
    assert [(o["kind"], o["body"]) for o in bench.orders()] == [("cancel", {"offer_id": 7})]


def test_numbers_are_never_used_again(bench: Bench) -> None:
    bench.run(SELL)
    bench.store.end_order("strategy:test:1", "failed")
    bench.run(SELL)
    bench.store.add_order("strategy:test:3", "sell", {"amount_uwh": 1})
    bench.store.end_order("strategy:test:3", "done")
    bench.store.end_order("strategy:test:2", "done")
    bench.run(SELL)
    assert [order["key"] for order in bench.orders()] == ["strategy:test:4"]


def test_an_order_that_is_open_keeps_others_back(bench: Bench) -> None:
    shown = bench.run(SELL, SELL, SELL)
    assert len(bench.orders()) == 1
    assert shown["last"]["decision"] == "wait"


def test_the_wait_between_orders_survives_a_restart(bench: Bench) -> None:
    seen: list[float | None] = []

    def answer(situation: Situation) -> Any:
        seen.append(situation.since_order_s)
        return Wait("looking")

    bench.run(answer)
    bench.run(SELL)
    bench.run(answer)
    assert seen[0] is None
    assert seen[1] is not None
    assert seen[1] < 60.0


def test_a_node_that_sees_nothing_orders_nothing(bench: Bench) -> None:
    bench.view.base = RpcError("run/meterd.sock: meterd is not there", "METERD-GONE")
    shown = bench.run(SELL)
    assert bench.orders() == []
    assert shown["last"]["reason"].startswith("cannot see: METERD-GONE")
    bench.view.base = StateError("the chain: CHAIN-UNREACHABLE no", "STRATEGY-BLIND")
    assert "CHAIN-UNREACHABLE" in bench.run(SELL)["last"]["reason"]
    assert bench.orders() == []


def test_a_faulty_plug_in_is_switched_off_after_three_failures(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    asked: list[int] = []

    def broken(_situation: Situation) -> Any:
        asked.append(1)
        raise ZeroDivisionError("price / 0")

    shown = bench.run(broken, lambda _s: "sell!", lambda _s: SystemExit(3), SELL, SELL)
    assert (shown["state"], shown["failures"]) == ("off", 3)
    assert "an intent expected" in shown["failure"]
    assert bench.orders() == []
    assert len(asked) == 1
    assert [r.message.split()[0] for r in caplog.records] == ["STRATEGY-FAILED"] * 3
    assert "off until noded is started again" in caplog.records[-1].message


def test_failures_with_an_answer_between_them_do_not_add_up(bench: Bench) -> None:
    def broken(_situation: Situation) -> Any:
        raise RuntimeError("sometimes")

    shown = bench.run(broken, broken, Wait("well"), broken, broken)
    assert (shown["state"], shown["failures"]) == ("on", 2)


def test_one_that_hangs_holds_nothing_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = threading.Event()
    monkeypatch.setattr(caller.Caller.call, "__defaults__", (0.01,))
    shown = bench.run(lambda _s: ends.wait(), SELL, SELL, SELL)
    ends.set()
    assert shown["state"] == "off"
    assert "still not answered" in shown["failure"]
    assert bench.orders() == []


def test_one_that_cannot_be_made_is_off_and_the_node_runs(bench: Bench) -> None:
    def broken(_settings: Any) -> Any:
        raise ImportError("No module named 'forecast'")

    bench.factory = broken
    shown = bench.run(SELL)
    assert shown["state"] == "off"
    assert "forecast" in shown["failure"]
    assert bench.orders() == []


def test_settings_it_does_not_know_stop_the_start(bench: Bench) -> None:
    (bench.folder / "node.toml").write_text(NODE + "colour = 3\n", "utf-8")
    with pytest.raises(ValueError, match="colour: unknown key") as caught:
        bench.run()
    assert getattr(caught.value, "code", "") == "CONFIG-KEY"


def test_an_unknown_name_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not installed; there are: limits") as caught:
        plugins.factory("nobody-has-this")
    assert caught.value.code == "STRATEGY-UNKNOWN"


def test_failed_orders_make_it_wait(bench: Bench) -> None:
    runner = bench.runner()
    runner.on_event("order", {"key": "by-hand", "state": "failed", "reason": "not ours"})
    runner.on_event("order", {"key": "strategy:test:1", "state": "failed", "reason": "POLICY-X"})
    bench.run(SELL, runner=runner)
    assert bench.orders() == []
    assert "POLICY-X" in bench.view.held[-1]
    runner.on_event("order", {"key": "strategy:test:2", "state": "done", "reason": ""})
    bench.run(SELL, runner=runner)
    assert len(bench.orders()) == 1


def test_a_store_of_the_first_release_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "noded.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"{SCHEMA} PRAGMA user_version = 1;")
        db.execute("INSERT INTO orders (key, kind, body) VALUES ('old', 'sell', '{}')")
        db.commit()
    store = TradeStore(path)
    assert store.knows_order("old")
    assert [store.strategy.next_number("limits") for _ in range(3)] == [1, 2, 3]
    store.close()
    again = TradeStore(path)
    assert again.strategy.number("limits") == 3
    again.close()


def test_energy_of_a_time_is_the_registers_growth(tmp_path: Path) -> None:
    store = TradeStore(tmp_path / "noded.sqlite")
    rows = store.strategy
    assert rows.registers_at(0) is None
    for at_s, exported in ((1000, 0), (1100, 5), (2000, 7), (5000, 7), (9000, 11), (500, 12)):
        rows.note_registers(at_s, 1, exported)
    found = [rows.registers_at(at_s) for at_s in (0, 1500, 2500, 8999, 99_999)]
    assert found == [(1, 0), (1, 0), (1, 7), (1, 7), (1, 11)]
    for day in range(400):
        rows.note_registers(100_000 + 1000 * day, 1, 100 + day)
    assert rows.registers_at(0) == (1, 100 + 400 - 256)
    store.close()


def test_a_plug_in_is_not_loaded_in_safe_mode(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be what killed noded; trades that are open must be settled all the same."""
    monkeypatch.delitem(plugins.BUILT_IN, "test")
    imported: list[str] = []
    monkeypatch.setattr(plugins, "factory", imported.append)
    runner = bench.runner()
    asyncio.run(runner.load(bench.folder / "node.toml", safe_mode=True))
    assert imported == []
    assert runner.show()["state"] == "off"
    assert "safe mode" in runner.show()["failure"]


def test_the_built_in_strategy_takes_its_offers_back_in_safe_mode(bench: Bench) -> None:
    runner = bench.runner()
    asyncio.run(runner.load(bench.folder / "node.toml", safe_mode=True))
    assert runner.show()["state"] == "on"


def test_a_clock_that_was_a_year_ahead_does_not_stop_the_count_of_a_day(bench: Bench) -> None:
    rows, day_s, now_s = bench.store.strategy, 86_400, 1_800_000_000
    rows.note_registers(now_s, 0, 0)
    rows.note_registers(now_s + 365 * day_s, 10, 0)
    for day in range(1, 31):
        rows.note_registers(now_s + day * day_s, 1000 * day, 0)
    assert rows.registers_at(now_s + 29 * day_s) == (29_000, 0)
