"""Gas of GridLedger: storage, purchase, transfer, acknowledgement, bill, fault."""

from collections.abc import Iterator

from eth_utils.crypto import keccak

from benchmarks.gas_chain import GasChain, Row

KWH = 10**9
CAPACITY_UWH, ADDED_UWH, QUANTITY_UWH = 5_000 * KWH, 512 * KWH + 17, 3 * KWH + 141
RATE, PLACE = 3 * 10**17, (48_137_154, 11_576_124)
START, QUARTER_HOUR = 1_800_000_000, 900
GRID, CUSTOMER = 0, 1


class Bench(GasChain):
    """A ledger, a grid and a customer who may pay it."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = self.deploy("GridLedger", self.token.address)
        self.grid, self.customer = self.accounts[GRID], self.accounts[CUSTOMER]
        self.fund(self.customer, self.ledger)

    def add(self, label: str, capacity_uwh: int) -> None:
        words = (capacity_uwh, ADDED_UWH, *PLACE, RATE)
        self.call(label, self.ledger, self.grid, "addStorage", *words)

    def cycle(self, number: int) -> None:
        """One of everything that is recorded."""
        ledger, grid, customer = self.ledger, self.grid, self.customer
        start = START + number * QUARTER_HOUR
        supply = (customer, self.meters[CUSTOMER], QUANTITY_UWH, start, start + QUARTER_HOUR)
        trade, digest = keccak(text=f"trade {number}"), keccak(text=f"bill {number}")
        self.add("storage", CAPACITY_UWH)
        self.call("purchase, paid", ledger, customer, "purchase", grid, QUANTITY_UWH, RATE)
        self.call("transfer", ledger, grid, "transfer", *supply)
        self.call("acknowledge", ledger, customer, "acknowledge", grid, QUANTITY_UWH)
        self.call("bill", ledger, grid, "bill", customer, digest)
        self.call("fault", ledger, grid, "fault", grid, customer, 7)
        self.call("file a trade's bill", ledger, grid, "fileBill", customer, trade, digest)


def rows() -> Iterator[Row]:
    """Two rounds of everything; a storage whose capacity grows."""
    bench = Bench()
    for number in range(2):
        bench.cycle(number)
    bench.add("storage, other capacity", 2 * CAPACITY_UWH)
    yield from bench.rows
