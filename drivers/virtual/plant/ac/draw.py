"""What a seed stands for on alternating current."""

from collections.abc import Mapping
from pathlib import Path

from drivers.errors import LoadError
from drivers.virtual.plant.ac.loads import LOADS, built_in
from drivers.virtual.plant.ac.recordings import recorded
from drivers.virtual.plant.ac.site import AcSite
from drivers.virtual.plant.ac.waves import Waves
from drivers.virtual.plant.ac.world import AcWorld, Mains
from drivers.virtual.plant.draw import draw_contact, draw_load, stream
from drivers.virtual.plant.world import Line
from drivers.virtual.wiring import Wiring

DEFAULT_LOAD = "resistive"
FREQUENCY_SPREAD_HZ = 0.05
LINE_OHM = (0.05, 0.3)


def draw_ac_world(
    seed: int, start_s: float, wirings: Mapping[str, Wiring], load: str | None
) -> AcWorld:
    """Mains, line, both sites and the load."""
    mains = next(iter(wirings.values()))
    rng = stream(seed, "mains")
    frequency_hz = mains.frequency_hz + rng.uniform(-FREQUENCY_SPREAD_HZ, FREQUENCY_SPREAD_HZ)
    phase = rng.random()
    sites = {name: _site(seed, name, wiring) for name, wiring in wirings.items()}
    return AcWorld(
        sites,
        Line(ohm=stream(seed, "line").uniform(*LINE_OHM)),
        Mains(nominal_v=mains.nominal_v, voltage_v=mains.nominal_v, frequency_hz=frequency_hz),
        draw_waves(seed, load or DEFAULT_LOAD, mains.nominal_v),
        phase,
        start_s,
    )


def draw_waves(seed: int, load: str, nominal_v: float) -> Waves:
    """A built-in load (`name` or `name:watts`) or a file (`file.wav:amperes at full scale`)."""
    if load.partition(":")[0] in LOADS:
        return built_in(load, nominal_v, stream(seed, "mains.harmonics"))
    path, separator, number = load.rpartition(":")
    if not separator or not Path(path).suffix:
        path, number = load, ""
    if not Path(path).suffix:
        return built_in(load, nominal_v, stream(seed, "mains.harmonics"))  # says what there is
    return recorded(Path(path), _full_scale_a(load, number), nominal_v)


def _full_scale_a(load: str, number: str) -> float | None:
    if not number:
        return None
    try:
        amps = float(number)
    except ValueError:
        amps = 0.0
    if not 0.0 < amps <= 1000.0:
        raise LoadError(f"load {load[:80]!r}: amperes at full scale, above 0 to 1000, expected")
    return amps


def _site(seed: int, name: str, wiring: Wiring) -> AcSite:
    main, reference = (draw_contact(seed, f"{name}.relay.{line}") for line in ("main", "reference"))
    return AcSite(main, reference, draw_load(seed, name, wiring))
