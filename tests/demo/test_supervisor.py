"""The supervisor starts, breaks, restarts and stops real processes, and leaves none behind."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from normal_world.demo.errors import ProgramFailed
from normal_world.demo.running import Program
from normal_world.demo.supervisor import Supervisor

LIMIT_S = 20.0
SERVE = "import signal; print('ready', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVE


def program(folder: Path, name: str, code: str, *, stop_post: str = "") -> Program:
    post = (sys.executable, "-S", "-c", stop_post) if stop_post else ()
    return Program(name, (sys.executable, "-S", "-c", code), folder / f"{name}.log", stop_post=post)


def pid_of(supervisor: Supervisor, name: str) -> int:
    return supervisor._running[name].process.pid


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with Supervisor() as made:
        yield made


def test_it_waits_for_ready_and_knows_that_the_program_runs(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    supervisor.start(program(tmp_path, "a", SERVE), LIMIT_S)
    assert supervisor.is_running("a")
    assert supervisor.sample()["a"] > 1.0


def test_a_program_that_ends_before_ready_is_told_with_its_last_words(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    dies = program(tmp_path, "a", "import sys; sys.exit('ERROR ADC-NACK nobody at 0x48')")
    with pytest.raises(ProgramFailed, match=r"exit code 1 .*ADC-NACK nobody at 0x48"):
        supervisor.start(dies, LIMIT_S)


def test_a_silent_program_is_not_waited_for_without_end(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    with pytest.raises(ProgramFailed, match="silent"):
        supervisor.start(program(tmp_path, "a", "import signal; signal.pause()"), 0.01)


def test_kill_runs_what_must_follow_and_restart_serves_again(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    mark = tmp_path / "relays-open"
    post = f"open({str(mark)!r}, 'a').write('x')"
    supervisor.start(program(tmp_path, "a", SERVE, stop_post=post), LIMIT_S)
    first = pid_of(supervisor, "a")
    supervisor.kill("a")
    assert mark.read_text() == "x"
    assert not supervisor.is_running("a")
    supervisor.restart("a", LIMIT_S)
    assert supervisor.is_running("a")
    assert pid_of(supervisor, "a") != first
    supervisor.raise_if_fallen()  # a kill that was asked for is no surprise


def test_an_unasked_death_is_told_and_also_opens_the_relays(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    mark = tmp_path / "relays-open"
    os.mkfifo(mark)  # opening it waits for the other side: no polling
    post = f"open({str(mark)!r}, 'w').write('x')"
    supervisor.start(program(tmp_path, "a", SERVE, stop_post=post), LIMIT_S)
    os.kill(pid_of(supervisor, "a"), signal.SIGKILL)
    assert mark.read_text() == "x"
    with pytest.raises(ProgramFailed, match="a: ended with exit code -9"):
        supervisor.raise_if_fallen()


def test_stop_ends_frozen_programs_too(tmp_path: Path) -> None:
    supervisor = Supervisor()
    supervisor.start(program(tmp_path, "a", SERVE), LIMIT_S)
    supervisor.start(program(tmp_path, "b", SERVE), LIMIT_S)
    supervisor.freeze("b")
    supervisor.stop()
    assert not supervisor.is_running("a")
    assert not supervisor.is_running("b")


def test_stop_goes_backwards(tmp_path: Path) -> None:
    order = tmp_path / "order"
    supervisor = Supervisor()
    for name in ("first", "second", "third"):
        post = f"open({str(order)!r}, 'a').write('{name} ')"
        supervisor.start(program(tmp_path, name, SERVE, stop_post=post), LIMIT_S)
    supervisor.stop()
    assert order.read_text().split() == ["third", "second", "first"]


def test_a_program_deaf_to_sigterm_is_killed(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.start(program(tmp_path, "a", STUBBORN), LIMIT_S)
    supervisor._running["a"].end(kill=False, limit_s=0.05)
    assert supervisor._running["a"].process.returncode == -signal.SIGKILL


OWNER = """
import signal, sys
from pathlib import Path
from normal_world.demo.running import Program
from normal_world.demo.supervisor import Supervisor
supervisor = Supervisor()
for name in ("a", "b"):
    supervisor.start(Program(name, (sys.executable, "-S", "-c", sys.argv[2]), Path(sys.argv[1])))
supervisor.freeze("b")
print(*(supervisor._running[name].process.pid for name in ("a", "b")), flush=True)
signal.pause()
"""


def test_nothing_is_left_running_after_sigkill_of_the_demo(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", OWNER, str(tmp_path / "log"), STUBBORN]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        children = [os.pidfd_open(int(pid)) for pid in owner.stdout.readline().split()]
        assert len(children) == 2
        owner.kill()
    for child in children:
        ended, _, _ = select.select([child], [], [], LIMIT_S)
        os.close(child)
        assert ended, "a program outlived the demo"
