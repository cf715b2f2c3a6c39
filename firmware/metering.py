"""Which meter a board needs."""

from firmware.board import BoardConfig
from firmware.domain.alternating import AlternatingMeter
from firmware.domain.energy import EnergyMeter, Meter
from firmware.hardware import Hardware

# In-phase current below which a window counts as none: six times what is left of the sensor's
# noise in the mean of a window.
NOISE_FLOOR_A = 0.01


def meter_of(board: BoardConfig, hardware: Hardware) -> Meter:
    """For direct or alternating current, as board.toml says."""
    if not board.mains.alternates:
        return EnergyMeter(noise_floor_a=NOISE_FLOOR_A)
    return AlternatingMeter(
        noise_floor_a=NOISE_FLOOR_A,
        nominal_hz=board.mains.frequency_hz,
        nominal_v=board.mains.nominal_v,
        averaged_s=hardware.converters.averaged_s,
    )
