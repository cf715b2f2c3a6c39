"""Asks a strategy, which may be anybody's code: in its own thread, with a time limit.

A thread that does not come back cannot be ended from outside. It is left alone (it ends with the
process), and nothing more is asked of that strategy until it has answered.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from firmware.errors import ConfigError as FileError
from normal_world.errors import ConfigError
from normal_world.strategy.errors import StrategyFailed

T = TypeVar("T")
ANSWER_S = 2.0
LOAD_S = 20.0  # for the import of a package, on a slow card


class Caller:
    """`name` is the strategy's, for the message."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._asked = False  # not the thread's life: it goes on for a moment after the answer

    async def call(self, action: Callable[[], T], limit_s: float = ANSWER_S) -> T:
        """The action's result; wrong settings raise ConfigError, all else StrategyFailed."""
        if self._asked:
            raise StrategyFailed(f"{self._name}: has still not answered")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                deliver(answer.set_result, action())
            except BaseException as error:  # SystemExit too: it must not end noded
                deliver(answer.set_exception, self._named(error))

        def deliver(how: Callable[[Any], None], what: Any) -> None:
            self._asked = False
            if not loop.is_closed():
                loop.call_soon_threadsafe(lambda: None if answer.done() else how(what))

        self._asked = True
        threading.Thread(target=work, name="strategy", daemon=True).start()
        try:
            return await asyncio.wait_for(answer, limit_s)
        except TimeoutError:
            raise StrategyFailed(f"{self._name}: no answer in {limit_s:g} s") from None

    def _named(self, error: BaseException) -> Exception:
        if isinstance(error, StrategyFailed):
            return StrategyFailed(f"{self._name}: {error}")
        if isinstance(error, ConfigError | FileError):
            return error
        return StrategyFailed(f"{self._name}: raised {type(error).__name__}: {error!s:.120}")
