"""sd_notify over a real datagram socket, and a watchdog that only real progress feeds."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from firmware.jsonrpc import Client
from firmware.notify import Notifier
from secure_world.service import Manager
from tests.deploy.manager import Listener, listening
from tests.firmware.rig import Rig, rig
from tests.plant_process import ROOT, wait_until
from tests.secure_world.process import Secured

PERIOD_US = 800_000

# The real program; SIGUSR1 has the sampling thread wait for something that never comes.
STUCK = """
import signal, sys, threading
import firmware.main as program
class Sampler(program.Sampler):
    def start(self):
        super().start()
        stop = lambda *_: self.do(threading.Event().wait)
        signal.signal(signal.SIGUSR1, stop)
program.Sampler = Sampler
sys.exit(program.main([]))
"""


def test_words_by_path_and_by_abstract_name(tmp_path: Path) -> None:
    for address in (str(tmp_path / "notify"), f"@evlock-test-{os.getpid()}"):
        with listening(address) as heard:
            given = {"NOTIFY_SOCKET": address}
            notifier = Notifier(given)
            assert given == {}  # a child process must not speak for the service
            notifier.ready("measuring")
            assert heard.lines() == ["READY=1", "STATUS=measuring"]
            notifier.status("measuring")  # nothing new
            notifier.alive()
            assert heard.lines() == ["WATCHDOG=1"]
            notifier.status("ADC-NACK")
            assert heard.lines() == ["STATUS=ADC-NACK"]
            notifier.stopping()
            assert heard.lines() == ["STOPPING=1"]


def test_without_a_manager_and_with_one_that_is_gone(tmp_path: Path) -> None:
    for given in ({}, {"NOTIFY_SOCKET": str(tmp_path / "nobody")}):
        Notifier(dict(given)).ready("measuring")
        Manager(dict(given)).say("READY=1")


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, float("inf")),  # another's
        ({"WATCHDOG_USEC": "0"}, float("inf")),
        ({"WATCHDOG_USEC": "soon"}, float("inf")),
        ({}, float("inf")),
    ],
)
def test_the_watchdogs_period(given: dict[str, str], seconds: float) -> None:
    assert Notifier(given).watchdog_s == seconds


def fed(tmp_path: Path, progress: Callable[[], object]) -> int:
    """How often the watchdog is fed within a second of looks, 4 ms apart."""

    async def watch(notifier: Notifier) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(notifier.watch(progress, lambda: ""), 1.0)

    address = str(tmp_path / "notify")
    with listening(address) as heard:
        asyncio.run(watch(Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "16000"})))
        return heard.drain().count("WATCHDOG=1")


def test_it_is_fed_by_progress_only(tmp_path: Path) -> None:
    counter = iter(range(10**6))
    assert fed(tmp_path, lambda: next(counter)) > 5
    assert fed(tmp_path, lambda: 7) == 1  # the first look


@contextmanager
def watched(meter: Rig) -> Iterator[tuple[Listener, "subprocess.Popen[bytes]"]]:
    """A meterd under a manager that wants a sign of life every 0.8 s."""
    meter.kill()
    address = meter.home / "notify"
    environment = {
        **os.environ,
        "EVLOCK_HOME": str(meter.home),
        "NOTIFY_SOCKET": str(address),
        "WATCHDOG_USEC": str(PERIOD_US),
    }
    with listening(address) as heard, (meter.home / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", STUCK],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log,
        )  # fmt: skip
        try:
            heard.until("READY=1")
            yield heard, process
        finally:
            process.kill()
            process.wait()


def test_a_stuck_sampling_thread_starves_the_watchdog_and_a_dead_bus_does_not() -> None:
    with rig() as meter:
        with watched(meter) as (heard, process):
            heard.until("WATCHDOG=1")
            heard.until("WATCHDOG=1")
            process.send_signal(signal.SIGUSR1)
            still = 3 * PERIOD_US / 1e6  # the first look may have seen a last sample
            assert heard.silent_for(still, "WATCHDOG=1") or heard.silent_for(still, "WATCHDOG=1")
            with Client(meter.home / "run" / "meterd.sock") as client:
                client.call("status")  # its event loop lives, and did not lie
            assert process.poll() is None
        with watched(meter) as (heard, process):
            heard.until("WATCHDOG=1")
            meter.plant.kill()
            with Client(meter.home / "run" / "meterd.sock") as client:
                wait_until(lambda: client.call("status")["fault"], "the fault shows")
            heard.drain()
            heard.until("WATCHDOG=1")
            heard.until("WATCHDOG=1")
            process.send_signal(signal.SIGTERM)
            heard.until("STOPPING=1")
            assert process.wait(20) == 0


def test_secured_tells_that_it_serves_lives_and_stops(tmp_path: Path) -> None:
    with listening(tmp_path / "notify") as heard, Secured(tmp_path) as secured:
        assert secured.start(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="600000")
        assert heard.lines() == ["READY=1", "STATUS=serving, start 1"]
        heard.until("WATCHDOG=1")
        heard.until("WATCHDOG=1")
        os.kill(secured.pid, signal.SIGSTOP)
        heard.drain()
        assert heard.silent_for(1.2, "WATCHDOG=1") or heard.silent_for(1.2, "WATCHDOG=1")
        os.kill(secured.pid, signal.SIGCONT)
        heard.until("WATCHDOG=1")
        assert secured.stop() == 0
        heard.until("STOPPING=1")
