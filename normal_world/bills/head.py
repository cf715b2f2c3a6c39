"""What every bill says, whatever it is about."""

from dataclasses import asdict, dataclass
from typing import Any

from normal_world.bills.errors import BillMalformed
from normal_world.bills.fields import UINT96, UINT256, Fields
from secure_world.protocol import payment_rounded_down

VERSION = 1
KEYS = ("chain_id", "contract", "evlock_bill", "grid_tariff", "issuer", "kind", "labels",
        "lines", "pdf", "purchaser", "totals")  # fmt: skip
MAX_LINES = 16  # what fits a page


@dataclass(frozen=True)
class Labels:
    """Words that nothing proves: names of the two, and the day of the bill."""

    issued: str = ""
    issuer: str = ""
    purchaser: str = ""


@dataclass(frozen=True)
class Place:
    """Where on the chain; `date` is the block's own word for when."""

    block: int
    date: str
    transaction: str

    @classmethod
    def of(cls, fields: Fields) -> "Place":
        """From an object that has these three beside others."""
        block = fields.number("block", 2**53 - 1)
        return cls(block, fields.text("date"), fields.word("transaction"))


@dataclass(frozen=True)
class Head:
    """`issuer`, `purchaser`: accounts. `grid_tariff`: base units per kWh, to compare with."""

    chain_id: int
    contract: str
    issuer: str
    purchaser: str
    labels: Labels = Labels()
    grid_tariff: int | None = None

    @property
    def where(self) -> tuple[int, bytes]:
        """Chain id and contract, as signatures are bound to them."""
        return self.chain_id, bytes.fromhex(self.contract[2:])

    def document(self, kind: str) -> dict[str, Any]:
        """The part of the JSON that this is."""
        return asdict(self) | {"evlock_bill": VERSION, "kind": kind}

    def compared(self, energy_uwh: int, payment: int) -> dict[str, int | None]:
        """What the same energy costs at the grid's tariff, rounded down, and what is saved."""
        if self.grid_tariff is None:
            return {"at_tariff": None, "saved": None}
        at_tariff = payment_rounded_down(energy_uwh, self.grid_tariff)
        return {"at_tariff": at_tariff, "saved": at_tariff - payment}


def read_head(fields: Fields) -> Head:
    """From the whole document's fields; BillMalformed."""
    labels = Fields(fields.part("labels"), "labels", "issued", "issuer", "purchaser")
    if fields.number("evlock_bill", UINT256) != VERSION:
        raise BillMalformed(f"evlock_bill: {VERSION} expected, a bill of another version")
    return Head(
        chain_id=fields.number("chain_id", 2**53 - 1),
        contract=fields.address("contract"),
        issuer=fields.address("issuer"),
        purchaser=fields.address("purchaser"),
        labels=Labels(labels.text("issued"), labels.text("issuer"), labels.text("purchaser")),
        grid_tariff=fields.maybe_number("grid_tariff", UINT96),
    )
