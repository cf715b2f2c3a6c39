"""The settings of the `limits` strategy: its tables in node.toml, checked, and in plain words."""

from dataclasses import dataclass

from normal_world.strategy.gate import AMOUNT_MAX, CREDIT_MAX, PRICE_MAX
from normal_world.strategy.interface import Settings
from normal_world.strategy.windows import ALWAYS, Times, WrongTime, read_times
from normal_world.strategy.words import energy, percent, price

UNSET = -1
OPEN_MAX = 64


@dataclass(frozen=True)
class Charge:
    """Thresholds, permille: begin at `start`, stop beyond `stop`."""

    start: int
    stop: int


@dataclass(frozen=True)
class Side:
    """One of the two rules. `price` is what is asked, or the most that is paid."""

    amount_uwh: int
    price: int
    times: Times
    charge: Charge | None
    day_uwh: int | None


@dataclass(frozen=True)
class SellRule(Side):
    min_price: int
    min_credit: int


@dataclass(frozen=True)
class BuyRule(Side):
    least_uwh: int


@dataclass(frozen=True)
class LimitsSettings:
    """`interval_s` between orders; `max_open` own offers at a time."""

    interval_s: float
    max_open: int
    sell: SellRule | None
    buy: BuyRule | None


def read_limits(settings: Settings) -> LimitsSettings:
    """Parse [strategy] of node.toml; what is wrong is noted there."""
    sell, buy = settings.table("sell"), settings.table("buy")
    found = LimitsSettings(
        interval_s=settings.positive("interval_s", float, 300.0),
        max_open=settings.between("max_open", int, 1, OPEN_MAX, 1),
        sell=_sell(sell) if sell.present else None,
        buy=_buy(buy) if buy.present else None,
    )
    if not (sell.present or buy.present):
        settings.wrong("sell", "[strategy.sell], [strategy.buy] or both expected")
    _apart(found, buy)
    for table in (sell, buy, settings):
        table.done()
    return found


def describe(found: LimitsSettings) -> list[str]:
    """A line each, in plain words."""
    lines = []
    if (sell := found.sell) is not None:
        asked = f"asks {price(sell.price)}"
        floor = "" if sell.min_price == sell.price else f", never less than {price(sell.min_price)}"
        lines += [f"sells {energy(sell.amount_uwh)} an offer, {sell.times}"]
        lines += [f"  {asked}{floor}", *_charge(sell, "from", "down to")]
        lines += [f"  only to buyers with credit {sell.min_credit}"] if sell.min_credit else []
    if (buy := found.buy) is not None:
        least = "" if buy.least_uwh == buy.amount_uwh else f", or at least {energy(buy.least_uwh)}"
        lines += [f"buys {energy(buy.amount_uwh)} at a time{least}, {buy.times}"]
        lines += [f"  pays {price(buy.price)} at most", *_charge(buy, "at and below", "up to")]
    return [*lines, f"at most {found.max_open} offers open, {found.interval_s:g} s between orders"]


def _charge(side: Side, begin: str, end: str) -> list[str]:
    lines = [] if side.day_uwh is None else [f"  at most {energy(side.day_uwh)} a day"]
    if side.charge is None:
        return lines
    start, stop = percent(side.charge.start), percent(side.charge.stop)
    return [*lines, f"  begins {begin} {start} of charge, goes on {end} {stop}"]


def _sell(table: Settings) -> SellRule:
    asked = table.between("price", int, 1, PRICE_MAX)
    return SellRule(
        amount_uwh=table.between("amount_uwh", int, 1, AMOUNT_MAX),
        price=asked,
        times=_times(table),
        charge=_thresholds(table, falling=False),
        day_uwh=_day(table),
        min_price=_at_most(table, "min_price", "price", asked),
        min_credit=table.between("min_credit", int, 0, CREDIT_MAX, 0),
    )


def _buy(table: Settings) -> BuyRule:
    amount_uwh = table.between("amount_uwh", int, 1, AMOUNT_MAX)
    return BuyRule(
        amount_uwh=amount_uwh,
        price=table.between("max_price", int, 1, PRICE_MAX),
        times=_times(table),
        charge=_thresholds(table, falling=True),
        day_uwh=_day(table),
        least_uwh=_at_most(table, "least_uwh", "amount_uwh", amount_uwh),
    )


def _at_most(table: Settings, key: str, other: str, most: int) -> int:
    """A value from 1 to that of another key, which it is when it is absent."""
    known = most if table.sound(other) else PRICE_MAX  # one mistake, one line
    return table.between(key, int, 1, known, most)


def _times(table: Settings) -> Times:
    windows, days = table.strings("windows"), table.strings("days")
    try:
        return read_times(windows, days)
    except WrongTime as error:
        table.wrong(error.key, str(error))
        return ALWAYS


def _day(table: Settings) -> int | None:
    day_uwh = table.between("day_uwh", int, UNSET, AMOUNT_MAX, UNSET)
    return None if day_uwh == UNSET else day_uwh


def _thresholds(table: Settings, *, falling: bool) -> Charge | None:
    """Percent in the file; a seller begins high and stops low, a buyer the other way round."""
    start = table.between("start_soc", int, UNSET, 100, UNSET)
    stop = table.between("stop_soc", int, UNSET, 100, UNSET)
    if start == stop == UNSET:
        return None
    if min(start, stop) < 0 or (stop < start if falling else start < stop):
        order = "start_soc ≤ stop_soc" if falling else "start_soc ≥ stop_soc"
        table.wrong("start_soc", f"start_soc and stop_soc, 0 to 100, {order} expected")
    return Charge(start * 10, stop * 10)


def _apart(found: LimitsSettings, buy: Settings) -> None:
    """What is bought must not be what is sold at once: else the node trades in circles."""
    sells = found.sell and found.sell.charge
    buys = found.buy and found.buy.charge
    if sells and buys and buys.stop > sells.start and buy.sound("start_soc", "stop_soc"):
        buy.wrong("stop_soc", "at most [strategy.sell] start_soc expected: else it buys to sell")
