"""What a seed stands for: every part's values, drawn so that every seed can trade.

Each part has a random stream of its own, named by its path: a new part changes no other.
"""

import random
from collections.abc import Mapping

from drivers.virtual.plant.battery import Battery
from drivers.virtual.plant.contact import Contact
from drivers.virtual.plant.feeder import Feeder, Grid, Household
from drivers.virtual.plant.instrument import Instrument
from drivers.virtual.plant.sensors import (
    Drift,
    HallSensor,
    OutputDivider,
    PinDivider,
    Transformer,
)
from drivers.virtual.plant.site import Load, Site
from drivers.virtual.plant.solar import CHARGED_V, Solar
from drivers.virtual.plant.world import Line, World
from drivers.virtual.wiring import DEFAULT, Wiring

NOMINAL_V = 12.0  # of what is drawn; other voltages are so many times that
LOAD_SHARE = 0.75  # of the reference load's tolerance: the rest is its contact's
TARGET_A = (1.05, 1.35)  # at the beginning; clouds and charge move it by less than 0.2 A
HOUSEHOLD_A = (0.8, 2.6)  # of a feeder's household, out or in; as above
SOLAR_SHARE = 0.6  # of it at most: the battery gives the rest
BUSBAR_V = 12.2


def stream(seed: int, path: str) -> random.Random:
    """The random numbers of one part."""
    return random.Random(f"evlock plant {seed} {path}")


def draw_world(seed: int, start_s: float, wirings: Mapping[str, Wiring] | None = None) -> World:
    """Both sites and the line of a seed."""
    seller = _site(seed, "seller", wirings, soc=(0.60, 0.95), ohm=(0.03, 0.05), peak_w=(5.0, 40.0))
    buyer = _site(seed, "buyer", wirings, soc=(0.05, 0.20), ohm=(0.05, 0.05), peak_w=(0.0, 3.0))
    line = Line(ohm=stream(seed, "line").uniform(0.05, 0.12))
    buyer.battery.ohm = _fitting_ohm(seed, seller, buyer, line)
    return World(seller, buyer, line, start_s)


def draw_feeder(seed: int, start_s: float, wirings: Mapping[str, Wiring]) -> Feeder:
    """Households in turn giving and taking, each another current."""
    scale = next(iter(wirings.values())).nominal_v / NOMINAL_V
    grid = Grid(emf_v=BUSBAR_V * scale, ohm=0.002)
    homes = {
        name: _household(seed, name, wirings, grid.emf_v, gives=index % 2 == 0)
        for index, name in enumerate(wirings)
    }
    return Feeder(homes, grid, start_s)


def draw_instrument(seed: int) -> Instrument:
    rng = stream(seed, "instrument")
    return Instrument(
        voltage_error=rng.uniform(-5e-4, 5e-4), current_error=rng.uniform(-5e-4, 5e-4)
    )


def draw_hall_sensor(seed: int, board: str, start_s: float, wiring: Wiring = DEFAULT) -> HallSensor:
    """Errors of the ACS712 data sheet."""
    rng = stream(seed, f"{board}.acs712")
    drift = Drift(
        limit_v=0.002,
        slope_v_per_s=3e-6,  # at most 0.18 mV in a minute, 1.8 mV in ten
        rng=stream(seed, f"{board}.acs712.drift"),
        start_s=start_s,
    )
    return HallSensor(
        variant_a=wiring.variant_a,
        supply_v=wiring.supply_v,
        offset_v=rng.uniform(-0.040, 0.040),
        sensitivity_error=rng.uniform(-0.015, 0.015),
        noise_share=1.0,
        drift=drift,
        rng=rng,
    )


def draw_output_divider(seed: int, board: str, wiring: Wiring) -> OutputDivider | None:
    """Two 1 % resistors behind the current sensor, where the board has them."""
    if wiring.divider_ohm is None:
        return None
    draw = stream(seed, f"{board}.acs712.divider").uniform
    top_ohm, bottom_ohm = (ohm * draw(0.99, 1.01) for ohm in wiring.divider_ohm)
    return OutputDivider(top_ohm=top_ohm, bottom_ohm=bottom_ohm)


def draw_divider(seed: int, board: str, wiring: Wiring = DEFAULT) -> PinDivider:
    """1 % resistors."""
    rng = stream(seed, f"{board}.divider")
    top_ohm, bottom_ohm = wiring.voltage_ohm
    return PinDivider(
        top_ohm=top_ohm * rng.uniform(0.99, 1.01),
        bottom_ohm=bottom_ohm * rng.uniform(0.99, 1.01),
        noise_v=rng.uniform(2e-4, 4e-4),
        rng=rng,
    )


def draw_transformer(seed: int, board: str, nominal: tuple[float, float]) -> Transformer:
    """Ratio ±0.5 %, bias ±1 %, up to 150 µs late: small modules of the ZMPT101B kind."""
    rng = stream(seed, f"{board}.transformer")
    return Transformer(
        ratio=nominal[0],
        ratio_error=rng.uniform(-0.005, 0.005),
        bias_v=nominal[1] * rng.uniform(0.99, 1.01),
        delay_s=rng.uniform(0.0, 150e-6),
        noise_v=rng.uniform(3e-4, 6e-4),
        rng=rng,
    )


def _site(
    seed: int,
    name: str,
    wirings: Mapping[str, Wiring] | None,
    soc: tuple[float, float],
    ohm: tuple[float, float],
    peak_w: tuple[float, float],
) -> Site:
    wiring = DEFAULT if wirings is None else wirings[name]
    scale = wiring.nominal_v / NOMINAL_V
    rng = stream(seed, f"{name}.battery")
    battery = Battery(
        soc=rng.uniform(*soc),
        capacity_ah=rng.uniform(7.0, 20.0),
        empty_v=rng.uniform(11.6, 11.7) * scale,
        full_v=rng.uniform(12.75, 12.9) * scale,
        ohm=rng.uniform(*ohm),
    )
    rng = stream(seed, f"{name}.solar")
    solar = Solar(
        peak_w=rng.uniform(*peak_w),
        cloud_share=rng.uniform(0.0, 0.2),
        cloud_period_s=rng.uniform(60.0, 300.0),
        cloud_phase=rng.random(),
        charged_v=CHARGED_V * scale,
    )
    main, reference = (draw_contact(seed, f"{name}.relay.{line}") for line in ("main", "reference"))
    return Site(battery, solar, main, reference, draw_load(seed, name, wiring))


def _household(
    seed: int, name: str, wirings: Mapping[str, Wiring], busbar_v: float, *, gives: bool
) -> Household:
    """A charged battery with a panel, or an empty one without, that fits the seed's current."""
    soc, peak_w = ((0.85, 0.95), (5.0, 30.0)) if gives else ((0.05, 0.2), (0.0, 3.0))
    site = _site(seed, name, wirings, soc=soc, ohm=(0.05, 0.05), peak_w=peak_w)
    wire = Line(ohm=stream(seed, f"wire.{name}").uniform(0.01, 0.04))
    current_a = stream(seed, f"{name}.delivery").uniform(*HOUSEHOLD_A) * (1.0 if gives else -1.0)
    terminal_v = busbar_v + current_a * (wire.ohm + site.main.contact_ohm)
    site.solar.peak_w = min(site.solar.peak_w, SOLAR_SHARE * abs(current_a) * terminal_v)
    inner_a = current_a - site.solar.current_a(0.0, terminal_v)  # what the battery itself gives
    site.battery.ohm = (site.battery.emf_v - terminal_v) / inner_a
    return Household(site, wire)


def draw_load(seed: int, board: str, wiring: Wiring) -> Load:
    """The reference load, within its tolerance."""
    spread = LOAD_SHARE * wiring.tolerance
    draw = stream(seed, f"{board}.reference_load").uniform
    return Load(ohm=wiring.reference_ohm * draw(1.0 - spread, 1.0 + spread))


def draw_contact(seed: int, path: str) -> Contact:
    rng = stream(seed, path)
    return Contact(
        operate_s=rng.uniform(0.005, 0.010),
        release_s=rng.uniform(0.002, 0.005),
        contact_ohm=rng.uniform(0.005, 0.020),
    )


def _fitting_ohm(seed: int, seller: Site, buyer: Site, line: Line) -> float:
    """The buyer's inner resistance that gives the seed's current. Old and empty: it may be high.

    Around the loop: emf + (solar - I) R of the seller = I x line + emf + (solar + I) R of the buyer
    """
    current_a = stream(seed, "delivery").uniform(*TARGET_A)
    path_ohm = line.ohm + seller.main.contact_ohm + buyer.main.contact_ohm
    seller_a = seller.solar.power_w(0.0) / seller.battery.emf_v
    buyer_a = buyer.solar.power_w(0.0) / buyer.battery.emf_v
    seller_v = seller.battery.emf_v + (seller_a - current_a) * seller.battery.ohm
    buyer_v = seller_v - current_a * path_ohm
    return (buyer_v - buyer.battery.emf_v) / (buyer_a + current_a)
