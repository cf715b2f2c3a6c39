"""A bill of the market's trades between one seller and one purchaser."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from normal_world.bills.fields import Fields
from normal_world.bills.head import KEYS, MAX_LINES, Head, Place, read_head
from secure_world.protocol import SignedReading, Terms, payment_rounded_down

LINE = ("block", "buyer", "date", "energy_uwh", "payment", "seller", "terms", "trade")


@dataclass(frozen=True)
class MarketLine:
    """A trade: its terms, both FINAL readings, and where it was settled."""

    terms: Terms
    seller: SignedReading
    buyer: SignedReading
    place: Place

    @property
    def energy_uwh(self) -> int:
        """What the buyer's meter received, at most the amount agreed."""
        return min(self.buyer.to_uwh - self.buyer.from_uwh, self.terms.amount_uwh)

    @property
    def payment(self) -> int:
        """Base units."""
        return payment_rounded_down(self.energy_uwh, self.terms.price)

    def document(self, head: Head) -> dict[str, Any]:
        return asdict(self.place) | {
            "terms": self.terms.to_json(),
            "seller": self.seller.to_json(),
            "buyer": self.buyer.to_json(),
            "trade": "0x" + self.terms.trade_id(*head.where).hex(),
            "energy_uwh": self.energy_uwh,
            "payment": self.payment,
        }


@dataclass(frozen=True)
class MarketBill:
    """Everything in it that is not derived."""

    kind: ClassVar[str] = "market"
    head: Head
    lines: tuple[MarketLine, ...]

    def trades(self) -> list[bytes]:
        """Ids, recomputed from the terms."""
        return [line.terms.trade_id(*self.head.where) for line in self.lines]

    def signed(self) -> Iterator[tuple[bytes, bytes, SignedReading]]:
        """Trade, the meter that must have signed, and what is said to be its reading."""
        for line, trade in zip(self.lines, self.trades(), strict=True):
            yield trade, line.terms.seller_meter, line.seller
            yield trade, line.terms.buyer_meter, line.buyer

    def document(self) -> dict[str, Any]:
        """The JSON without the page's CID; all that can be derived is derived anew."""
        energy, payment = (
            sum(line.energy_uwh for line in self.lines),
            sum(line.payment for line in self.lines),
        )
        totals = {"energy_uwh": energy, "payment": payment}
        totals_compared = totals | self.head.compared(energy, payment)
        lines = [line.document(self.head) for line in self.lines]
        return self.head.document(self.kind) | {"lines": lines, "totals": totals_compared}


def read_market_bill(found: dict[str, Any]) -> MarketBill:
    """BillMalformed names the field."""
    fields = Fields(found, "bill", *KEYS)
    return MarketBill(read_head(fields), fields.rows("lines", MAX_LINES, _line))


def _line(found: object, where: str) -> MarketLine:
    fields = Fields(found, where, *LINE, "transaction")
    seller, buyer = (fields.message(name, SignedReading.from_json) for name in ("seller", "buyer"))
    return MarketLine(fields.message("terms", Terms.from_json), seller, buyer, Place.of(fields))
