"""Recorded loads: power as in the recording, every format, every damage one line."""

import math
import os
import struct
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import LoadError
from drivers.virtual.plant.ac.draw import draw_waves
from drivers.virtual.plant.ac.waves import Waves
from tests.drivers.board_files import AC_BOARD, written
from tests.plant_process import plant_process

RATE, SECONDS, HZ = 6400.0, 1.0, 49.93
RECORDINGS = os.environ.get("EVLOCK_RECORDINGS")  # a folder of .npz files
PER_A, FULL_SCALE_A = 41.5, 20.0
Arrays = dict[str, Any]


def played(path: Path | str, nominal_v: float = 230.0) -> Waves:
    return draw_waves(1, str(path), nominal_v)


def appliance() -> tuple[Any, Any, Any]:
    """Seconds, volts with a little third harmonic, amperes of a pulsed current that lags."""
    t = np.arange(int(RATE * SECONDS)) / RATE
    angle = 2 * math.pi * HZ * t + 1.0
    volts = 311.0 * (np.sin(angle) + 0.02 * np.sin(3 * angle))
    amps = 3.0 * np.sin(angle - 0.4) + 1.5 * np.sin(3 * angle) - 0.7 * np.sin(7 * angle + 0.2)
    return t, volts, amps


def true_power(nominal_v: float = 230.0) -> float:
    _, volts, amps = appliance()
    whole = slice(0, round(RATE / HZ * 49))
    scale = nominal_v / math.sqrt(float(np.mean(volts[whole] ** 2)))
    return float(np.mean(volts[whole] * amps[whole])) * scale


def arrays(**changed: Any) -> Arrays:
    _, volts, amps = appliance()
    good: Arrays = {
        "voltage_counts": np.round(volts * 21.0 + 90.0).astype(np.int16),  # both channels offset
        "current_counts": np.round(amps * PER_A - 55.0).astype(np.int16),
        "current_counts_per_a": PER_A,
        "sample_rate_hz": RATE,
    }
    return {key: value for key, value in {**good, **changed}.items() if value is not None}


def npz(folder: Path, **changed: Any) -> Path:
    path = folder / "appliance.npz"
    np.savez_compressed(path, **arrays(**changed))
    return path


def csv(folder: Path, head: str = "time_s,voltage_v,current_a", rows: str | None = None) -> Path:
    path = folder / "appliance.csv"
    lines = "".join(f"{t:.7f},{v:.3f},{a:.5f}\n" for t, v, a in zip(*appliance(), strict=True))
    path.write_text(f"{head}\n{lines if rows is None else rows}")
    return path


def wav(folder: Path, width: int = 2, channels: int = 2) -> Path:
    path = folder / "appliance.wav"
    _, volts, amps = appliance()
    both = np.stack([volts / 400.0, amps / FULL_SCALE_A], axis=1)[:, :channels]
    top = 2 ** (8 * width - 1) - 1
    samples = [int(x) for x in np.round(both * top).ravel()]
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, int(RATE), 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<i", x)[:width] for x in samples))
    return path


def test_an_archive_plays_at_its_power(tmp_path: Path) -> None:
    waves = played(npz(tmp_path))
    assert waves.power_w == pytest.approx(true_power(), rel=2e-3)
    assert waves.name == "appliance"
    assert waves.cycles == 47
    assert waves.total(waves.u, waves.sum_u, 0, waves.count) == pytest.approx(0.0, abs=1e-6)
    assert waves.total(waves.i, waves.sum_i, 0, waves.count) == pytest.approx(0.0, abs=1e-6)
    assert abs(waves.u[0]) < 12.0 < waves.u[waves.count // waves.cycles // 4]


def test_the_voltage_is_scaled_to_the_boards(tmp_path: Path) -> None:
    path = npz(tmp_path)
    assert played(path, 115.0).power_w == pytest.approx(played(path).power_w / 2.0)
    uu, _, _ = played(path, 115.0).totals(0, played(path).count)
    assert math.sqrt(uu / played(path).count) == pytest.approx(115.0)


def test_a_clamp_the_wrong_way_round_is_turned(tmp_path: Path) -> None:
    turned = played(npz(tmp_path, current_counts=-arrays()["current_counts"]))
    assert turned.power_w == pytest.approx(true_power(), rel=2e-3)


def test_a_table_of_numbers_plays_at_its_power(tmp_path: Path) -> None:
    assert played(csv(tmp_path)).power_w == pytest.approx(true_power(), rel=2e-3)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_sound_file_plays_at_its_power(tmp_path: Path, width: int) -> None:
    waves = played(f"{wav(tmp_path, width)}:{FULL_SCALE_A:g}")
    assert waves.power_w == pytest.approx(true_power(), rel=2e-3)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sample_rate_hz": None}, "sample_rate_hz: nothing there"),
        ({"sample_rate_hz": 50.0}, "700 to 100000 expected"),
        ({"sample_rate_hz": math.nan}, "700 to 100000 expected"),
        ({"sample_rate_hz": 12800.0}, "mains of 40 to 70 Hz expected"),
        ({"current_counts_per_a": 0.0}, "above 0 expected"),
        ({"current_counts": np.zeros(6400)}, "stands still"),
        ({"current_counts": np.ones(5)}, "two equal rows expected"),
        ({"current_counts": np.full(6400, np.inf)}, "not finite"),
        ({"voltage_counts": np.array([])}, "two equal rows expected"),
        ({"current_counts": np.array(["x"] * 6400)}, "a recording expected"),
        ({"current_counts": np.array([{}], dtype=object)}, "a recording expected"),
    ],
)
def test_an_archive_that_cannot_be_played_says_why(
    tmp_path: Path, changed: Arrays, said: str
) -> None:
    path = npz(tmp_path, **changed)
    with pytest.raises(LoadError, match=said) as caught:
        played(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


Maker = Callable[[Path], Path | str]
WRONG: dict[str, tuple[Maker, str]] = {
    "nothing there": (lambda folder: folder / "none.npz", "No such file"),
    "other suffix": (lambda folder: folder / "x.mp3", ".npz or .wav or .csv expected"),
    "no archive": (lambda folder: rubbish(folder / "a.npz"), "expected"),
    "no sound": (lambda folder: f"{rubbish(folder / 'a.wav')}:5", "expected"),
    "no table": (lambda folder: rubbish(folder / "a.csv"), "expected"),
    "a bomb": (lambda folder: bomb(folder / "a.npz"), "over 32 MiB"),
    "wav without scale": (wav, "amperes at full scale expected"),
    "wav with no number": (lambda folder: f"{wav(folder)}:x", "amperes at full scale"),
    "wav with zero": (lambda folder: f"{wav(folder)}:0", "amperes at full scale"),
    "mono": (lambda folder: f"{wav(folder, channels=1)}:5", "stereo"),
    "8 bits": (lambda folder: f"{wav(folder, width=1)}:5", "8 bits"),
    "npz with scale": (lambda folder: f"{npz(folder)}:5", "belongs to .wav"),
    "other columns": (lambda folder: csv(folder, head="t,v,a"), "line 1: columns"),
    "no rows": (lambda folder: csv(folder, rows=""), "rows"),
    "words": (lambda folder: csv(folder, rows="0,1,2\n1,x,3\n"), "x"),
    "two columns": (lambda folder: csv(folder, rows="0,1\n1,3\n"), "rows"),
    "time goes back": (lambda folder: csv(folder, rows="0,1,2\n-1,2,3\n"), "rising times"),
    "a short one": (lambda folder: csv(folder, rows=short()), "whole cycles"),
}


def rubbish(path: Path) -> Path:
    path.write_bytes(bytes(range(256)) * 40)
    return path


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("voltage_counts.npy", bytes(40 << 20))
    return path


def short() -> str:
    rows = zip(*(column[:400] for column in appliance()), strict=True)
    return "".join(f"{t},{v},{a}\n" for t, v, a in rows)


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_played_is_one_line(tmp_path: Path, case: str) -> None:
    make, said = WRONG[case]
    with pytest.raises(LoadError) as caught:
        played(make(tmp_path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(
    suffix=st.sampled_from([".npz", ".csv", ".wav"]),
    data=st.binary(max_size=400) | st.text(max_size=200).map(str.encode),
    head=st.sampled_from(
        [b"", b"time_s,voltage_v,current_a\n", b"RIFF\x24\0\0\0WAVEfmt ", b"PK\3\4"]
    ),
)
def test_any_bytes_are_a_load_error_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, data: bytes, head: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / f"a{suffix}"
    path.write_bytes(head + data)
    with pytest.raises(LoadError):
        played(f"{path}:5" if suffix == ".wav" else path)


def test_long_recordings_are_bounded(tmp_path: Path) -> None:
    long = {key: np.tile(arrays()[key], 15) for key in ("voltage_counts", "current_counts")}
    assert played(npz(tmp_path, **long)).cycles == 500


def test_a_process_plays_a_recording_and_changes_it(tmp_path: Path) -> None:
    board, path = written(tmp_path, AC_BOARD), npz(tmp_path)
    options = [f"--board=seller={board}", f"--board=buyer={board}", f"--load={path}"]
    with plant_process(options=options) as plant:
        assert plant.call("state")["load"] == "appliance"
        assert plant.call("load", {"load": "motor"})["power_w"] == pytest.approx(500.0)
        assert plant.call("state")["load"] == "motor:500"
        shown = plant.call("instrument", {"board": "buyer", "seconds": 0.1})
        assert shown["voltage_v"] == pytest.approx(230.0, rel=0.01)
        assert shown["power_w"] == 0.0


@pytest.mark.skipif(RECORDINGS is None, reason="EVLOCK_RECORDINGS names no folder of .npz files")
def test_real_recordings_play_at_their_power() -> None:
    paths = sorted(Path(RECORDINGS or "").glob("*.npz"))
    assert paths
    for path in paths:
        with np.load(path) as record:
            volts, amps = (
                record[key] - record[key].mean() for key in ("voltage_counts", "current_counts")
            )
            scale = 230.0 / np.sqrt(np.mean(volts**2)) / float(record["current_counts_per_a"])
        assert played(path).power_w == pytest.approx(abs(np.mean(volts * amps)) * scale, rel=5e-3)
