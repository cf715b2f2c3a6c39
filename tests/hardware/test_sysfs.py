"""sysfs GPIO on real files: export, rules that come late, inverted lines, answers that are none."""

import errno
import os
from pathlib import Path

import pytest

from drivers import sysfs_gpio
from drivers.errors import RelayError
from drivers.relay import Gpio, Relay, open_gpio
from drivers.sysfs_gpio import SysfsGpio, read_file, write_file
from drivers.virtual.sysfs import VirtualSysfs
from tests.hardware.conftest import Hands
from tests.hardware.process import Setting
from tests.hardware.sysfs_tree import TAKEN, SysfsTree
from tests.plant_process import ROOT, PlantProcess, plant_process, wait_until

RELAY = 128  # the ARTIK 710s's
HIGH, LOW = 1, 0


@pytest.fixture
def tree(tmp_path: Path) -> SysfsTree:
    return SysfsTree(tmp_path)


def gpio_on(tree: SysfsTree) -> Gpio:
    return SysfsGpio(tree.read, tree.write)


def test_the_relay_of_an_artik(tree: SysfsTree) -> None:
    relay = Relay(gpio_on(tree), RELAY)
    relay.close()
    assert (tree.place / "export").read_text() == "128"
    assert tree.line(RELAY).joinpath("direction").read_text() == "out\n"
    assert tree.line(RELAY).joinpath("value").read_text() == "0\n"
    relay.open()
    assert tree.history(RELAY) == [(1, HIGH), (1, LOW), (1, HIGH)]


def test_a_line_exported_before_is_taken_over(tree: SysfsTree) -> None:
    Relay(gpio_on(tree), RELAY).close()
    assert tree.level(RELAY) == LOW
    assert not Relay(gpio_on(tree), RELAY).is_closed
    assert tree.level(RELAY) == HIGH


def test_a_line_of_the_kernels_own_is_refused(tree: SysfsTree) -> None:
    with pytest.raises(RelayError, match=f"line {TAKEN}: .*No such file"):
        Relay(gpio_on(tree), TAKEN)


def test_a_line_left_inverted_is_set_right(tree: SysfsTree) -> None:
    """With active_low set, a 0 written to `value` would be a high level: closed read as open."""
    Relay(gpio_on(tree), RELAY)
    write_file(str(tree.line(RELAY) / "active_low"), "1")
    relay = Relay(gpio_on(tree), RELAY)
    relay.close()
    assert tree.level(RELAY) == LOW
    assert (tree.line(RELAY) / "active_low").read_text() == "0\n"


@pytest.mark.parametrize("answer", ["", "\n", "2\n", "01", "-1", "garbage", "1 1"])
def test_an_answer_that_is_no_level_is_an_error(tree: SysfsTree, answer: str) -> None:
    relay = Relay(gpio_on(tree), RELAY)
    (tree.line(RELAY) / "value").write_text(answer)
    with pytest.raises(RelayError, match="0 or 1 expected"):
        _ = relay.is_closed


def test_a_line_unexported_by_somebody_is_an_error(tree: SysfsTree) -> None:
    relay = Relay(gpio_on(tree), RELAY)
    tree.line(RELAY).rename(tree.place / "gone")
    with pytest.raises(RelayError, match="level 1 expected"):
        relay.open()


class Clock:
    """Stands in for the module `time`."""

    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class LateRules:
    """udev's rule that gives a new line to the group comes after `at_s`."""

    def __init__(self, tree: SysfsTree, clock: Clock, at_s: float) -> None:
        self._tree, self._clock, self._at_s = tree, clock, at_s

    def write(self, path: str, text: str) -> None:
        if not path.endswith("export") and self._clock.now_s < self._at_s:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        self._tree.write(path, text)


def test_rules_that_come_late_are_waited_for(
    tree: SysfsTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(sysfs_gpio, "time", clock)
    Relay(SysfsGpio(tree.read, LateRules(tree, clock, 0.5).write), RELAY)
    assert tree.level(RELAY) == HIGH
    assert 0.5 <= clock.now_s < 0.6


def test_no_permission_is_an_error_in_the_end(
    tree: SysfsTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(sysfs_gpio, "time", clock)
    with pytest.raises(RelayError, match=r"Permission denied.*direction"):
        Relay(SysfsGpio(tree.read, LateRules(tree, clock, 60.0).write), RELAY)
    assert clock.now_s < 2.0


def test_a_machine_without_sysfs_gpio(tmp_path: Path) -> None:
    gpio = SysfsGpio(read_file, lambda path, text: write_file(f"{tmp_path}{path}", text))
    with pytest.raises(RelayError, match=r"line 128: .*No such file.*export"):
        Relay(gpio, RELAY)
    assert list(tmp_path.iterdir()) == []  # a missing file is not made


def test_a_header_numbering_is_refused(tree: SysfsTree) -> None:
    gpio = SysfsGpio(tree.read, tree.write)
    with pytest.raises(ValueError, match="BCM"):
        gpio.setmode(gpio.BOARD)
    with pytest.raises(ValueError, match="OUT"):
        gpio.setup(RELAY, gpio.IN, initial=0)
    for call in (lambda: gpio.output(RELAY, 1), lambda: gpio.input(RELAY)):
        with pytest.raises(RuntimeError, match="setup"):
            call()


def test_open_gpio_knows_it() -> None:
    assert isinstance(open_gpio("sysfs"), SysfsGpio)


def test_the_plants_artik_switches_by_kernel_files(shim: Path, hands: Hands) -> None:
    """/sys/class/gpio itself, served by the shim; a killed process leaves the relay closed."""
    board = ROOT / "board_configs/artik-710s.toml"
    with plant_process(options=["--board", f"seller={board}"]) as plant:
        setting = Setting(["sysfs"], shim=shim, variables={"EVLOCK_SYSFS": str(plant.socket)})
        hand = hands(setting)
        hand.do("make", RELAY, True)
        hand.do("close", RELAY)
        assert hand.do("is_closed", RELAY) is True
        wait_until(lambda: _closed(plant), "contact closed")
        hand.kill()
        assert _closed(plant)
        hands(setting).do("make", RELAY, True)
        wait_until(lambda: not _closed(plant), "contact open")


def test_the_plants_artik_switches_by_files() -> None:
    """The same driver moves the contact of the virtual ARTIK 710s."""
    board = ROOT / "board_configs/artik-710s.toml"
    with plant_process(options=["--board", f"seller={board}"]) as plant:
        files = VirtualSysfs(plant.socket, "seller")
        relay = Relay(SysfsGpio(files.read, files.write), RELAY)
        assert not _closed(plant)
        relay.close()
        assert relay.is_closed
        wait_until(lambda: _closed(plant), "contact closed")
        relay.open()
        wait_until(lambda: not _closed(plant), "contact open")


def _closed(plant: PlantProcess) -> bool:
    return bool(plant.call("state")["boards"]["seller"]["relay_closed"])
