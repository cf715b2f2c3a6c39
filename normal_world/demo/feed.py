"""Threads that follow a program: its events over a control socket, or a question again and again.

A program may be killed and come back at any moment: a feed that loses it keeps trying.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from firmware.errors import RpcFailed
from firmware.jsonrpc import Client

RETRY_S = 0.1
ANSWER_LIMIT_S = 5.0
QUIET_LIMIT_S = 60.0  # a meter without a trade has nothing to tell

Take = Callable[[Any], None]


class Feed:
    """Runs `_follow` in a thread until `stop`; every failure to reach the program is retried."""

    limit_s = ANSWER_LIMIT_S

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"feed {path.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take nothing in any more; the thread ends by itself when its program does."""
        self.stopped.set()

    def _run(self) -> None:
        while not self.stopped.is_set():
            with contextlib.suppress(OSError), Client(self.path, self.limit_s) as client:
                self._follow(client)  # RpcError is an OSError
            self.stopped.wait(RETRY_S)

    def _follow(self, client: Client) -> None:
        raise NotImplementedError


class Events(Feed):
    """Subscribes, and hands every event to `take`."""

    limit_s = QUIET_LIMIT_S

    def __init__(self, path: Path, take: Take) -> None:
        super().__init__(path)
        self._take = take

    def _follow(self, client: Client) -> None:
        client.call("subscribe")
        while not self.stopped.is_set():
            message = client.receive()
            if message.get("method") == "event" and not self.stopped.is_set():
                self._take(message.get("params", {}))


class Poll(Feed):
    """Asks every method each `interval_s` and hands the answers to their takers."""

    def __init__(self, path: Path, interval_s: float, methods: Mapping[str, Take]) -> None:
        super().__init__(path)
        self._interval_s = interval_s
        self._methods = methods

    def _follow(self, client: Client) -> None:
        while not self.stopped.wait(self._interval_s):
            for method, take in self._methods.items():
                with contextlib.suppress(RpcFailed):
                    take(client.call(method))
