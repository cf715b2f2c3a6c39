"""The bill of a supply: the place where a document, its address and its storage come in.

`make_bill` gives the document that the grid bills by. Its SHA-256 is what the ledger keeps.
"""

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Supply:
    """What a bill is about; energy in µWh, rate and cost in base units."""

    chain_id: int
    ledger: str
    grid: str
    customer: str
    device: str
    energy_uwh: int
    rate: int
    cost: int
    purchase: str  # transaction
    transfer: str
    acknowledgement: str


@dataclass(frozen=True)
class Bill:
    """`where`: how a reader finds the document, in words."""

    document: bytes
    where: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the document."""
        return hashlib.sha256(self.document).digest()


def make_bill(supply: Supply) -> Bill:
    """The supply as canonical JSON, in this output only."""
    text = json.dumps(asdict(supply), sort_keys=True, separators=(",", ":"))
    return Bill(text.encode(), "in this output only")
