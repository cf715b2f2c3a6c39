"""gpiod and rpi-lgpio on /dev/gpiochip0: who holds a line, and what a gone process leaves."""

import os
import sys
from pathlib import Path

import pytest

from drivers.errors import RelayLibrary, SettingError
from drivers.relay import open_gpio
from tests.hardware.conftest import Hands, on_chip
from tests.hardware.process import Refused

MAIN = 17
HIGH, LOW = 1, 0


@pytest.mark.parametrize("name", ["lgpio", "gpiod"])
def test_what_a_killed_process_leaves_is_the_kernels_choice(
    cache: Path, shim: Path, tmp_path: Path, hands: Hands, name: str, reverts: bool
) -> None:
    """Either way the next process gets the line and opens it."""
    setting, chip = on_chip(cache, shim, tmp_path, name, reverts=reverts)
    hand = hands(setting)
    hand.do("make", MAIN, True)
    hand.do("close", MAIN)
    assert chip.level(MAIN) == LOW
    hand.kill()
    assert chip.level(MAIN) == (HIGH if reverts else LOW)  # the pull-up opens the relay
    hands(setting).do("make", MAIN, True)
    assert (chip.is_output(MAIN), chip.level(MAIN)) == (True, HIGH)


def test_the_kernel_knows_us_by_name(cache: Path, shim: Path, tmp_path: Path, hands: Hands) -> None:
    setting, chip = on_chip(cache, shim, tmp_path, "gpiod", reverts=False)
    hands(setting).do("make", MAIN, True)
    assert chip.consumer(MAIN) == "evlock"


def test_a_line_that_another_program_holds_is_named(
    cache: Path, shim: Path, tmp_path: Path, hands: Hands
) -> None:
    setting, chip = on_chip(cache, shim, tmp_path, "gpiod", reverts=False)
    chip.hold(MAIN, os.getpid(), "heater")
    with pytest.raises(Refused, match=r"line 17: .*held by 'heater'.*gpiochip0") as refused:
        hands(setting).do("make", MAIN, True)
    assert refused.value.code == "RELAY-LINE"
    assert chip.consumer(MAIN) == "heater"


def test_rpi_lgpio_says_that_a_line_is_busy(
    cache: Path, shim: Path, tmp_path: Path, hands: Hands
) -> None:
    setting, chip = on_chip(cache, shim, tmp_path, "lgpio", reverts=False)
    chip.hold(MAIN, os.getpid(), "heater")
    with pytest.raises(Refused, match="line 17: 'GPIO busy'") as refused:
        hands(setting).do("make", MAIN, True)
    assert refused.value.code == "RELAY-LINE"


def test_a_chip_that_is_not_there(cache: Path, shim: Path, tmp_path: Path, hands: Hands) -> None:
    setting, _ = on_chip(cache, shim, tmp_path, "gpiod", reverts=False)
    setting.arguments.append("/dev/gpiochip9")
    with pytest.raises(Refused, match="/dev/gpiochip9") as refused:
        hands(setting).do("make", MAIN, True)
    assert refused.value.code == "RELAY-LINE"


def test_without_gpiod_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(RelayLibrary, match="by the extra 'linux' expected"):
        open_gpio("gpiod")


def test_an_unknown_driver_is_refused() -> None:
    with pytest.raises(SettingError, match="'rpi', 'gpiod', 'sysfs' expected"):
        open_gpio("wiringpi")
