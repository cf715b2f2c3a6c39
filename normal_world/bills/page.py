"""What stands on a bill's page, in words; pdf.py draws it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from normal_world.bills.amounts import energy_unit, money_unit
from normal_world.bills.head import Head
from normal_world.bills.ledger_bill import LedgerBill
from normal_world.bills.market_bill import MarketBill

Row = tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: its length is `value` against the longest."""

    name: str
    value: int
    told: str


@dataclass(frozen=True)
class Page:
    """`parties`: heading and lines of the two. `mark`: SHA-256 of the JSON without `pdf`."""

    title: str
    issued: str
    mark: str
    parties: tuple[Row, Row]
    paid: str
    notes: Row
    columns: Row
    rows: tuple[Row, ...]
    totals: Row
    energy_title: str
    energy: tuple[Bar, ...]
    prices: tuple[Bar, ...]
    facts: Row
    ids_title: str
    ids: Row


def page_of(bill: "MarketBill | LedgerBill", mark: str) -> Page:
    """The page of a bill; the same for the same bill, always."""
    return _market(bill, mark) if isinstance(bill, MarketBill) else _ledger(bill, mark)


def _market(bill: MarketBill, mark: str) -> Page:
    head, lines = bill.head, bill.lines
    energy, paid = sum(line.energy_uwh for line in lines), sum(line.payment for line in lines)
    watt_hours = energy_unit([line.energy_uwh for line in lines])
    money = money_unit([line.payment for line in lines])
    price = money_unit([line.terms.price for line in lines])
    rows = tuple(
        (
            str(number),
            line.place.date,
            f"block {line.place.block}",
            watt_hours.told(line.energy_uwh, unit=False),
            price.told(line.terms.price, unit=False),
            money.told(line.payment, unit=False),
        )
        for number, line in enumerate(lines, 1)
    )
    sellers = sorted({"0x" + line.terms.seller_meter.hex() for line in lines})
    buyers = sorted({"0x" + line.terms.buyer_meter.hex() for line in lines})
    return Page(
        title="Energy bill",
        issued=head.labels.issued,
        mark=mark,
        parties=(
            ("Seller", head.labels.issuer, f"account {head.issuer}", *_meters(sellers)),
            ("Purchaser", head.labels.purchaser, f"account {head.purchaser}", *_meters(buyers)),
        ),
        paid=f"{money.told(paid)} for {watt_hours.told(energy)}",
        notes=(
            "Paid from the market's escrow when the trades were settled: nothing is left to pay.",
            *_saved(head, energy, paid),
        ),
        columns=("", "date", "settled", watt_hours.name, "token / kWh", "token"),
        rows=rows,
        totals=("", "total", "", watt_hours.told(energy, unit=False), "",
                money.told(paid, unit=False)),
        energy_title="Energy of each trade",
        energy=tuple(
            Bar(str(number), line.energy_uwh, watt_hours.told(line.energy_uwh))
            for number, line in enumerate(lines, 1)
        ),
        prices=_prices(head, energy, paid),
        facts=(
            "Both meters signed each trade's FINAL reading; energy is what the purchaser's meter "
            "received, at most the amount agreed.",
            f"Chain {head.chain_id}, market {head.contract}",
        ),
        ids_title="Trades",
        ids=tuple("0x" + trade.hex() for trade in bill.trades()),
    )  # fmt: skip


def _ledger(bill: LedgerBill, mark: str) -> Page:
    head = bill.head
    bought, paid = (
        sum(row.energy_uwh for row in bill.purchases),
        sum(row.cost for row in bill.purchases),
    )
    supplied = sum(row.energy_uwh for row in bill.lines)
    arrived = sum(row.energy_uwh for row in bill.acknowledgements)
    watt_hours = energy_unit([bought, supplied, arrived])
    money = money_unit([row.cost for row in bill.purchases])
    price = money_unit([row.rate for row in bill.purchases])
    rows: list[Row] = [
        ("", row.place.date, "purchased", watt_hours.told(row.energy_uwh, unit=False),
         price.told(row.rate, unit=False), money.told(row.cost, unit=False))
        for row in bill.purchases
    ]  # fmt: skip
    rows += [
        (str(row.number), _span(row.start_time, row.end_time), "supplied",
         watt_hours.told(row.energy_uwh, unit=False), "", "")
        for row in bill.lines
    ]  # fmt: skip
    rows += [
        ("", row.place.date, "acknowledged", watt_hours.told(row.energy_uwh, unit=False), "", "")
        for row in bill.acknowledgements
    ]
    meters = sorted({"0x" + row.reading.meter.hex() for row in bill.lines})
    return Page(
        title="Energy bill",
        issued=head.labels.issued,
        mark=mark,
        parties=(
            ("Grid", head.labels.issuer, f"account {head.issuer}", _location(bill)),
            ("Customer", head.labels.purchaser, f"account {head.purchaser}", *_meters(meters)),
        ),
        paid=f"{money.told(paid)} for {watt_hours.told(bought)}",
        notes=(
            "Paid when it was purchased: nothing is left to pay.",
            f"Supplied {watt_hours.told(supplied)}, acknowledged {watt_hours.told(arrived)}.",
            *_saved(head, bought, paid),
        ),
        columns=("", "date", "", watt_hours.name, "token / kWh", "token"),
        rows=tuple(rows),
        totals=("", "purchased", "", watt_hours.told(bought, unit=False), "",
                money.told(paid, unit=False)),
        energy_title="Purchased, supplied, acknowledged",
        energy=(
            Bar("purchased", bought, watt_hours.told(bought)),
            Bar("supplied", supplied, watt_hours.told(supplied)),
            Bar("acknowledged", arrived, watt_hours.told(arrived)),
        ),
        prices=_prices(head, bought, paid),
        facts=(
            "The meter signed what went through it; purchases, supply and acknowledgement are "
            "events of the ledger.",
            f"Chain {head.chain_id}, ledger {head.contract}",
        ),
        ids_title="Supplies, as their readings name them",
        ids=tuple("0x" + trade.hex() for trade in bill.trades()),
    )  # fmt: skip


def _meters(meters: list[str]) -> list[str]:
    more = f" and {len(meters) - 1} more" if len(meters) > 1 else ""
    return [f"meter {meters[0]}{more}"]


def _location(bill: LedgerBill) -> str:
    north, east = bill.storage.latitude_e6, bill.storage.longitude_e6
    return f"storage at {north / 10**6:.6f}, {east / 10**6:.6f}"


def _saved(head: Head, energy_uwh: int, paid: int) -> Row:
    compared = head.compared(energy_uwh, paid)
    at_tariff, saved = compared["at_tariff"], compared["saved"]
    if at_tariff is None or saved is None:
        return ()
    money = money_unit([paid, at_tariff])
    word = "saved" if saved >= 0 else "more"
    told = f"The same at the grid's tariff: {money.told(at_tariff)}; {word}: "
    return (told + f"{money.told(abs(saved))}.",)


def _prices(head: Head, energy_uwh: int, paid: int) -> tuple[Bar, ...]:
    """What a kWh cost on the mean, and at the tariff."""
    if head.grid_tariff is None or not energy_uwh:
        return ()
    mean = paid * 10**9 // energy_uwh
    money = money_unit([mean, head.grid_tariff])
    return (
        Bar("this bill", mean, money.told(mean)),
        Bar("the grid", head.grid_tariff, money.told(head.grid_tariff)),
    )


def _span(start_s: int, end_s: int) -> str:
    start, end = (datetime.fromtimestamp(min(at, 253402300799), UTC) for at in (start_s, end_s))
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} – {last}"
