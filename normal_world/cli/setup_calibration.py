"""Calibration in `evlock setup`: zero point, then the reference load against an instrument."""

import shlex
import subprocess
import time
from contextlib import suppress

from firmware.errors import RpcFailed
from normal_world.cli.errors import SetupStopped
from normal_world.cli.output import note
from normal_world.cli.programs import call
from normal_world.cli.setup_source import Source, typed_line

INSTRUMENT_LIMIT_S = 60.0
LOAD_SETTLES_S = 1.5
SAMPLES_LIMIT_S = 5.0
ZERO_S = 1.5


def calibrate(source: Source) -> str:
    """What was done, in words; raises SetupStopped, RpcFailed with the meter's reason."""
    if call("meterd-admin", "status")["calibrated"]:
        return "done before (again: evlock meter zero, load, gain)"
    if not source.confirm("Measure the zero point now? No load may be on.", True):
        return "later: evlock setup goes on here"
    instrument = source.given("calibration.instrument")
    if source.unattended and not instrument:
        return "skipped: no [calibration] instrument in the answers"
    _wait_for_sample()
    call("meterd-admin", "calibrate.zero", seconds=ZERO_S)
    try:
        volts, amps = _calibrated(source, instrument)
    finally:
        call("meterd-admin", "reference_load", closed=False)
    verdict = call("meterd-admin", "self_check")["verdict"]
    return f"{volts:g} V, {amps:g} A by the instrument; self-check: {verdict}"


def _calibrated(source: Source, instrument: str | None) -> tuple[float, float]:
    """The instrument's reading that the meter accepted; a misread one is asked for again."""
    while True:
        call("meterd-admin", "reference_load", closed=True)
        volts, amps = _read(instrument)
        try:
            call(
                "meterd-admin",
                "calibrate.load",
                seconds=ZERO_S,
                voltage_v=volts,
                current_a=amps,
            )
        except RpcFailed as error:
            if source.unattended or not error.code.startswith("CALIBRATION"):
                raise
            note(f"{error.code} {error}\nRead the instrument again. Ctrl-C stops here.")
        else:
            return volts, amps


def _wait_for_sample() -> None:
    end_s = time.monotonic() + SAMPLES_LIMIT_S
    while (status := call("meterd-admin", "status"))["voltage_v"] is None:
        if time.monotonic() > end_s:
            raise SetupStopped(f"the meter gives no samples: {status['fault']}; evlock doctor")
        time.sleep(0.1)


def _read(instrument: str | None) -> tuple[float, float]:
    """Volts and amperes: the last two words of a command's output, or typed."""
    if instrument is None:
        note("The reference load is on. Read your instrument now, quickly: it warms up.")
        return _typed("Voltage, V: "), _typed("Current, A: ")
    time.sleep(LOAD_SETTLES_S)
    try:
        done = subprocess.run(
            shlex.split(instrument),
            capture_output=True,
            text=True,
            check=True,
            timeout=INSTRUMENT_LIMIT_S,
        )
        volts, amps = (float(word) for word in done.stdout.split()[-2:])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise SetupStopped(
            f"instrument {instrument!r}: {error}; volts and amperes expected"
        ) from None
    return volts, amps


def _typed(prompt: str) -> float:
    while True:
        with suppress(ValueError):
            return float(typed_line(prompt).replace(",", "."))
        note("a number expected")
