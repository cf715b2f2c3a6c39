"""A bill of a grid's supply to a customer: storage, purchases, transfers, acknowledgements."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from normal_world.bills.errors import BillMalformed
from normal_world.bills.fields import UINT40, UINT64, UINT96, UINT256, Fields
from normal_world.bills.head import KEYS, MAX_LINES, Head, Place, read_head
from secure_world.protocol import SignedReading, payment_rounded_down

TRADE = ("uint256", "address", "address", "address", "uint256")
E6_LATITUDE, E6_LONGITUDE = 90 * 10**6, 180 * 10**6


def supply_id(head: Head, number: int) -> bytes:
    """What a meter signs its reading of a transfer for: the number-th of a grid to a customer."""
    values = (head.chain_id, head.contract, head.issuer, head.purchaser, number)
    return keccak(encode(TRADE, values))


@dataclass(frozen=True)
class Storage:
    """The grid's latest storage, as it told."""

    added_uwh: int
    capacity_uwh: int
    latitude_e6: int
    longitude_e6: int
    rate: int
    place: Place

    def document(self) -> dict[str, Any]:
        return _flat(self)


@dataclass(frozen=True)
class Purchase:
    """`rate`: base units per kWh, the grid's at that time."""

    energy_uwh: int
    rate: int
    place: Place

    @property
    def cost(self) -> int:
        """Base units, rounded down."""
        return payment_rounded_down(self.energy_uwh, self.rate)

    def document(self) -> dict[str, Any]:
        return _flat(self) | {"cost": self.cost}


@dataclass(frozen=True)
class Transfer:
    """Supply through a meter, which signed what it counted. Times are labels, UTC seconds."""

    number: int
    start_time: int
    end_time: int
    reading: SignedReading
    place: Place

    @property
    def energy_uwh(self) -> int:
        return self.reading.to_uwh - self.reading.from_uwh

    def document(self, head: Head) -> dict[str, Any]:
        return _flat(self) | {
            "reading": self.reading.to_json(),
            "energy_uwh": self.energy_uwh,
            "trade": "0x" + supply_id(head, self.number).hex(),
        }


@dataclass(frozen=True)
class Acknowledgement:
    """The customer's word that energy arrived."""

    energy_uwh: int
    place: Place

    def document(self) -> dict[str, Any]:
        return _flat(self)


@dataclass(frozen=True)
class LedgerBill:
    """Everything in it that is not derived."""

    kind: ClassVar[str] = "ledger"
    head: Head
    storage: Storage
    purchases: tuple[Purchase, ...]
    lines: tuple[Transfer, ...]
    acknowledgements: tuple[Acknowledgement, ...]

    def check_size(self) -> None:
        """BillMalformed if the rows do not fit a page."""
        rows = len(self.purchases) + len(self.lines) + len(self.acknowledgements)
        if rows > MAX_LINES:
            raise BillMalformed(f"{rows} rows, at most {MAX_LINES} fit a bill")

    def trades(self) -> list[bytes]:
        """Ids that the readings are signed for."""
        return [supply_id(self.head, line.number) for line in self.lines]

    def signed(self) -> Iterator[tuple[bytes, bytes, SignedReading]]:
        """Trade, meter, reading. Which meter it had to be is a fact of the chain."""
        for line, trade in zip(self.lines, self.trades(), strict=True):
            yield trade, line.reading.meter, line.reading

    def document(self) -> dict[str, Any]:
        """The JSON without the page's CID; all that can be derived is derived anew."""
        purchased = sum(row.energy_uwh for row in self.purchases)
        payment = sum(row.cost for row in self.purchases)
        totals = {
            "acknowledged_uwh": sum(row.energy_uwh for row in self.acknowledgements),
            "energy_uwh": sum(row.energy_uwh for row in self.lines),
            "payment": payment,
            "purchased_uwh": purchased,
        }
        return self.head.document(self.kind) | {
            "storage": self.storage.document(),
            "purchases": [row.document() for row in self.purchases],
            "lines": [line.document(self.head) for line in self.lines],
            "acknowledgements": [row.document() for row in self.acknowledgements],
            "totals": totals | self.head.compared(purchased, payment),
        }


def _flat(row: Storage | Purchase | Transfer | Acknowledgement) -> dict[str, Any]:
    found = {name: value for name, value in vars(row).items() if name != "place"}
    return found | asdict(row.place)


PLACE = ("block", "date", "transaction")


def read_ledger_bill(found: dict[str, Any]) -> LedgerBill:
    """BillMalformed names the field."""
    fields = Fields(found, "bill", *KEYS, "acknowledgements", "purchases", "storage")
    made = LedgerBill(
        read_head(fields),
        _storage(fields.part("storage"), "storage"),
        fields.rows("purchases", MAX_LINES, _purchase),
        fields.rows("lines", MAX_LINES, _transfer),
        fields.rows("acknowledgements", MAX_LINES, _acknowledgement),
    )
    made.check_size()
    return made


def _storage(found: object, where: str) -> Storage:
    numbers = ("added_uwh", "capacity_uwh", "latitude_e6", "longitude_e6", "rate")
    fields = Fields(found, where, *numbers, *PLACE)
    return Storage(
        fields.number("added_uwh", UINT64),
        fields.number("capacity_uwh", UINT64),
        fields.number("latitude_e6", E6_LATITUDE, -E6_LATITUDE),
        fields.number("longitude_e6", E6_LONGITUDE, -E6_LONGITUDE),
        fields.number("rate", UINT96),
        Place.of(fields),
    )


def _purchase(found: object, where: str) -> Purchase:
    fields = Fields(found, where, "cost", "energy_uwh", "rate", *PLACE)
    energy, rate = fields.number("energy_uwh", UINT64), fields.number("rate", UINT96)
    return Purchase(energy, rate, Place.of(fields))


def _transfer(found: object, where: str) -> Transfer:
    times = ("start_time", "end_time")
    fields = Fields(found, where, "number", *times, "reading", "energy_uwh", "trade", *PLACE)
    start, end = (fields.number(name, UINT40) for name in times)
    reading = fields.message("reading", SignedReading.from_json)
    return Transfer(fields.number("number", UINT256), start, end, reading, Place.of(fields))


def _acknowledgement(found: object, where: str) -> Acknowledgement:
    fields = Fields(found, where, "energy_uwh", *PLACE)
    return Acknowledgement(fields.number("energy_uwh", UINT64), Place.of(fields))
