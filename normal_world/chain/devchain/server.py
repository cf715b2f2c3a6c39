"""HTTP in front of the development chain, and the clock that makes its blocks."""

import logging
import signal
import socket
import threading
import time
from pathlib import Path
from types import FrameType

from normal_world.chain.devchain.dispatch import Dispatcher
from normal_world.chain.devchain.engine import Engine
from normal_world.chain.devchain.store import Store
from normal_world.chain.json_server import JsonServer
from normal_world.errors import ConfigError

LOG = logging.getLogger("evlock.devchain")


class DevChainServer(JsonServer):
    """Serves one engine."""

    def __init__(self, address: tuple[str, int], dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        super().__init__(address, dispatcher.answer)


class BlockClock(threading.Thread):
    """A block every `block_seconds`, empty or not; skips what it could not keep up with."""

    def __init__(self, dispatcher: Dispatcher, block_seconds: float) -> None:
        super().__init__(daemon=True, name="block clock")
        self._dispatcher = dispatcher
        self._period_s = block_seconds
        self._stop_event = threading.Event()

    def run(self) -> None:
        due = time.monotonic() + self._period_s
        while not self._stop_event.wait(max(0.0, due - time.monotonic())):
            self._dispatcher.seal()
            due = max(due + self._period_s, time.monotonic())

    def stop(self) -> None:
        """Waits for the block that is being made."""
        self._stop_event.set()
        if self.is_alive():
            self.join()


class DevChain:
    """A development chain that serves: `url`, `close()`. block_seconds 0: only evm_mine mines."""

    def __init__(self, host: str, port: int, state: Path | None, block_seconds: float) -> None:
        self._store = Store(state)
        dispatcher = Dispatcher(Engine(self._store))
        try:
            self.server = DevChainServer((host, port), dispatcher)
        except (OSError, OverflowError) as error:
            self._store.close()
            raise ConfigError(f"devchain at {host}:{port}: {error}", "CONFIG-LISTEN") from error
        self.url = f"http://{host}:{self.server.server_address[1]}"
        self._clock = BlockClock(dispatcher, block_seconds)
        if block_seconds > 0:
            self._clock.start()
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops serving; the state stays in its folder."""
        self._clock.stop()
        self.server.shutdown()
        self.server.server_close()
        with self.server.dispatcher.lock:
            self._store.close()


def run_devchain(host: str, port: int, state: Path | None, block_seconds: float) -> None:
    """Serves until SIGTERM or SIGINT; prints `ready` once it does."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    chain = DevChain(host, port, state, block_seconds)
    LOG.info("DEVCHAIN-READY %s, state %s", chain.url, state or "in memory")
    print("ready", flush=True)
    stop.wait()
    chain.close()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
