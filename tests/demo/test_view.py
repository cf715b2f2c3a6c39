"""Picture, progress lines and receipt show the numbers, fit 80 columns and need no colour."""

import io

import pytest
from rich.console import Console, RenderableType

from normal_world.cli.units import energy, tokens
from normal_world.demo.progress import Progress
from normal_world.demo.receipt import receipt
from normal_world.demo.result import build
from normal_world.demo.scene import Scene
from normal_world.demo.view import picture
from tests.demo.test_result import PRICE, cut, settled


def drawn(what: RenderableType) -> str:
    stream = io.StringIO()
    Console(file=stream, width=80, force_terminal=False, color_system=None).print(what)
    return stream.getvalue()


def scene() -> Scene:
    found = Scene(66_000, PRICE, phase="delivering", block=21, escrow=9_900_000_000_000)
    buyer = found.meters["buyer"]
    buyer.voltage_v, buyer.current_a, buyer.power_w = 11.912, 1.012, 12.055
    buyer.energy_uwh, buyer.credit, buyer.relay_closed = 33_000, 10, True
    return found


def test_the_picture_shows_both_meters_and_the_money() -> None:
    text = drawn(picture(scene()))
    for part in ("seller", "buyer", "11.912 V", "1.012 A", "12.05 W", "33.000 mWh", "closed"):
        assert part in text
    assert "0.0000099 token" in text
    assert "block 21" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_the_receipt_shows_who_how_much_and_what_the_plant_says() -> None:
    text = drawn(receipt(build(settled())))
    for part in ("settled", "66.410 mWh", "65.900 mWh", "10 → 11 (+1)", "settle", "120,000"):
        assert part in text
    assert "0.0000099 token" in text
    assert "+0.156 %" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_the_receipt_of_a_cut_trade_says_why() -> None:
    assert "reason: READINGS-MISSING" in drawn(receipt(build(cut())))


def test_piped_progress_is_plain_lines_each_phase_once() -> None:
    stream = io.StringIO()
    with Progress(Scene(66_000, PRICE), stream) as progress:
        progress.phase("calibrating both meters")
        progress.tick()
        progress.phase("calibrating both meters")
        progress.phase("delivering")
    text = stream.getvalue()
    assert text.count("calibrating both meters") == 1
    assert "delivering" in text
    assert "\x1b" not in text


def test_a_reader_that_goes_away_does_not_end_the_demo() -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with Progress(Scene(66_000, PRICE), Gone()) as progress:
        progress.phase("delivering")
    assert progress.scene.phase == "delivering"


@pytest.mark.parametrize(
    ("uwh", "text"), [(66_000, "66.000 mWh"), (1, "0.001 mWh"), (1_234_567, "1,234.567 mWh")]
)
def test_energy_is_told_to_the_last_unit(uwh: int, text: str) -> None:
    assert energy(uwh) == text


@pytest.mark.parametrize(
    ("base", "text"), [(0, "0 token"), (1, "0.000000000000000001 token"), (10**20, "100 token")]
)
def test_money_is_told_to_the_last_unit(base: int, text: str) -> None:
    assert tokens(base) == text
