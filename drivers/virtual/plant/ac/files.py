"""Reading recordings: .npz, .wav and .csv files to (volts, amps, samples per second)."""

import warnings
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.errors import LoadError
from drivers.virtual.plant.ac.waves import numpy

MAX_BYTES = 32 << 20  # of a file, and of each array in it
MAX_SAMPLES = 1_000_000
NPZ_KEYS = ("voltage_counts", "current_counts", "current_counts_per_a", "sample_rate_hz")
CSV_HEAD = ["time_s", "voltage_v", "current_a"]
Read = tuple[Any, Any, float]


def _npz(path: Path, scale: float | None) -> Read:
    """numpy's archive: counts of voltage and current, counts per ampere, samples per second."""
    np = numpy()
    _no_scale(path, scale)
    with zipfile.ZipFile(path) as archive:
        if any(member.file_size > MAX_BYTES for member in archive.infolist()):
            raise LoadError(f"{path}: an array over {MAX_BYTES >> 20} MiB; a shorter one expected")
    with np.load(path, allow_pickle=False) as arrays:
        missing = [key for key in NPZ_KEYS if key not in arrays]
        if missing:
            raise LoadError(f"{path}: {missing[0]}: nothing there, arrays {NPZ_KEYS} expected")
        volts, amps = (np.asarray(arrays[key], dtype=float) for key in NPZ_KEYS[:2])
        per_a, rate_hz = (float(arrays[key]) for key in NPZ_KEYS[2:])
    if not per_a > 0.0:
        raise LoadError(f"{path}: current_counts_per_a: {per_a:g} given, above 0 expected")
    return volts, amps / per_a, rate_hz


def _wav(path: Path, scale: float | None) -> Read:
    """Stereo PCM of 16, 24 or 32 bits: left voltage, right current; `scale` A at full scale."""
    np = numpy()
    if scale is None:
        raise LoadError(f"{path}: amperes at full scale expected, as {path.name}:20")
    with wave.open(str(path), "rb") as file:
        channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
        if channels != 2 or width not in (2, 3, 4):
            found = f"{channels} channels of {8 * width} bits"
            raise LoadError(f"{path}: {found}, stereo of 16, 24 or 32 bits expected")
        data = np.frombuffer(file.readframes(MAX_SAMPLES), dtype=np.uint8)
    frames = len(data) // (2 * width)
    wide = np.zeros((frames, 2, 4), dtype=np.uint8)  # little-endian, most significant byte last
    wide[:, :, 4 - width :] = data[: frames * 2 * width].reshape(frames, 2, width)
    samples = wide.view("<i4")[:, :, 0] / 2.0**31
    return samples[:, 0], samples[:, 1] * scale, float(rate_hz)


def _csv(path: Path, scale: float | None) -> Read:
    """Columns time_s, voltage_v, current_a, at a steady rate."""
    np = numpy()
    _no_scale(path, scale)
    with path.open(encoding="utf-8") as lines:
        head = [name.strip() for name in lines.readline(200).split(",")]
        if head != CSV_HEAD:
            raise LoadError(f"{path}: line 1: columns {','.join(CSV_HEAD)} expected")
        with warnings.catch_warnings(action="ignore"):  # of no rows: said below
            rows = np.loadtxt(lines, delimiter=",", max_rows=MAX_SAMPLES, ndmin=2)
    if rows.shape[0] < 2 or rows.shape[1] != len(CSV_HEAD):
        raise LoadError(f"{path}: {rows.shape[0]} rows, at least three cycles expected")
    times = rows[:, 0]
    if not (np.diff(times) > 0.0).all():
        raise LoadError(f"{path}: time_s: goes back or stands still; rising times expected")
    even = np.linspace(times[0], times[-1], len(times))
    volts, amps = (np.interp(even, times, rows[:, column]) for column in (1, 2))
    return volts, amps, (len(times) - 1) / float(times[-1] - times[0])


def _no_scale(path: Path, scale: float | None) -> None:
    if scale is not None:
        raise LoadError(f"{path}:{scale:g}: a number belongs to .wav files only")


def _guarded(reader: Callable[[Path, float | None], Read]) -> Callable[[Path, float | None], Read]:
    """What the libraries raise over a damaged file, as one line of ours."""

    def read(path: Path, scale: float | None) -> Read:
        try:
            if path.stat().st_size > MAX_BYTES:
                raise LoadError(f"{path}: over {MAX_BYTES >> 20} MiB; a shorter one expected")
            return reader(path, scale)
        except LoadError:
            raise
        except (OSError, ValueError, EOFError, KeyError, TypeError) as error:
            reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:120]
            raise LoadError(f"{path}: {reason}; a recording expected") from error
        except (wave.Error, zipfile.BadZipFile) as error:
            raise LoadError(f"{path}: {error}; a recording expected") from error

    return read


READERS = {".npz": _guarded(_npz), ".wav": _guarded(_wav), ".csv": _guarded(_csv)}
