"""The policy that the command writes: exactly the calls of a role, money only where it must be."""

import pytest

from normal_world.chain import abi
from normal_world.chain.address_book import AddressBook
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.rules import rules_for

BOOK = AddressBook(31337, "0x" + "11" * 20, "0x" + "33" * 20, "0x" + "22" * 20, 1, 10, 300, 1000)
TOKEN, MARKET = bytes([0x11]) * 20, bytes([0x22]) * 20


def allowed(*roles: str) -> dict[tuple[bytes, bytes], int]:
    rules = rules_for(roles, BOOK, 9_900)
    assert {rule.chain_id for rule in rules} == {31337}
    return {(rule.to, rule.selector): rule.max_value for rule in rules}


def market(function: str) -> tuple[bytes, bytes]:
    return MARKET, abi.selector(abi.entry("EnergyMarket", "function", function))


def token(function: str) -> tuple[bytes, bytes]:
    return TOKEN, abi.selector(abi.entry("EnergyToken", "function", function))


def test_a_seller_moves_no_money_and_no_tokens() -> None:
    rules = allowed("seller")
    assert market("offer") in rules
    assert set(rules.values()) == {0}
    assert all(to == MARKET for to, _ in rules)


def test_a_buyer_may_carry_money_into_buying_tokens_only() -> None:
    rules = allowed("buyer")
    assert rules[token("buyTokens")] == 9_900
    assert {call for call, value in rules.items() if value} == {token("buyTokens")}
    assert market("offer") not in rules


def test_nobody_may_transfer_tokens_or_touch_the_proceeds() -> None:
    rules = allowed("seller", "buyer")
    for function in ("transfer", "transferFrom", "permit", "withdraw"):
        assert token(function) not in rules


def test_both_sides_may_settle_report_and_close() -> None:
    for role in ("seller", "buyer"):
        assert {market("settle"), market("report"), market("close")} <= allowed(role).keys()


def test_both_roles_together_name_each_call_once() -> None:
    rules = rules_for(["seller", "buyer"], BOOK, 1)
    assert len({(rule.to, rule.selector) for rule in rules}) == len(rules)


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(UsageInvalid, match="seller or buyer"):
        rules_for(["operator"], BOOK, 0)
