"""The real RPi.GPIO, and rpi-lgpio under its name: registers, and what their imports do."""

from pathlib import Path

import pytest

from tests.hardware.conftest import Hands, on_chip
from tests.hardware.lines import ChipFile, RegisterFile
from tests.hardware.process import Refused, Setting

MAIN, REFERENCE = 17, 27
HIGH, LOW = 1, 0

IMPORT_IN = """
import os, sys
os.chdir(sys.argv[1])
from drivers.relay import open_gpio
open_gpio().setmode(11)
"""


def test_direction_and_level_are_the_lines_own_bits(
    rpi: tuple[Setting, RegisterFile], hands: Hands
) -> None:
    setting, registers = rpi
    assert registers.outputs() == []
    hand = hands(setting)
    hand.do("make", MAIN, True)
    assert registers.outputs() == [MAIN]
    hand.do("make", REFERENCE, True)
    hand.do("close", MAIN)
    assert registers.outputs() == [MAIN, REFERENCE]
    assert [line for line in range(54) if registers.level(line) == LOW] == [MAIN]


def test_the_level_is_latched_before_the_line_drives(
    rpi: tuple[Setting, RegisterFile], hands: Hands
) -> None:
    """The latch of a fresh chip is low, which would close an active-low relay."""
    setting, registers = rpi
    hands(setting).do("make", MAIN, True)
    assert registers.history(MAIN) == [(1, HIGH)]


def test_a_machine_that_is_no_pi_is_told_what_to_install(
    rpi: tuple[Setting, RegisterFile], hands: Hands
) -> None:
    setting, _ = rpi
    Path(setting.variables["EVLOCK_CPUINFO"]).write_text("processor\t: 0\n")
    with pytest.raises(Refused, match="a Raspberry Pi with the extra 'pi'") as refused:
        hands(setting).do("make", MAIN, True)
    assert refused.value.code == "RELAY-LIBRARY"


def test_lgpio_leaves_no_pipes_where_the_daemon_runs(
    cache: Path, shim: Path, tmp_path: Path
) -> None:
    """Its import makes named pipes in the working directory, which a service cannot write."""
    setting, _ = on_chip(cache, shim, tmp_path, "lgpio", reverts=False)
    folder = tmp_path / "working"
    folder.mkdir()
    done = setting.run(IMPORT_IN, str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert list(folder.iterdir()) == []


def test_the_chip_file_says_who_holds_a_line(
    cache: Path, shim: Path, tmp_path: Path, hands: Hands
) -> None:
    """rpi-lgpio under RPi.GPIO's name really goes through the character device."""
    setting, chip = on_chip(cache, shim, tmp_path, "lgpio", reverts=False)
    assert isinstance(chip, ChipFile)
    hands(setting).do("make", MAIN, True)
    assert chip.is_output(MAIN)
    assert chip.consumer(MAIN) == "lg"
