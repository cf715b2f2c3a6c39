"""Seed 002: a household produces, is rewarded, and buys energy from the grid operator.

The household's account is a contract of its own (Prosumer): rewards come to it, and only the
household spends them.
"""

import secrets
from typing import Any

from eth_keys.datatypes import PrivateKey

from normal_world.chain.bindings import operator, prosumer, registry, smart_meter, token
from normal_world.chain.operator import Operator, enroll
from normal_world.errors import StateError
from normal_world.scenario.claims import sign_production
from normal_world.scenario.stage import MADE_FOR_IT, Stage

RATED_POWER_W = 2300
PRODUCED_UWH = 2_000_000  # 2 Wh: what the rated power gives within a few blocks
RESERVE = 10**18


def play(stage: Stage) -> dict[str, Any]:
    """Produce → reward → buy energy; StateError if the money is not where it belongs."""
    book, chain, host = stage.book, stage.chain, stage.host
    price, reward = (
        operator.price().ask(chain, book.operator),
        operator.reward().ask(chain, book.operator),
    )
    stage.note("operator", "sells and rewards at", price=price, reward=reward)
    stage.buy_tokens("operator", host, RESERVE)
    receipt = host.send(book.token, token.transfer(book.operator, RESERVE))
    stage.note("operator", "fills the reserve", receipt, base_units=RESERVE)

    household = stage.person("household")
    receipt = household.send(None, prosumer.create(household.account))
    home = receipt.contract or ""
    stage.note("household", "opens its account, a Prosumer contract", receipt, account=home)
    key = PrivateKey(secrets.token_bytes(32))
    meter = key.public_key.to_address()
    receipt = enroll(host, book, meter, home, feeder=1, rated_power_w=RATED_POWER_W, credit=10)
    stage.note("operator", "enrols the meter", receipt, meter=meter, key=MADE_FOR_IT)

    _produce(stage, household, key, reward)
    earned = stage.tokens(home)
    bought_uwh = earned * 10**9 // price  # as much as the reward pays for
    call = prosumer.pay_for_energy(operator=book.operator, amount_uwh=bought_uwh, max_price=price)
    receipt = household.send(home, call)
    paid = earned - stage.tokens(home)
    stage.note(
        "household", "buys energy with its reward", receipt, energy_uwh=bought_uwh, paid=paid
    )
    reserve = stage.tokens(book.operator)
    if earned != PRODUCED_UWH * reward // 10**9 or reserve != RESERVE - earned + paid:
        raise StateError(
            f"reserve {reserve}, expected {RESERVE} - {earned} + {paid}", "SCENARIO-MONEY"
        )
    return stage.told(
        produced_uwh=PRODUCED_UWH, earned=earned, bought_uwh=bought_uwh, paid=paid, reserve=reserve
    )


def _produce(stage: Stage, household: Operator, key: PrivateKey, reward: int) -> None:
    """The meter's signed claim is rewarded once, and once only, and nobody else's is."""
    book, chain = stage.book, stage.chain
    meter = key.public_key.to_address()
    begin = registry.claimed_up_to(meter, 1).ask(chain, book.registry)

    def claim(signer: PrivateKey) -> bytes:
        r, vs = sign_production(
            signer,
            chain_id=chain.chain_id,
            registry=book.registry,
            consumer=book.operator,
            interval_uwh=(begin, begin + PRODUCED_UWH),
            number=1,
            min_reward=reward,
        )
        return smart_meter.report_production(
            meter=meter, from_=begin, to=begin + PRODUCED_UWH, number=1, min_reward=reward,
            r=r, vs=vs,
        )  # fmt: skip

    stage.refused(
        "stranger",
        "reports production that the meter did not sign",
        lambda: household.send(book.smart_meter, claim(PrivateKey(secrets.token_bytes(32)))),
    )
    receipt = household.send(book.smart_meter, claim(key))
    paid = PRODUCED_UWH * reward // 10**9
    stage.note("meter", "reports production, and is rewarded", receipt,
               energy_uwh=PRODUCED_UWH, paid=paid)  # fmt: skip
    stage.refused(
        "household",
        "reports the same production again",
        lambda: household.send(book.smart_meter, claim(key)),
    )
