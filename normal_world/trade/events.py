"""The market's events, by name and arguments."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from normal_world.chain import abi
from normal_world.chain.answers import Log

MARKET = "EnergyMarket"
NAMES = ("Offered", "Bought", "Reported", "Settled", "Closed")


@dataclass(frozen=True)
class Event:
    """`values` by the ABI's names; ids are bytes, addresses 0x text."""

    name: str
    block: int
    values: dict[str, Any]


def of_logs(logs: Iterable[Log]) -> list[Event]:
    """The events among these logs of the market that noded knows, in order."""
    found = []
    for log in logs:
        name = _topics().get(log.topics[0]) if log.topics else None
        if name is not None:
            values = abi.decode_event(MARKET, name, log.topics, log.data)
            found.append(Event(name, log.block, values))
    return found


def terms_of(bought: Event) -> dict[str, Any]:
    """The trade's terms (JSON shape) of a Bought event."""
    values = bought.values
    return {
        "ref": values["ref"],
        "buyer_meter": values["buyerMeter"].lower(),
        "amount_uwh": values["amountUwh"],
        "price": values["price"],
        "salt": values["salt"],
    }


@cache
def _topics() -> dict[bytes, str]:
    return {abi.topic(MARKET, name): name for name in NAMES}
