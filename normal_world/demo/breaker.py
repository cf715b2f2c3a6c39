"""Breaks what was asked for at its moment, and puts crashed programs back after the pause."""

import threading
import time
from collections.abc import Callable, Sequence

from normal_world.demo.faults import Crash, Moment, Origin, Silence
from normal_world.demo.mischief import Fault
from normal_world.demo.supervisor import Supervisor


class Breaker:
    """`begin` tells it that an origin of time has come; each fault then runs on its own timer.

    `tell` hears in words, in another thread, what was broken and what is mended.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        crashes: Sequence[Crash],
        silence: Silence | None,
        pause_s: float,
        tell: Callable[[str], None],
        faults: Sequence[Fault] = (),
        mount: Callable[[Fault], None] = lambda fault: None,
    ) -> None:
        self.crashed: list[str] = []
        self.silent_at_s: float | None = None
        self.error: BaseException | None = None
        self._supervisor = supervisor
        self._faults: list[Crash | Silence | Fault] = [
            *crashes,
            *([silence] if silence else []),
            *(fault for fault in faults if fault.at is not None),
        ]
        self._mount = mount
        self._pause_s = pause_s
        self._tell = tell
        self._timers: list[threading.Timer] = []
        self._stopped = threading.Event()
        self._turn = threading.Lock()  # one program at a time

    def begin(self, origin: Origin, time_s: float) -> None:
        """The origin came at this monotonic moment: set the timers of its faults."""
        for fault in list(self._faults):
            if fault.at is None or fault.at.origin != origin:
                continue
            self._faults.remove(fault)
            timer = threading.Timer(_wait_s(fault.at, time_s), self._strike, [fault])
            timer.daemon = True
            self._timers.append(timer)
            timer.start()

    def stop(self) -> None:
        """No fault begins after this; one that is under way ends first."""
        self._stopped.set()
        for timer in self._timers:
            timer.cancel()
        for timer in self._timers:
            timer.join()

    @property
    def is_busy(self) -> bool:
        """True while a program lies dead that will be started again."""
        return self._turn.locked()

    def _strike(self, fault: Crash | Silence | Fault) -> None:
        try:
            with self._turn:
                if self._stopped.is_set():
                    return
                if isinstance(fault, Crash):
                    self._crash(fault)
                elif isinstance(fault, Fault):
                    self._mount(fault)
                else:
                    self._silence(fault)
        except Exception as error:  # a thread's only way to tell: the demo asks for it
            self.error = error

    def _crash(self, fault: Crash) -> None:
        name = f"{fault.program}:{fault.node}" if fault.node else fault.program
        self._supervisor.kill(name)
        self.crashed.append(name)
        self._tell(f"{name} was killed (SIGKILL), as asked")
        if not self._stopped.wait(self._pause_s):
            self._supervisor.restart(name)
            self._tell(f"{name} is running again")

    def _silence(self, fault: Silence) -> None:
        self._supervisor.freeze(f"noded:{fault.node}")
        self.silent_at_s = time.monotonic()
        self._tell(f"noded:{fault.node} is frozen for good (SIGSTOP), as asked")


def _wait_s(at: Moment, origin_s: float) -> float:
    return max(0.0, origin_s + at.seconds - time.monotonic())
