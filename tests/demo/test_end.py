"""The demo always ends: by its own limit, or when it is told to, in order and not in a heap."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from normal_world.demo.errors import DemoTimeout
from normal_world.demo.run import ended_in_time

FOREVER_S = 3600.0


@contextmanager
def _ctrl_c_works() -> Iterator[None]:
    """A shell starts what runs in the background with SIGINT ignored, this test run perhaps too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_after_its_limit_the_demo_stops_waiting_wherever_it_waits() -> None:
    with pytest.raises(DemoTimeout, match="did not end within"), ended_in_time(0.01):
        signal.pause()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_as_ctrl_c_does(number: signal.Signals) -> None:
    with _ctrl_c_works(), pytest.raises(KeyboardInterrupt), ended_in_time(FOREVER_S):
        os.kill(os.getpid(), number)
        signal.pause()


def test_afterwards_signals_and_timer_are_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with ended_in_time(FOREVER_S):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
