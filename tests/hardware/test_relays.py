"""One behaviour over every back end: the plant, RPi.GPIO, rpi-lgpio, gpiod and sysfs."""

import pytest

from tests.hardware.conftest import Hands, Lines, PlantLines
from tests.hardware.process import Refused, Setting

MAIN, REFERENCE = 17, 27
HIGH, LOW = 1, 0

Backend = tuple[Setting, Lines | PlantLines]
RealBackend = tuple[Setting, Lines]


def test_a_new_relay_is_open(backend: Backend, hands: Hands) -> None:
    setting, lines = backend
    hand = hands(setting)
    hand.do("make", MAIN, True)
    assert lines.level(MAIN) == HIGH
    assert hand.do("is_closed", MAIN) is False
    if not isinstance(lines, PlantLines):
        assert lines.is_output(MAIN)


def test_a_new_active_high_relay_is_open(backend: Backend, hands: Hands) -> None:
    setting, lines = backend
    hand = hands(setting)
    hand.do("make", MAIN, False)
    assert lines.level(MAIN) == LOW
    hand.do("close", MAIN)
    assert lines.level(MAIN) == HIGH
    assert hand.do("is_closed", MAIN) is True


def test_it_closes_and_opens(backend: Backend, hands: Hands) -> None:
    setting, lines = backend
    hand = hands(setting)
    hand.do("make", MAIN, True)
    seen = []
    for call in ("close", "close", "open", "close", "open", "open"):
        hand.do(call, MAIN)
        seen.append((lines.level(MAIN), hand.do("is_closed", MAIN)))
    closed, opened = (LOW, True), (HIGH, False)
    assert seen == [closed, closed, opened, closed, opened, opened]


def test_two_relays_do_not_touch_each_other(backend: Backend, hands: Hands) -> None:
    setting, lines = backend
    hand = hands(setting)
    hand.do("make", MAIN, True)
    hand.do("make", REFERENCE, True)
    hand.do("close", REFERENCE)
    assert (lines.level(MAIN), lines.level(REFERENCE)) == (HIGH, LOW)
    hand.do("close", MAIN)
    hand.do("open", REFERENCE)
    assert (lines.level(MAIN), lines.level(REFERENCE)) == (LOW, HIGH)


def test_a_killed_process_leaves_the_level_and_the_next_one_opens(
    backend: Backend, hands: Hands
) -> None:
    """Where the kernel keeps released lines; the other kind is in test_gpiochip.py."""
    setting, lines = backend
    first = hands(setting)
    first.do("make", MAIN, True)
    first.do("close", MAIN)
    first.kill()
    assert lines.level(MAIN) == LOW
    hands(setting).do("make", MAIN, True)
    assert lines.level(MAIN) == HIGH


def test_a_process_that_ends_leaves_the_level(backend: Backend, hands: Hands) -> None:
    """No library tidies up behind our back: opening is the service's work."""
    setting, lines = backend
    hand = hands(setting)
    hand.do("make", MAIN, True)
    hand.do("close", MAIN)
    assert hand.leave() == 0
    assert lines.level(MAIN) == LOW


def test_making_a_relay_gives_no_pulse(real_backend: RealBackend, hands: Hands) -> None:
    setting, lines = real_backend
    for _ in range(2):
        hand = hands(setting)
        hand.do("make", MAIN, True)
        hand.do("make", MAIN, True)  # once more in the same process
        hand.kill()
    assert lines.history(MAIN)[:1] == [(1, HIGH)]
    assert (1, LOW) not in lines.history(MAIN)


def test_a_line_that_does_not_follow_is_an_error(real_backend: RealBackend, hands: Hands) -> None:
    setting, lines = real_backend
    hand = hands(setting)
    hand.do("make", MAIN, True)
    lines.stick(MAIN, HIGH)
    with pytest.raises(Refused, match="reads 1 after a write, 0 expected") as refused:
        hand.do("close", MAIN)
    assert refused.value.code == "RELAY-LINE"
    lines.stick(MAIN, LOW)
    with pytest.raises(Refused, match="reads 0 after a write, 1 expected"):
        hand.do("open", MAIN)
    hand.kill()
    with pytest.raises(Refused, match="reads 0 after a write, 1 expected"):
        hands(setting).do("make", MAIN, True)


def test_a_line_that_the_chip_lacks_is_an_error(backend: Backend, hands: Hands) -> None:
    setting, _ = backend
    with pytest.raises(Refused, match="line 250") as refused:
        hands(setting).do("make", 250, True)
    assert refused.value.code == "RELAY-LINE"
