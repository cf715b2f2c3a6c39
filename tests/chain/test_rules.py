"""Finality by network, fees from the node's word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.chain.fees import Fees, dynamic, legacy
from normal_world.chain.finality import ANVIL, EMBEDDED, KAIA, KAIROS, network
from normal_world.errors import ConfigError

MAINNET = 1


@pytest.mark.parametrize(
    ("setting", "chain_id", "confirmations", "legacy_fees"),
    [
        ("auto", EMBEDDED, 1, False),
        ("auto", ANVIL, 1, False),
        ("auto", KAIA, 1, True),
        ("auto", KAIROS, 1, True),
        ("auto", MAINNET, 0, False),
        ("confirmations:12", ANVIL, 12, False),
        ("confirmations:2", KAIA, 2, True),
        ("kaia", 4711, 1, True),
        ("finalized", ANVIL, 0, False),
    ],
)
def test_rules_of_the_networks(
    setting: str, chain_id: int, confirmations: int, legacy_fees: bool
) -> None:
    found = network(setting, chain_id)
    assert (found.confirmations, found.legacy_fees) == (confirmations, legacy_fees)


@pytest.mark.parametrize(
    "setting", ["", "soon", "confirmations:0", "confirmations:-1", "confirmations:١"]
)
def test_a_setting_that_is_none_is_refused(setting: str) -> None:
    with pytest.raises(ConfigError, match="finality") as caught:
        network(setting, ANVIL)
    assert caught.value.code == "CONFIG-FINALITY"


WEI = st.integers(0, 10**15)


@given(WEI, WEI, WEI, WEI)
def test_a_bump_outbids_the_old_fees_and_the_market(
    fee: int, tip: int, base: int, now: int
) -> None:
    old, market = Fees(fee + tip, tip), dynamic(base, now)
    new = old.bumped_up(market)
    assert new.max_fee * 1000 >= old.max_fee * 1125
    assert new.max_priority_fee * 1000 >= old.max_priority_fee * 1125
    assert new.max_fee > old.max_fee
    assert new.max_priority_fee > old.max_priority_fee
    assert new.max_fee >= market.max_fee
    assert new.max_fee >= new.max_priority_fee


@given(WEI, WEI)
def test_a_legacy_bump_stays_legacy(price: int, market: int) -> None:
    new = legacy(price).bumped_up(legacy(market))
    assert new.legacy
    assert new.max_fee == new.max_priority_fee
    assert new.max_fee * 1000 >= price * 1125
    assert new.max_fee >= market
