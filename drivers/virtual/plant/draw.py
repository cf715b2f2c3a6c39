"""What a seed stands for: every part's values, drawn so that every seed can trade.

Each part has a random stream of its own, named by its path: a new part changes no other.
"""

import random

from drivers.virtual.plant.battery import Battery
from drivers.virtual.plant.contact import Contact
from drivers.virtual.plant.instrument import Instrument
from drivers.virtual.plant.sensors import Drift, HallSensor, PinDivider
from drivers.virtual.plant.site import Load, Site
from drivers.virtual.plant.solar import Solar
from drivers.virtual.plant.world import Line, World

TARGET_A = (1.05, 1.35)  # at the beginning; clouds and charge move it by less than 0.2 A


def stream(seed: int, path: str) -> random.Random:
    """The random numbers of one part."""
    return random.Random(f"evlock plant {seed} {path}")


def draw_world(seed: int, start_s: float) -> World:
    """Both sites and the line of a seed."""
    seller = _site(seed, "seller", soc=(0.60, 0.95), ohm=(0.03, 0.05), peak_w=(5.0, 40.0))
    buyer = _site(seed, "buyer", soc=(0.05, 0.20), ohm=(0.05, 0.05), peak_w=(0.0, 3.0))
    line = Line(ohm=stream(seed, "line").uniform(0.05, 0.12))
    buyer.battery.ohm = _fitting_ohm(seed, seller, buyer, line)
    return World(seller, buyer, line, start_s)


def draw_instrument(seed: int) -> Instrument:
    rng = stream(seed, "instrument")
    return Instrument(
        voltage_error=rng.uniform(-5e-4, 5e-4), current_error=rng.uniform(-5e-4, 5e-4)
    )


def draw_hall_sensor(seed: int, board: str, start_s: float) -> HallSensor:
    """20 A variant; errors of the ACS712 data sheet."""
    rng = stream(seed, f"{board}.acs712")
    drift = Drift(
        limit_v=0.002,
        slope_v_per_s=3e-6,  # at most 0.18 mV in a minute, 1.8 mV in ten
        rng=stream(seed, f"{board}.acs712.drift"),
        start_s=start_s,
    )
    return HallSensor(
        variant_a=20,
        supply_v=5.0,
        offset_v=rng.uniform(-0.040, 0.040),
        sensitivity_error=rng.uniform(-0.015, 0.015),
        noise_share=1.0,
        drift=drift,
        rng=rng,
    )


def draw_divider(seed: int, board: str) -> PinDivider:
    """30 kΩ over 7.5 kΩ, 1 % resistors."""
    rng = stream(seed, f"{board}.divider")
    return PinDivider(
        top_ohm=30_000.0 * rng.uniform(0.99, 1.01),
        bottom_ohm=7_500.0 * rng.uniform(0.99, 1.01),
        noise_v=rng.uniform(2e-4, 4e-4),
        rng=rng,
    )


def _site(
    seed: int,
    name: str,
    soc: tuple[float, float],
    ohm: tuple[float, float],
    peak_w: tuple[float, float],
) -> Site:
    rng = stream(seed, f"{name}.battery")
    battery = Battery(
        soc=rng.uniform(*soc),
        capacity_ah=rng.uniform(7.0, 20.0),
        empty_v=rng.uniform(11.6, 11.7),
        full_v=rng.uniform(12.75, 12.9),
        ohm=rng.uniform(*ohm),
    )
    rng = stream(seed, f"{name}.solar")
    solar = Solar(
        peak_w=rng.uniform(*peak_w),
        cloud_share=rng.uniform(0.0, 0.2),
        cloud_period_s=rng.uniform(60.0, 300.0),
        cloud_phase=rng.random(),
    )
    load = Load(ohm=10.0 * stream(seed, f"{name}.reference_load").uniform(0.985, 1.015))
    main, reference = (_contact(seed, f"{name}.relay.{line}") for line in ("main", "reference"))
    return Site(battery, solar, main, reference, load)


def _contact(seed: int, path: str) -> Contact:
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
