"""Starts, watches, breaks and stops the programs of the demo; leaves none behind.

Every child is tied to this process (PR_SET_PDEATHSIG), so that even SIGKILL of the demo ends all.
The kernel ties a child to the *thread* that made it: one thread, which lives long, makes them all.
"""

import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from normal_world.demo.errors import ProgramFailed
from normal_world.demo.proc import end_with_parent
from normal_world.demo.running import Program, Running

READY_LIMIT_S = 30.0
STOP_POST_LIMIT_S = 5.0


class Supervisor:
    """`start` programs, `kill`, `freeze` and `restart` them by name; `stop` ends all."""

    def __init__(self) -> None:
        self._running: dict[str, Running] = {}  # in the order of their start
        self._peaks_mib: dict[str, float] = {}
        self._fallen: list[str] = []
        self._lock = threading.Lock()
        self._maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="maker")

    def spawn(self, program: Program) -> None:
        """Start it without waiting; see `wait_ready`."""
        process = self._maker.submit(self._make, program).result()
        running = Running(program, process, self._ended)
        with self._lock:
            self._running[program.name] = running

    def wait_ready(self, name: str, limit_s: float = READY_LIMIT_S) -> None:
        """Until it serves; raises ProgramFailed with the last line of its log."""
        running = self._running[name]
        if running.wait_ready(limit_s):
            return
        program, code = running.program, running.process.poll()
        how = f"silent for {limit_s:.0f} s" if code is None else f"ended with exit code {code}"
        raise ProgramFailed(
            f"{name}: {how} before it was ready: {program.last_words()} (log: {program.log})"
        )

    def start(self, program: Program, limit_s: float = READY_LIMIT_S) -> None:
        """Start it and wait until it serves."""
        self.spawn(program)
        self.wait_ready(program.name, limit_s)

    def kill(self, name: str) -> None:
        """SIGKILL, and wait until it is gone (and what must follow its end has run)."""
        self._running[name].end(kill=True)

    def end(self, name: str) -> None:
        """SIGTERM, and wait until it is gone."""
        self._running[name].end(kill=False)

    def freeze(self, name: str) -> None:
        """SIGSTOP: it keeps its sockets and says nothing more."""
        self._running[name].send(signal.SIGSTOP)

    def restart(self, name: str, limit_s: float = READY_LIMIT_S) -> None:
        """Start the same program once more."""
        self.start(self._running[name].program, limit_s)

    def is_running(self, name: str) -> bool:
        """True while the process exists."""
        return name in self._running and self._running[name].process.poll() is None

    def started_s(self, name: str) -> float:
        """When its present life began, monotonic."""
        return self._running[name].started_s

    def raise_if_fallen(self) -> None:
        """Raises ProgramFailed when a program ended that nobody had told to."""
        with self._lock:
            if self._fallen:
                raise ProgramFailed(self._fallen[0])

    def sample(self) -> dict[str, float]:
        """Largest resident set of every program so far, MiB, over all its incarnations."""
        with self._lock:
            for name, running in self._running.items():
                self._peaks_mib[name] = max(self._peaks_mib.get(name, 0.0), running.sample())
            return dict(self._peaks_mib)

    def stop(self) -> None:
        """End everything in reverse order: SIGTERM first, SIGKILL when that does not help."""
        for running in reversed(list(self._running.values())):
            running.end(kill=False)
        self._maker.shutdown()

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.stop()

    def _make(self, program: Program) -> "subprocess.Popen[bytes]":
        with program.log.open("ab") as log:
            return subprocess.Popen(
                list(program.argv),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **program.environment},
                start_new_session=True,  # Ctrl-C reaches the demo alone, which then stops them
                preexec_fn=end_with_parent(),
            )

    def _ended(self, running: Running) -> None:
        program, code = running.program, running.process.returncode
        if not running.is_awaited:
            with self._lock:
                self._fallen.append(
                    f"{program.name}: ended with exit code {code}: {program.last_words()} "
                    f"(log: {program.log})"
                )
        if program.stop_post:
            self._run_stop_post(program)

    def _run_stop_post(self, program: Program) -> None:
        post = Program(
            f"{program.name}-stop-post", program.stop_post, program.log, program.environment
        )
        process = self._maker.submit(self._make, post).result()
        try:
            process.communicate(timeout=STOP_POST_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
