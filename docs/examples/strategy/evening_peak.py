"""Sells in the evening, when everybody cooks, and buys at night, when nobody does."""

from normal_world.strategy.intent import Buy, Intent, Sell, Wait
from normal_world.strategy.interface import Settings
from normal_world.strategy.situation import Situation

EVENING = range(18 * 60, 22 * 60)  # minutes of the local day
NIGHT = range(1 * 60, 5 * 60)


class EveningPeak:
    """Made once, of the node's [strategy] table; then asked every few seconds."""

    def __init__(self, settings: Settings) -> None:
        self._amount_uwh = settings.positive("amount_uwh", int)
        self._price = settings.positive("price", int)
        self._keep = settings.between("keep_soc", int, 0, 100, 50) * 10
        settings.done()

    def describe(self) -> list[str]:
        return [
            f"sells {self._amount_uwh} µWh an offer from 18:00 to 22:00",
            f"  while the battery has more than {self._keep // 10} %",
            "buys half as dear from 01:00 to 05:00",
        ]

    def decide(self, situation: Situation) -> Intent:
        """Ceilings, open trades, balance: the node sees to them, whatever is answered here."""
        if situation.own_offers:
            return Wait("an offer is open")
        if situation.minute in EVENING:
            return self._sell(situation)
        if situation.minute in NIGHT:
            return self._buy(situation)
        return Wait("neither evening nor night")

    def _sell(self, situation: Situation) -> Intent:
        if situation.soc_permille is None:
            return Wait(f"state of charge not known: {situation.soc_unknown}")
        if situation.soc_permille <= self._keep:
            return Wait("the rest of the charge is for this house")
        return Sell(self._amount_uwh, self._price, "it is evening")

    def _buy(self, situation: Situation) -> Intent:
        most = max(1, self._price // 2)
        there = sum(offer.amount_uwh for offer in situation.market if offer.price <= most)
        if there < self._amount_uwh:
            return Wait("nobody sells cheaply enough")
        return Buy(self._amount_uwh, most, "it is night")
