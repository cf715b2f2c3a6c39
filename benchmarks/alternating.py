"""How exactly alternating current is measured: Evlock's meter beside EmonLib's way, in one run.

Both get the same pairs of samples, made from waveforms as two ADS1115 would give them: a conversion
averages over 1.16 ms, clocks are 7 % and -5 % off, orders jitter, the ACS712 has 11 mV of noise.
Both were calibrated with the same resistive load. EmonLib's calcVI (OpenEnergyMonitor) is written
anew from its documentation ("EmonLib: explanation of the phase correction algorithm"): a slow
high-pass against the zero point, the voltage moved by a straight line through its last two samples
(PHASECAL), plain means over twenty half waves.

    python -m benchmarks.alternating [FOLDER of recordings (.npz)] [--seconds 10] [--cpu]
"""

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from firmware.domain.alternating import AlternatingMeter
from firmware.domain.energy import J_PER_UWH
from tests.firmware import waves
from tests.firmware.waves import RATE, Chain, Load

Pairs = Sequence[tuple[float, float, float, float]]
SETTLE_S = 2.0  # before anything is counted: both methods have something to learn
CHAIN = Chain(offset_a=0.03, offset_v=-1.0)


class Found(NamedTuple):
    """Means over the run."""

    power_w: float
    current_a: float
    power_factor: float


def evlock(pairs: Pairs) -> Found:
    """The meter of evlock-meterd, its zero points and phase known from a calibration."""
    meter = AlternatingMeter(
        noise_floor_a=0.01, noise_a=CHAIN.noise_a, averaged_s=(1 / RATE, 1 / RATE)
    )
    begin_s, amps, factors = 0.0, [], []
    for time_s, volts, current, lag_s in pairs:
        if begin_s == 0.0 and time_s > pairs[0][0] + SETTLE_S:
            meter.count(True)
            begin_s = meter._trace.now.time_s
        volts, current = volts - CHAIN.offset_v, current - CHAIN.offset_a
        window = meter.add(time_s, volts, current, lag_s - CHAIN.phase_s)
        if window is not None and begin_s:
            amps.append(window.current_a)
            factors.append(window.power_factor)
    meter.count(False)
    power_w = meter.exported_uwh * J_PER_UWH / (meter._trace.now.time_s - begin_s)
    return Found(power_w, sum(amps) / len(amps), sum(factors) / len(factors))


def emonlib(pairs: Pairs) -> Found:
    """calcVI(20), over and over; PHASECAL is the pairs' mean lag, as a calibration would find."""
    lags = [lag_s - CHAIN.phase_s for _, _, _, lag_s in pairs]
    phasecal = 1.0 + sum(lags) / len(lags) / CHAIN.period_s
    offset_v, offset_a, last_v = 0.0, CHAIN.offset_a, 0.0
    crossings, sums, found = 0, [0.0] * 4, []
    for number, (_, volts, current, _) in enumerate(pairs):
        offset_v += (volts - offset_v) / 1024.0
        offset_a += (current - offset_a) / 1024.0
        now_v, now_a = volts - offset_v, current - offset_a
        shifted_v = last_v + phasecal * (now_v - last_v)
        for place, value in enumerate((1.0, now_v * now_v, now_a * now_a, shifted_v * now_a)):
            sums[place] += value
        crossings += (now_v > 0.0) != (last_v > 0.0)
        last_v = now_v
        if crossings >= 20:
            if number > SETTLE_S / CHAIN.period_s:
                found.append(sums)
            crossings, sums = 0, [0.0] * 4
    count, volt2, amp2, power = (sum(column) for column in zip(*found, strict=True))
    amps, power_w = math.sqrt(amp2 / count), power / count
    return Found(power_w, amps, power_w / amps / math.sqrt(volt2 / count))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="recordings; else EVLOCK_RECORDINGS")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument(
        "--cpu", action="store_true", help="meterd's CPU on both virtual boards too"
    )
    options = parser.parse_args()
    if options.folder is not None:
        os.environ["EVLOCK_RECORDINGS"] = str(options.folder)
    made = [make(2.0) for make in waves.BUILT_IN]
    made += [waves.rectifier(2.0, distortion=0.03), waves.resistive(0.2), waves.inductive(0.5)]
    table([*map(waves.recorded, waves.recordings()), *made], options.seconds)
    if options.cpu:
        cpu(options.seconds)


def table(loads: Sequence[Load], seconds: float) -> None:
    """Errors in per cent, of the power factor in hundredths."""
    reference = waves.resistive(2.0)
    scale = {
        peer: _errors(peer(_pairs(reference, seconds)), reference) for peer in (emonlib, evlock)
    }
    print(f"{'':20}{'':>7}{'':>6}{'Evlock':^23}{'EmonLib':^23}")
    print(f"{'load':20}{'I, A':>7}{'PF':>6}" + 2 * f"{'P, %':>8}{'I, %':>8}{'PF':>7}")
    worst = dict.fromkeys((evlock, emonlib), 0.0)
    for load in loads:
        pairs, line = _pairs(load, seconds), ""
        for peer in (evlock, emonlib):
            power, amps, factor = _errors(peer(pairs), load, scale[peer])
            line += f"{100 * power:+8.2f}{100 * amps:+8.2f}{100 * factor:+7.1f}"
            if load.truth[2] >= 1.0:
                worst[peer] = max(worst[peer], abs(power))
        print(f"{load.name:20}{load.truth[2]:7.3f}{load.power_factor:6.2f}{line}")
    print(
        f"worst real power from 1 A on: Evlock {100 * worst[evlock]:.2f} %, "
        f"EmonLib {100 * worst[emonlib]:.2f} %"
    )


def _pairs(load: Load, seconds: float) -> Pairs:
    return list(CHAIN.pairs(load, SETTLE_S + seconds, 100.0))


def _errors(
    found: Found, load: Load, scale: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> tuple[float, float, float]:
    """Relative ones, of the power factor the difference; `scale` was calibrated away."""
    power = abs(found.power_w) / abs(load.truth[0]) / (1.0 + scale[0]) - 1.0
    amps = found.current_a / load.truth[2] / (1.0 + scale[1]) - 1.0
    factor = abs(found.power_factor) / (1.0 + scale[2]) - load.power_factor
    return power, amps, factor


def cpu(seconds: float) -> None:
    """CPU of meterd on the virtual boards, one after the other."""
    from benchmarks.metering import share

    for name in ("virtual", "virtual-ac"):
        print(f"meterd, board {name}: {share(name, seconds):.1f} % of one core")


if __name__ == "__main__":
    main()
