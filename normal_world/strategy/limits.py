"""The built-in strategy: by price limits, state of charge and time.

It sells within its times, above its charge threshold, at its price; it buys what others offer
within its price. It never does both at once, and takes back its offers when their time is over.
"""

from collections.abc import Sequence

from normal_world.strategy import limits_settings
from normal_world.strategy.charge import Hysteresis
from normal_world.strategy.gate import excess, hindrance, shortage
from normal_world.strategy.intent import Buy, Intent, Sell, Wait, Withdraw
from normal_world.strategy.interface import Settings
from normal_world.strategy.limits_settings import BuyRule, LimitsSettings, SellRule, Side
from normal_world.strategy.situation import OwnOffer, Situation
from normal_world.strategy.words import clock, energy, percent, price


class Limits:
    """Remembers one thing: on which side of its charge thresholds each rule is."""

    def __init__(self, settings: LimitsSettings) -> None:
        self._settings = settings
        self._sell_charge = _switch(settings.sell, rising=True)
        self._buy_charge = _switch(settings.buy, rising=False)

    @classmethod
    def of_settings(cls, settings: Settings) -> "Limits":
        """From [strategy] of node.toml."""
        return cls(limits_settings.read_limits(settings))

    def describe(self) -> Sequence[str]:
        return limits_settings.describe(self._settings)

    def decide(self, situation: Situation) -> Intent:
        """Withdraw what is over, else sell or buy, else the reason why not."""
        self._feel(situation)
        for offer in situation.own_offers:
            over = self._over(offer, situation)
            if offer.by_strategy and over:
                return Withdraw(offer.offer_id, over)
        busy = hindrance(situation) or self._busy(situation)
        if busy:
            return Wait(busy)
        sell, buy = self._sell(situation), self._buy(situation)
        if isinstance(sell, Sell) and isinstance(buy, Buy):
            return Wait("both rules hold now, and never both at once: set them apart")
        if isinstance(sell, Sell):
            return sell
        if isinstance(buy, Buy):
            return buy
        return Wait("; ".join(reason for reason in (sell, buy) if reason))

    # -- what both rules share ---------------------------------------------------------------
    def _feel(self, situation: Situation) -> None:
        if situation.soc_permille is not None:
            for switch in (self._sell_charge, self._buy_charge):
                if switch is not None:
                    switch.feel(situation.soc_permille)

    def _busy(self, situation: Situation) -> str:
        since_s, interval_s = situation.since_order_s, self._settings.interval_s
        if since_s is not None and since_s < interval_s:
            return f"last order {since_s:.0f} s ago, {interval_s:g} s between orders"
        return ""

    def _not_now(
        self, rule: Side, switch: Hysteresis | None, situation: Situation, used_uwh: int
    ) -> str:
        """Why a rule does not hold at this moment; "" when it does."""
        if not rule.times.hold(situation.minute, situation.weekday):
            return f"it is {clock(situation.minute)}, times are {rule.times}"
        if rule.charge is not None and switch is not None:
            if situation.soc_permille is None:
                return f"state of charge not known: {situation.soc_unknown}"
            if not switch.active:
                begin = percent(rule.charge.start)
                return f"charge is {percent(situation.soc_permille)}, begins at {begin}"
        if rule.day_uwh is not None and used_uwh + rule.amount_uwh > rule.day_uwh:
            return f"{energy(used_uwh)} today already, {energy(rule.day_uwh)} a day at most"
        return ""

    # -- selling -----------------------------------------------------------------------------
    def _sell(self, situation: Situation) -> Sell | str:
        rule = self._settings.sell
        if rule is None:
            return ""
        open_now = len(situation.own_offers)
        if open_now >= self._settings.max_open:
            return f"not selling: {open_now} of at most {self._settings.max_open} offers open"
        offered = sum(offer.amount_uwh for offer in situation.own_offers)
        used = situation.exported_today_uwh + offered
        no = self._not_now(rule, self._sell_charge, situation, used)
        no = no or excess(situation, rule.amount_uwh)
        if no:
            return f"not selling: {no}"
        asked = _asked(rule, situation)
        why = f"sells {energy(rule.amount_uwh)} at {price(asked)}{_charge_now(rule, situation)}"
        return Sell(rule.amount_uwh, asked, why, rule.min_credit)

    def _over(self, offer: OwnOffer, situation: Situation) -> str:
        """Why an own offer must not stand any longer; "" while it may."""
        rule = self._settings.sell
        if rule is None:
            return "[strategy.sell] is not there any more"
        if situation.safe_mode:
            return "safe mode: it does not trade"
        if not rule.times.hold(situation.minute, situation.weekday):
            return f"it is {clock(situation.minute)}, times are {rule.times}"
        soc = situation.soc_permille  # the switch forgets in a restart, the threshold does not
        if soc is not None and rule.charge is not None and soc < rule.charge.stop:
            return f"charge has fallen to {percent(soc)}"
        if offer.price < rule.min_price:
            return f"{price(offer.price)} is less than min_price now"
        return ""

    # -- buying ------------------------------------------------------------------------------
    def _buy(self, situation: Situation) -> Buy | str:
        rule = self._settings.buy
        if rule is None:
            return ""
        no = self._not_now(rule, self._buy_charge, situation, situation.imported_today_uwh)
        if not no and situation.own_offers:
            no = "an own offer waits for a buyer"
        no = no or excess(situation, rule.least_uwh)
        if no:
            return f"not buying: {no}"
        within = [offer for offer in situation.market if offer.price <= rule.price]
        there = sum(offer.amount_uwh for offer in within)
        amount = min(rule.amount_uwh, there)
        if amount < rule.least_uwh:
            return f"not buying: {energy(there)} offered at up to {price(rule.price)}"
        no = excess(situation, amount) or shortage(situation, amount, rule.price)
        if no:
            return f"not buying: {no}"
        return Buy(amount, rule.price, _bought(rule, amount, within[0].price, situation))


def _switch(rule: Side | None, *, rising: bool) -> Hysteresis | None:
    if rule is None or rule.charge is None:
        return None
    return Hysteresis(rule.charge.start, rule.charge.stop, rising=rising)


def _asked(rule: SellRule, situation: Situation) -> int:
    """The rule's price, or what the cheapest other asks if that is less, never below the floor."""
    cheapest = min((offer.price for offer in situation.market), default=rule.price)
    return max(rule.min_price, min(rule.price, cheapest))


def _bought(rule: BuyRule, amount: int, cheapest: int, situation: Situation) -> str:
    begin = f"buys {energy(amount)}, offered from {price(cheapest)} on"
    return begin + _charge_now(rule, situation)


def _charge_now(rule: Side, situation: Situation) -> str:
    known = rule.charge is not None and situation.soc_permille is not None
    return f", charge {percent(situation.soc_permille or 0)}" if known else ""
