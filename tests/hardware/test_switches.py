"""The case's switch behind every way to a GPIO line: an input that nobody drives, read again."""

from tests.hardware.conftest import Hands, Lines
from tests.hardware.process import Setting
from tests.hardware.sysfs_tree import SysfsTree

RELAY, CASE = 17, 24


def hold(lines: Lines, level: int) -> None:
    """The lid's switch, or a wire."""
    if isinstance(lines, SysfsTree):  # its `stick` is one for outputs
        (lines.line(CASE) / "value").write_text(f"{level}\n")
    else:
        lines.stick(CASE, level)


def test_a_switch_is_an_input_that_reads_open_until_something_holds_it(
    real_backend: tuple[Setting, Lines], hands: Hands
) -> None:
    setting, lines = real_backend
    hand = hands(setting)
    hand.do("make", RELAY, True)
    hand.do("watch", CASE, False)
    assert not lines.is_output(CASE)
    assert hand.do("is_open", CASE) is True  # the pull-up, or a cut wire
    hold(lines, 0)
    assert hand.do("is_open", CASE) is False
    hand.do("close", RELAY)  # the relay beside it is not disturbed
    assert hand.do("is_open", CASE) is False


def test_a_low_level_may_say_open(real_backend: tuple[Setting, Lines], hands: Hands) -> None:
    setting, lines = real_backend
    hand = hands(setting)
    hand.do("watch", CASE, True)
    hold(lines, 1)
    assert hand.do("is_open", CASE) is False
    hold(lines, 0)
    assert hand.do("is_open", CASE) is True
