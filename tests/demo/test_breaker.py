"""Faults strike at their moment, on the right program, and what was killed comes back."""

import threading
import time

from normal_world.demo.breaker import Breaker
from normal_world.demo.errors import ProgramFailed
from normal_world.demo.faults import parse_crash, parse_silence
from normal_world.demo.supervisor import Supervisor

LIMIT_S = 10.0


class Recorder(Supervisor):
    """Notes what it is told instead of doing it."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__()
        self.told: list[str] = []
        self.said: list[str] = []
        self.heard = threading.Semaphore(0)
        self.broken = broken

    def kill(self, name: str) -> None:
        self._note(f"kill {name}")

    def freeze(self, name: str) -> None:
        self._note(f"freeze {name}")

    def restart(self, name: str, limit_s: float = 0.0) -> None:
        self._note(f"restart {name}")
        if self.broken:
            raise ProgramFailed(f"{name}: does not start")

    def _note(self, words: str) -> None:
        self.told.append(words)
        self.heard.release()

    def wait(self, count: int) -> None:
        for _ in range(count):
            assert self.heard.acquire(timeout=LIMIT_S)


def test_a_crashed_program_is_started_again() -> None:
    recorder = Recorder()
    breaker = Breaker(
        recorder, [parse_crash("secured:buyer@0")], None, pause_s=0.0, tell=recorder.said.append
    )
    breaker.begin("delivery", time.monotonic())
    recorder.wait(2)
    breaker.stop()
    assert recorder.told == ["kill secured:buyer", "restart secured:buyer"]
    assert breaker.crashed == ["secured:buyer"]
    assert recorder.said[0].startswith("secured:buyer was killed")
    assert breaker.error is None


def test_a_fault_waits_for_its_own_origin() -> None:
    recorder = Recorder()
    crashes = [parse_crash("chain@0"), parse_crash("noded@sell+0")]
    breaker = Breaker(recorder, crashes, None, pause_s=0.0, tell=recorder.said.append)
    breaker.begin("sell", time.monotonic())
    recorder.wait(2)
    assert recorder.told == ["kill noded:seller", "restart noded:seller"]
    breaker.begin("delivery", time.monotonic())
    recorder.wait(2)
    breaker.stop()
    assert recorder.told[2:] == ["kill chain", "restart chain"]


def test_an_origin_that_comes_twice_strikes_once() -> None:
    recorder = Recorder()
    breaker = Breaker(
        recorder, [parse_crash("meterd@0")], None, pause_s=0.0, tell=recorder.said.append
    )
    for _ in range(2):
        breaker.begin("delivery", time.monotonic())
    recorder.wait(2)
    breaker.stop()
    assert recorder.told == ["kill meterd:seller", "restart meterd:seller"]


def test_silence_freezes_the_noded_and_notes_when() -> None:
    recorder = Recorder()
    breaker = Breaker(
        recorder, [], parse_silence("buyer@0"), pause_s=0.0, tell=recorder.said.append
    )
    before_s = time.monotonic()
    breaker.begin("delivery", before_s)
    recorder.wait(1)
    breaker.stop()
    assert recorder.told == ["freeze noded:buyer"]
    assert breaker.silent_at_s is not None
    assert breaker.silent_at_s >= before_s


def test_no_fault_strikes_after_the_end() -> None:
    recorder = Recorder()
    breaker = Breaker(
        recorder, [parse_crash("meterd@600")], None, pause_s=0.0, tell=recorder.said.append
    )
    breaker.begin("delivery", time.monotonic())
    breaker.stop()
    assert recorder.told == []


def test_a_program_that_does_not_come_back_is_told() -> None:
    recorder = Recorder(broken=True)
    breaker = Breaker(
        recorder, [parse_crash("meterd@0")], None, pause_s=0.0, tell=recorder.said.append
    )
    breaker.begin("delivery", time.monotonic())
    recorder.wait(2)
    breaker.stop()
    assert isinstance(breaker.error, ProgramFailed)
