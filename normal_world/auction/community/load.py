"""What households draw: a day's shape with peaks, shifted, scaled and disturbed for each."""

import math

import numpy as np

from normal_world.auction.community.settings import SLOT_H, SLOTS_A_DAY
from normal_world.auction.community.sun import Floats

# Peaks: hour, width in hours, height above the base of 0.35.
WEEKDAY = ((7.25, 1.0, 0.9), (12.5, 1.0, 0.45), (19.25, 1.8, 1.35))
WEEKEND = ((9.5, 1.6, 0.85), (13.0, 1.6, 0.75), (19.25, 2.0, 1.25))
BASE = 0.35
WINTER = 0.15  # more at the end of January than in the mean, less in July
ROUGH = 2.5  # shape of the noise: the smaller, the more an oven shows


def shape(day_of_year: int, weekday: int, shift_h: Floats, north: bool) -> Floats:
    """Mean 1 over the year; (slots, households). `weekday`: Monday is 0."""
    peaks = WEEKEND if weekday >= 5 else WEEKDAY
    hours = (np.arange(SLOTS_A_DAY) + 0.5)[:, np.newaxis] * SLOT_H - shift_h
    found = np.full_like(hours, BASE)
    for centre, width, height in peaks:
        apart = (hours - centre + 12.0) % 24.0 - 12.0
        found += height * np.exp(-0.5 * (apart / width) ** 2)
    season = WINTER * math.cos(math.tau * (day_of_year - 28) / 365)
    found *= (1.0 + (season if north else -season)) / found.mean(axis=0)
    return found


def noise(rng: np.random.Generator, households: int) -> Floats:
    """Around 1, a slot like its neighbours in part: kettles are short, ovens are not."""
    drawn = rng.gamma(ROUGH, 1.0 / ROUGH, (SLOTS_A_DAY + 1, households))
    return 0.6 * drawn[1:] + 0.4 * drawn[:-1]
