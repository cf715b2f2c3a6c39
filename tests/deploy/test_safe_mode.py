"""Safe mode: entered by starts that do not last, it measures and does not trade."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from firmware.errors import RpcFailed, StateError
from firmware.places import Places
from firmware.safe_mode import SafeMode
from normal_world.cli.main import run
from normal_world.errors import ConfigError
from normal_world.main import _load
from normal_world.strategy_host.runner import Runner
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.orders import Orders
from tests.deploy.test_starts import AFTER, started
from tests.firmware.rig import Rig, rig
from tests.plant_process import wait_until
from tests.trade.test_counterpart import NAME, Meter, Node, quiet, state


def refused(meter: Rig, salt: int) -> RpcFailed:
    with pytest.raises(RpcFailed) as caught:
        meter.prepare(meter.terms(salt=salt))
    return caught.value


def test_three_kills_then_it_measures_and_does_not_trade() -> None:
    """Over the real processes, with a trade under way at the last kill."""
    with rig() as meter:
        meter.calibrate()
        meter.options = ("--safe-mode-after", str(AFTER))
        for _ in range(AFTER):
            meter.kill()
            meter.start()
            assert meter.status()["safe_mode"] is False
        terms = meter.terms(amount_uwh=500_000)
        meter.seller_relay.close()
        meter.begin(terms)
        wait_until(meter.relay_closed, "the delivery begins")
        meter.kill()
        meter.start()
        assert meter.status()["safe_mode"] is True
        wait_until(lambda: meter.status()["voltage_v"], "it measures")
        wait_until(lambda: not meter.relay_closed(), "the relay is open")
        wait_until(lambda: meter.status()["trade"] is None, "the trade is brought to its end")
        ended = meter.client.call("trade.state", trade=meter.trade(terms))
        assert (ended["phase"], ended["reason"]) == ("final", "safe mode")
        meter.seller_relay.open()
        error = refused(meter, salt=2)
        assert (error.code, error.exit_code) == ("SAFE-MODE", 7)
        told = meter.admin.call("safe_mode.status")
        assert told["safe_mode"] is True
        assert 3000 < told["ends_in_s"] <= 3600
        meter.kill()
        meter.start()  # another kill does not leave it
        assert meter.status()["safe_mode"] is True
        assert meter.admin.call("safe_mode.leave")["safe_mode"] is False
        assert meter.prepare(meter.terms(salt=3))["phase"] == "prepared"


def test_the_command_says_and_leaves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with rig() as meter:
        monkeypatch.setenv("EVLOCK_HOME", str(meter.home))
        meter.options = ("--safe-mode-after", "1")
        for _ in range(2):
            meter.kill()
            meter.start()
        assert run(["safe-mode", "status"]) == 7  # noded does not run here
        captured = capsys.readouterr()
        assert "meterd  safe mode: no trades; ends in 60 min" in captured.out
        assert captured.err.startswith("CLI-PROGRAMS no answer from noded")
        assert run(["safe-mode", "leave", "--json"]) == 7
        assert json.loads(capsys.readouterr().out)["meterd"]["safe_mode"] is False
        assert meter.status()["safe_mode"] is False


def on(folder: Path) -> SafeMode:
    for _ in range(AFTER):
        started(folder)
    return started(folder)


def test_the_node_takes_no_orders(tmp_path: Path) -> None:
    node = Node(tmp_path, Meter())
    orders = Orders(node.store, cast(ChainSide, node.chain), quiet)
    orders.sell("before", 1, 1, 0)
    orders.safe_mode = on(tmp_path)
    with pytest.raises(StateError) as caught:
        orders.sell("key", 1, 1, 0)
    assert caught.value.code == "SAFE-MODE"
    with pytest.raises(StateError):
        asyncio.run(orders.buy("key", 1, 1, None))
    asyncio.run(orders.step())
    assert node.store.order("before")["state"] == "open"  # it waits
    assert not node.store.knows_order("key")


@pytest.mark.parametrize("phase", ["escrowed", "ready", "delivering"])
def test_the_node_begins_no_trade_and_ends_one_that_runs(tmp_path: Path, phase: str) -> None:
    node = Node(tmp_path, Meter(**{"trade.state": state("final")}))
    node.store.update(NAME, phase=phase)
    node.engine.safe_mode = on(tmp_path)
    node.step()
    assert "trade.prepare" not in node.meter.asked
    assert "trade.start" not in node.meter.asked
    if phase == "escrowed":
        assert node.row["phase"] == "escrowed"  # the mode may be left in time
        node.chain.head = 101
        node.step()
        assert node.row["phase"] == "declined"
    else:
        assert node.meter.asked[0] == "trade.stop"
        assert node.row["phase"] == "ended"


def test_the_node_still_settles(tmp_path: Path) -> None:
    node = Node(tmp_path, Meter())
    node.store.update(NAME, phase="reporting", final_block=10)
    node.engine.safe_mode = on(tmp_path)
    node.step()
    assert node.chain.done == ["report"]


def test_a_wrong_setting_of_the_strategy_is_no_failed_start(tmp_path: Path) -> None:
    class Refusing:
        async def load(self, _path: Path, *, safe_mode: bool) -> None:
            raise ConfigError("node.toml:3: [strategy] price expected")

    places = cast(Places, SimpleNamespace(etc=tmp_path))
    for _ in range(AFTER + 1):
        safe_mode = SafeMode(tmp_path / "starts.json", AFTER)
        safe_mode.begin()
        assert not safe_mode.on
        with pytest.raises(ConfigError):
            asyncio.run(_load(cast(Runner, Refusing()), places, safe_mode))
