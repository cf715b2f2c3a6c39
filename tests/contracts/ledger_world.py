"""A ledger on the bare machine: token and GridLedger, a grid that stores, customers with money."""

from dataclasses import dataclass, field
from typing import Any

from tests.contracts.abi import Contract
from tests.contracts.evm import Evm, Outcome
from tests.contracts.world import OPERATOR

KWH = 10**9
CAPACITY, ADDED, QUANTITY = 5_000 * KWH, 500 * KWH, 30 * KWH + 7
RATE = 3 * 10**17  # base units per kWh
LATITUDE, LONGITUDE = 48_137_154, -11_576_124
MONEY = 10**20 // 4  # each customer's
START, END = 1_800_000_000, 1_800_000_900
GRID, OTHER_GRID = b"\x61" * 20, b"\x62" * 20
CUSTOMER, OTHER_CUSTOMER = b"\xc1" * 20, b"\xc2" * 20
DEVICE, DIGEST = b"\xde" * 20, b"\xd1" * 32


@dataclass
class LedgerWorld:
    """Token and ledger deployed; two customers who are rich and let the ledger take it."""

    evm: Evm = field(default_factory=Evm)

    def __post_init__(self) -> None:
        self.token = Contract(self.evm, "EnergyToken", OPERATOR)
        self.ledger = Contract(self.evm, "GridLedger", self.token.address)
        for customer in (CUSTOMER, OTHER_CUSTOMER):
            self.evm.fund(customer, MONEY)
            self.token.call(customer, "buyTokens", value=MONEY)
            self.token.call(customer, "approve", self.ledger.address, 2**256 - 1)

    def store(
        self, added: int = ADDED, rate: int = RATE, capacity: int = CAPACITY, grid: bytes = GRID
    ) -> Outcome:
        return self.ledger.call(grid, "addStorage", capacity, added, LATITUDE, LONGITUDE, rate)

    def purchase(
        self, quantity: int = QUANTITY, max_rate: int = RATE, customer: bytes = CUSTOMER
    ) -> Outcome:
        return self.ledger.call(customer, "purchase", GRID, quantity, max_rate)

    def transfer(self, amount: int = QUANTITY, customer: bytes = CUSTOMER) -> Outcome:
        return self.ledger.call(GRID, "transfer", customer, DEVICE, amount, START, END)

    def acknowledge(self, amount: int = QUANTITY, customer: bytes = CUSTOMER) -> Outcome:
        return self.ledger.call(customer, "acknowledge", GRID, amount)

    def bill(self, digest: bytes = DIGEST, customer: bytes = CUSTOMER) -> Outcome:
        return self.ledger.call(GRID, "bill", customer, digest)

    def grid(self, grid: bytes = GRID) -> dict[str, int]:
        """What is kept of a grid, by name."""
        return self._named("gridOf", grid)

    def account(self, customer: bytes = CUSTOMER, grid: bytes = GRID) -> tuple[int, int, int]:
        """Purchased, transferred, acknowledged, µWh."""
        words: tuple[int, int, int] = self.ledger.view("accountOf", grid, customer)
        return words

    def tokens(self, account: bytes) -> int:
        return int(self.token.view("balanceOf", account))

    def _named(self, view: str, *words: Any) -> dict[str, int]:
        (output,) = self.ledger.functions[view]["outputs"]
        names = [component["name"] for component in output["components"]]
        return dict(zip(names, self.ledger.view(view, *words), strict=True))
