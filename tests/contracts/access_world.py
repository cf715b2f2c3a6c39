"""The roles of the access matrix, in a network in which everybody is rich."""

from typing import Any, NamedTuple

from tests.contracts.abi import Contract
from tests.contracts.auction_world import UTILITY
from tests.contracts.network import MONEY, Network
from tests.contracts.world import (
    OPERATOR,
    STRANGER,
)

CLAIMER, HEIR = b"\xc7" * 20, b"\x4e" * 20
GRID, CUSTOMER = b"\x61" * 20, b"\xc1" * 20


class Call(NamedTuple):
    words: tuple[Any, ...] = ()
    wei: int = 0


class Cast:
    """A network in which everybody is rich, and who is who in it."""

    def __init__(self) -> None:
        self.net = net = Network(commits=True)
        self.home, self.other = net.household("home"), net.household("other")
        self.prosumer = Contract(net.evm, "Prosumer", self.home.account)
        self.roles = {
            "stranger": STRANGER,
            "operator": OPERATOR,
            "utility": UTILITY,
            "the meter's account": self.home.account,
            "another's account": self.other.account,
            "the meter's key": self.home.meter,
            "claimer": CLAIMER,
            "smart meter": net.smart_meter.address,
            "grid": GRID,
            "customer": CUSTOMER,
            "owner to be": HEIR,
        }
        net.registry.call(OPERATOR, "setClaimer", CLAIMER, True)
        for who in (*self.roles.values(), self.prosumer.address):
            net.enrich(who)
            net.evm.fund(who, MONEY)
        net.store(GRID)
        net.evm.mine(1000)
        self.contracts = {
            "EnergyToken": net.token,
            "MeterRegistry": net.registry,
            "EnergyMarket": net.market,
            "EnergyAuction": net.auction,
            "GridOperator": net.counter,
            "SmartMeter": net.smart_meter,
            "GridLedger": net.ledger,
            "Prosumer": self.prosumer,
        }
