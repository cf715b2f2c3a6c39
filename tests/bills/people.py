"""Two households with meters, and a grid: bills of them with real signatures, without a chain."""

from dataclasses import dataclass, field

from eth_keys.datatypes import PrivateKey

from normal_world.bills.head import Head, Labels, Place
from normal_world.bills.ledger_bill import (
    Acknowledgement,
    LedgerBill,
    Purchase,
    Storage,
    Transfer,
    supply_id,
)
from normal_world.bills.market_bill import MarketBill, MarketLine
from secure_world.protocol import FINAL, Reading, SignedReading, Terms

CHAIN_ID, CONTRACT = 31337, "0x" + "33" * 20
PRICE, TARIFF, KWH = 15 * 10**16, 30 * 10**16, 10**9
ISSUER, PURCHASER = "0x" + "aa" * 20, "0x" + "bb" * 20


@dataclass(frozen=True)
class Meter:
    """A meter whose key the test holds."""

    number: int
    key: PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", PrivateKey(self.number.to_bytes(32, "big")))

    @property
    def id(self) -> bytes:
        return self.key.public_key.to_canonical_address()

    def sign(
        self, trade: bytes, begin: int, end: int, where: tuple[int, bytes], state: int = FINAL
    ) -> SignedReading:
        """Its reading of a trade, in the domain of a chain and a contract."""
        reading = Reading(trade, self.id, begin, end, 9, state)
        made = self.key.sign_msg_hash(reading.digest(*where))
        vs = made.s | made.v << 255
        signature = made.r.to_bytes(32, "big") + vs.to_bytes(32, "big")
        return SignedReading(trade, self.id, begin, end, 9, state, signature)


SELLER, BUYER = Meter(1), Meter(2)


def terms(number: int, amount_uwh: int, price: int = PRICE) -> Terms:
    """The number-th trade between the two."""
    ref = int.from_bytes(SELLER.id, "big") << 64 | number << 32 | 1
    return Terms(ref, BUYER.id, amount_uwh, price, 256 + number)


def place(number: int) -> Place:
    return Place(100 + number, f"2026-11-20 18:{number:02} UTC", f"0x{number:064x}")


def head(
    labels: Labels | None = None, tariff: int | None = TARIFF, contract: str = CONTRACT
) -> Head:
    labels = labels or Labels("2026-11-21", "Familie Müller", "Household 12")
    return Head(CHAIN_ID, contract, ISSUER, PURCHASER, labels, tariff)


def market_bill(*energies_uwh: int, top: Head | None = None) -> MarketBill:
    """A trade for each of these energies, all of them as agreed."""
    top = top or head()
    lines = []
    for number, energy in enumerate(energies_uwh or (KWH // 2,), 1):
        agreed = terms(number, energy)
        trade = agreed.trade_id(*top.where)
        sent = SELLER.sign(trade, 1000, 1000 + energy + 3, top.where)
        got = BUYER.sign(trade, 70, 70 + energy, top.where)
        lines.append(MarketLine(agreed, sent, got, place(number)))
    return MarketBill(top, tuple(lines))


def ledger_bill(energy_uwh: int = KWH // 2, top: Head | None = None) -> LedgerBill:
    """A purchase, a transfer, an acknowledgement."""
    top = top or head()
    reading = SELLER.sign(supply_id(top, 1), 5, 5 + energy_uwh, top.where)
    return LedgerBill(
        top,
        Storage(2 * KWH, 5 * KWH, 48_137_154, -11_576_124, PRICE, place(1)),
        (Purchase(energy_uwh, PRICE, place(2)),),
        (Transfer(1, 1_795_200_000, 1_795_203_600, reading, place(3)),),
        (Acknowledgement(energy_uwh, place(4)),),
    )
