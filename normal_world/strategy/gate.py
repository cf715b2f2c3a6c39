"""What binds every strategy, the built-in one and plug-ins alike."""

from normal_world.strategy.errors import StrategyFailed
from normal_world.strategy.intent import Buy, Intent, Sell, Wait, Withdraw
from normal_world.strategy.situation import Situation
from normal_world.strategy.words import energy, money

AMOUNT_MAX = 2**64 - 1
PRICE_MAX = 2**96 - 1
CREDIT_MAX = 65_535
UWH_PER_KWH = 10**9


def hindrance(situation: Situation) -> str:
    """Why nothing may be sold or bought now, whatever the strategy wants; "" when nothing is."""
    if situation.safe_mode:
        return "safe mode: it does not trade"
    if situation.meter_fault:
        return f"the meter does not measure: {situation.meter_fault}"
    if not situation.calibrated:
        return "the meter is not calibrated"
    if situation.open_trades:
        return "a trade is open"
    if situation.orders:
        return f"order {situation.orders[0].key} is not final yet"
    if situation.tokens is None or situation.wei is None:
        return "the account's balance is not known"
    return situation.held


def excess(situation: Situation, amount_uwh: int) -> str:
    """Why the owner's ceilings forbid an order of this amount; "" when they do not."""
    limits = situation.limits
    if amount_uwh > limits.max_trade_uwh:
        ceiling = f"[limits] max_trade_uwh allows {energy(limits.max_trade_uwh)}"
        return f"{energy(amount_uwh)} is too much: {ceiling}"
    used = situation.last_day_uwh + sum(offer.amount_uwh for offer in situation.own_offers)
    if used + amount_uwh > limits.max_day_uwh:
        ceiling = f"[limits] max_day_uwh allows {energy(limits.max_day_uwh)}"
        return f"{energy(amount_uwh)} more after {energy(used)} in 24 hours: {ceiling}"
    return ""


def cost(amount_uwh: int, price: int) -> int:
    """Most base units that the escrow of a purchase can take."""
    return amount_uwh * price // UWH_PER_KWH


def shortage(situation: Situation, amount_uwh: int, price: int) -> str:
    """Why the account cannot pay that; "" when it can. A wei buys a base unit of tokens."""
    needed, there = cost(amount_uwh, price), (situation.tokens or 0) + (situation.wei or 0)
    return "" if needed <= there else f"it may cost {money(needed)}, the account has {money(there)}"


def admit(intent: Intent, situation: Situation) -> Intent:
    """The intent, or a Wait that says what forbids it; StrategyFailed when it is nonsense."""
    if type(intent) not in (Sell, Buy, Withdraw, Wait):
        raise StrategyFailed(f"answered {intent!r:.80}, an intent expected")
    _text(intent.reason)
    if isinstance(intent, Wait):
        return intent
    if isinstance(intent, Withdraw):
        return _withdrawal(intent, situation)
    _whole("amount_uwh", intent.amount_uwh, 1, AMOUNT_MAX)
    if isinstance(intent, Sell):
        _whole("price", intent.price, 1, PRICE_MAX)
        _whole("min_credit", intent.min_credit, 0, CREDIT_MAX)
        forbidden = hindrance(situation) or excess(situation, intent.amount_uwh)
    else:
        _whole("max_price", intent.max_price, 1, PRICE_MAX)
        forbidden = hindrance(situation) or _no_purchase(intent, situation)
    return Wait(forbidden) if forbidden else intent


def _no_purchase(intent: Buy, situation: Situation) -> str:
    if situation.own_offers:
        return "an own offer waits for a buyer: never buys and sells at once"
    return excess(situation, intent.amount_uwh) or shortage(
        situation, intent.amount_uwh, intent.max_price
    )


def _withdrawal(intent: Withdraw, situation: Situation) -> Intent:
    own = {offer.offer_id for offer in situation.own_offers if offer.by_strategy}
    if intent.offer_id not in own:
        raise StrategyFailed(f"withdraws offer {intent.offer_id!r:.40}, which is none of its own")
    if situation.orders:
        return Wait(f"order {situation.orders[0].key} is not final yet")
    return intent


def _whole(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise StrategyFailed(
            f"{name} = {value!r:.80}, a whole number from {low} to {high} expected"
        )


def _text(reason: object) -> None:
    if not isinstance(reason, str) or not reason.isprintable():
        raise StrategyFailed(f"reason = {reason!r:.80}, a line of text expected")
