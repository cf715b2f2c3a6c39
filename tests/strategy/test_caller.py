"""A strategy that misbehaves is told apart from one that works, and reaches nothing else."""

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from normal_world.errors import ConfigError
from normal_world.strategy.errors import StrategyFailed
from normal_world.strategy_host.caller import Caller


def test_an_answer_passes() -> None:
    async def ask() -> list[int]:
        caller = Caller("one")
        return [await caller.call(lambda number=number: number) for number in range(200)]  # type: ignore[misc]

    assert asyncio.run(ask()) == list(range(200))


@pytest.mark.parametrize(
    "fault", [lambda: 1 / 0, lambda: sys.exit(3), lambda: int("x"), lambda: [].pop()]
)
def test_what_it_raises_is_its_failure(fault: Callable[[], Any]) -> None:
    with pytest.raises(StrategyFailed, match="one: raised"):
        asyncio.run(Caller("one").call(fault))


def test_wrong_settings_keep_their_error() -> None:
    def wrong() -> None:
        raise ConfigError("node.toml: no")

    with pytest.raises(ConfigError, match="toml: no"):
        asyncio.run(Caller("one").call(wrong))


def test_one_that_hangs_is_asked_nothing_more_until_it_answers() -> None:
    ends, ended = threading.Event(), threading.Event()

    def hang() -> None:
        ends.wait()
        ended.set()

    async def ask() -> int:
        caller = Caller("one")
        with pytest.raises(StrategyFailed, match="no answer in"):
            await caller.call(hang, 0.01)
        with pytest.raises(StrategyFailed, match="still not answered"):
            await caller.call(lambda: 1)
        ends.set()
        await asyncio.to_thread(ended.wait)
        while True:
            try:
                return await caller.call(lambda: 2)
            except StrategyFailed:
                await asyncio.sleep(0)

    assert asyncio.run(ask()) == 2
