"""What a fault does to a board's parts, at the level of physics and registers."""

import math
import random

from drivers.errors import FaultError
from drivers.virtual.board import Board
from drivers.virtual.chips.ads1115 import Ads1115

HUM_HZ, LEAK_V, FLOAT_NOISE_V = 50.0, 0.02, 0.001  # what an open pin picks up
INSTANT_S = 1e-5


def shunt(board: Board, strength: float, _now_s: float) -> None:
    """Part of the current takes another way."""
    board.hall.shunt = strength


def scale(board: Board, strength: float, _now_s: float) -> None:
    """The voltage sensor's share changes."""
    board.voltage_sensor.scale = strength


def stick(board: Board, _strength: float, now_s: float) -> None:
    """The output holds what it shows now."""
    current_a = board.site.amps.mean(now_s - INSTANT_S, now_s)
    board.hall.held_v = board.hall.quiet_v(current_a, now_s)


def saturate(board: Board, strength: float, _now_s: float) -> None:
    """The output stands at a voltage."""
    board.hall.held_v = strength * board.hall.supply_v


def remove(board: Board, strength: float, _now_s: float) -> None:
    """The converter's pin hangs in the air."""
    rng = random.Random(f"{board.name} floating pin")

    def floating(begin_s: float, end_s: float) -> float:
        hum_v = strength * math.sin(math.pi * HUM_HZ * (begin_s + end_s))
        return LEAK_V + hum_v + rng.gauss(0.0, FLOAT_NOISE_V)

    board.floating = floating


def noise(board: Board, strength: float, _now_s: float) -> None:
    """The sensor's own noise, many times."""
    board.hall.noise_times = strength


def weld(board: Board, _strength: float, now_s: float) -> None:
    """The main contact closes and stays."""
    board.world.hold(board.site.main, True, now_s)


def stick_open(board: Board, _strength: float, now_s: float) -> None:
    """The main contact opens and stays."""
    board.world.hold(board.site.main, False, now_s)


def deafen(board: Board, strength: float, _now_s: float) -> None:
    """The converter misses transfers."""
    board.current_adc.deaf = strength


def reset(board: Board, _strength: float, _now_s: float) -> None:
    """Every ADS1115 as after power-up."""
    chips = [chip for chip in (board.current_adc, board.voltage_adc) if isinstance(chip, Ads1115)]
    if not chips:
        raise FaultError(f"adc-reset: board {board.name!r} has no ADS1115")
    for chip in chips:
        chip.reset()


def sleep(board: Board, _strength: float, now_s: float) -> None:
    """The converter's MODE bit is set."""
    if not isinstance(board.current_adc, Ads1115):
        raise FaultError(f"adc-asleep: board {board.name!r} has no ADS1115 behind its sensor")
    board.current_adc.sleep(now_s)


def burn(board: Board, _strength: float, _now_s: float) -> None:
    """The reference load takes no current."""
    board.site.load.burnt = True


def open_case(board: Board, _strength: float, now_s: float) -> None:
    """The lid is off: the case's switch opens."""
    if board.wiring.case is None:
        raise FaultError(f"case-opened: board {board.name!r} has no switch in its case")
    board.open_case(True, now_s)


def repair(board: Board, _strength: float, now_s: float) -> None:
    """Every part as it was; the contact follows its coil again."""
    hall = board.hall
    hall.shunt, hall.noise_times, hall.held_v = 1.0, 1.0, None
    board.voltage_sensor.scale, board.floating = 1.0, None
    board.current_adc.deaf, board.site.load.burnt = 0.0, False
    board.world.hold(board.site.main, None, now_s)
    board.open_case(False, now_s)
