"""The street's JSON object: slots, households, money, and the checks that decide its exit code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from normal_world.auction.results import EQUAL
from normal_world.street.watch import Energies, Seen

ERROR_PERCENT, ERROR_UWH = 2.0, 1_500  # of a meter at 128 samples a second, calibrated once
LOST_UWH = 30_000  # 3.5 s of the strongest household
COUNTED_S = 2.5  # a claim is a second of counting and some turns away from the slot's end


@dataclass
class Facts:
    """What was read when all was over; registers and truth since the connections stood."""

    names: tuple[str, ...]
    meters: dict[str, str]
    seen: Seen
    rounds: list[dict[str, Any]] = field(default_factory=list)
    orders: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    registers: Energies = field(default_factory=dict)
    truth: Energies = field(default_factory=dict)
    held: int = 0  # tokens of the auction
    purses: int = 0
    funds: int = 0
    gas: dict[str, list[int]] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)  # transactions that brought orders
    peaks_mib: dict[str, float] = field(default_factory=dict)
    crashed: frozenset[str] = frozenset()  # households of which a program was killed


def build(facts: Facts) -> dict[str, Any]:
    """Everything, and `good` only if every check holds."""
    checks = dict(_checks(facts))
    seen = facts.seen
    return {
        "good": all(found is True for found in checks.values()),
        "checks": checks,
        "slots": [_slot(facts, told) for told in facts.rounds],
        "households": [_household(facts, name) for name in facts.names],
        "weather": seen.weather,
        "money": {"held": facts.held, "purses": facts.purses, "utility": facts.funds},
        "gas": {name: sorted(used) for name, used in facts.gas.items()},
        "places": facts.places,
        "cpu_percent": {
            kind: round(100.0 * used / max(seen.watched_s, 1e-3), 1)
            for kind, used in seen.cpu_s.items()
        },
        "memory_mib": {name: round(peak) for name, peak in facts.peaks_mib.items()},
    }


def _checks(facts: Facts) -> Mapping[str, bool | str]:
    wanted = set(facts.seen.slots)
    full = [told for told in facts.rounds if told["slot"] in wanted]
    return {
        "every household has an order in every slot": _complete(facts, full, wanted),
        "every round is cleared and paid": all(told["stage"] == "done" for told in facts.rounds),
        "contract and engine agree": all(told["against_chain"] == EQUAL for told in facts.rounds),
        "no base unit made or lost": all(told["conservation"] == 0 for told in facts.rounds)
        and facts.held == facts.purses + facts.funds,
        "no seller under, no buyer above its limit": all(map(_within_limits, facts.rounds)),
        "claims follow each other without gap or overlap": _contiguous(facts),
        "meters and plant agree": all(
            abs(_error(facts, name, way)) <= _allowed(facts.truth[name][way]) + _lost(facts, name)
            for name in facts.names
            for way in (0, 1)
        ),
        "orders and plant agree": all(
            row["order_error_uwh"] is None or abs(row["order_error_uwh"]) <= row["allowed_uwh"]
            for told in full
            for row in _slot(facts, told)["orders"]
        ),
    }


def _complete(facts: Facts, full: list[dict[str, Any]], wanted: set[int]) -> bool:
    """A program that was killed may be back too late for a window."""
    meters = {meter for name, meter in facts.meters.items() if name not in facts.crashed}
    placed = {told["slot"]: {order["meter"] for order in told["orders"]} for told in full}
    return all(placed.get(slot, set()) >= meters for slot in wanted)


def _within_limits(told: dict[str, Any]) -> bool:
    orders = told["orders"]
    return all(
        orders[trade["sell"]]["price"] <= trade["price"] <= orders[trade["buy"]]["price"]
        for trade in told["trades"]
    )


def _contiguous(facts: Facts) -> bool:
    for orders in facts.orders.values():
        for side in ("buy", "sell"):
            ends = [
                (order["from_uwh"], order["to_uwh"])
                for order in sorted(orders, key=lambda order: int(order["slot"]))
                if order["side"] == side and order["to_uwh"] is not None
            ]
            if any(one[1] != other[0] for one, other in pairwise(ends)):
                return False
    return True


def _error(facts: Facts, name: str, way: int) -> int:
    return facts.registers[name][way] - facts.truth[name][way]


def _lost(facts: Facts, name: str) -> int:
    """What a killed meter daemon had not counted yet, and what flowed until its relay opened."""
    return LOST_UWH if name in facts.crashed else 0


def _allowed(true_uwh: int) -> float:
    return ERROR_UWH + true_uwh * ERROR_PERCENT / 100.0


def _slot(facts: Facts, told: dict[str, Any]) -> dict[str, Any]:
    """A round with the households' names, and the plant's energy of the slot beside each order."""
    names = {meter: name for name, meter in facts.meters.items()}
    rows = []
    for order in told["orders"]:
        name = names[order["meter"]]
        true_uwh, allowed = _true(facts, told["slot"], name, order["side"])
        error = None if true_uwh is None else order["energy_uwh"] - true_uwh
        more = {"true_uwh": true_uwh, "order_error_uwh": error, "allowed_uwh": allowed}
        rows.append({**order, "household": name, **more})
    return {**told, "orders": rows, "measured": told["slot"] in facts.seen.slots}


def _true(facts: Facts, slot: int, name: str, side: str) -> tuple[int | None, float]:
    """What the plant says flowed in the slot, and how far an order may be off, µWh."""
    truth, way = facts.seen.truth, ("buy", "sell").index(side)
    if slot not in truth or slot - 1 not in truth:
        return None, 0.0
    grown = truth[slot][name][way] - truth[slot - 1][name][way]
    others = [after[name][way] - before[name][way] for before, after in pairwise(truth.values())]
    blocks_s = facts.seen.watched_s / max(len(facts.seen.slots), 1)
    lost = _lost(facts, name)
    return grown, _allowed(grown) + lost + COUNTED_S * max(others) / max(blocks_s, 1.0)


def _household(facts: Facts, name: str) -> dict[str, Any]:
    ways = {"imported": 0, "exported": 1}
    energies = {
        f"{word}_{source}_uwh": found[name][way]
        for word, way in ways.items()
        for source, found in (("true", facts.truth), ("register", facts.registers))
    }
    return {"household": name, "meter": facts.meters[name], **energies}
