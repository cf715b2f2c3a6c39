"""Sun on a horizontal panel: a clear sky by latitude and day, and clouds by chance.

Height of the sun: declination by Cooper (1969); clear sky: Haurwitz (1945), 1098 W/m² at most.
Times are solar: noon is when the sun is highest.
"""

import math

import numpy as np
from numpy.typing import NDArray

from normal_world.auction.community.settings import SLOT_H, SLOTS_A_DAY

Floats = NDArray[np.float64]
YIELD = 0.85  # of the rated power at 1000 W/m²: heat, dirt, inverter
KEPT = 0.85  # how much of a cloud is still there a slot later
DARKEST = 0.08  # what the thickest cloud lets through


def clear_sky(latitude: float, day_of_year: int, shift_h: Floats) -> Floats:
    """Share of the rated power, (slots, panels); `shift_h`: a panel to the west is late."""
    declination = math.radians(23.45) * math.sin(math.tau * (284 + day_of_year) / 365)
    hours = (np.arange(SLOTS_A_DAY) + 0.5) * SLOT_H
    angle = (hours[:, np.newaxis] - 12.0 - shift_h) * math.tau / 24
    phi = math.radians(latitude)
    height = math.sin(phi) * math.sin(declination) + (
        math.cos(phi) * math.cos(declination) * np.cos(angle)
    )
    up = np.maximum(height, 1e-3)
    shining = np.where(height > 1e-3, 1.098 * up * np.exp(-0.057 / up), 0.0)
    return YIELD * shining


def clouds(rng: np.random.Generator) -> Floats:
    """What the sky lets through in each slot of a day, DARKEST to 1: the same for all houses."""
    clearness = rng.beta(2.0, 1.1)
    restless = 0.28 * (1.0 - abs(2.0 * clearness - 1.0)) + 0.02
    state, found = 0.0, np.empty(SLOTS_A_DAY)
    for slot, push in enumerate(rng.normal(0.0, restless, SLOTS_A_DAY)):
        state = KEPT * state + push
        found[slot] = clearness + state
    return np.clip(found, DARKEST, 1.0)
