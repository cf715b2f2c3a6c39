"""What the policy allows beside the market: each use's calls and claims, bounded, in words."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.chain import abi
from normal_world.cli import claim_rules, policy_changes, policy_words
from normal_world.cli.claim_rules import MOST_PRICE, USES
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.rules import rules_for
from secure_world.policy_check import Law
from secure_world.policy_paper import read_rules
from secure_world.policy_rules import MAX_CALLS
from secure_world.protocol import EXPORT, IMPORT, ClaimRule, Rules, encode_rlp
from tests.cli.test_rules import (
    BOOK,
    METER,
    MOST_UWH,
    OTHER,
    PRICE,
    TOKEN,
    hexadecimal,
    token,
    verdict,
    wishes,
)

AUCTION, OPERATOR, SMART_METER, LEDGER = (bytes([number]) * 20 for number in range(0x44, 0x48))
FULL = replace(
    BOOK,
    auction=hexadecimal(AUCTION),
    operator=hexadecimal(OPERATOR),
    smart_meter=hexadecimal(SMART_METER),
    ledger=hexadecimal(LEDGER),
)
REGISTRY = bytes.fromhex(BOOK.registry[2:])
GRID = b"\x48" * 20
OWN, STRANGER = hexadecimal(METER), hexadecimal(OTHER)


def rules(*uses: str, roles: tuple[str, ...] = ("seller", "buyer"), **changes: Any) -> Rules:
    grids = {"grids": (GRID, OTHER)} if "grid" in uses else {}
    return rules_for(wishes(*roles, uses=uses, **(grids | changes)), FULL, METER)


def data(contract: str, function: str, *arguments: Any) -> bytes:
    return abi.encode(contract, function, arguments)


def test_without_a_use_the_policy_is_that_of_the_market() -> None:
    assert rules() == rules_for(wishes("seller", "buyer"), BOOK, METER)
    assert rules().claims == ()


def test_claims_of_the_auction_are_those_of_the_roles() -> None:
    sells = ClaimRule(AUCTION, EXPORT, PRICE // 2, MOST_PRICE)
    buys = ClaimRule(AUCTION, IMPORT, 0, PRICE)
    assert rules("auction").claims == (sells, buys)
    assert rules("auction", roles=("seller",)).claims == (sells,)
    assert rules("auction", roles=("buyer",)).claims == (buys,)
    own = rules("auction", sell_floor=7, buy_ceiling=9).claims
    assert own == (sells.replace(min_price=7), buys.replace(max_price=9))
    assert rules("auction").registry == REGISTRY


def test_a_reward_is_a_claim_for_the_operator() -> None:
    found = rules("reward", reward_floor=3)
    assert found.claims == (ClaimRule(OPERATOR, EXPORT, 3, MOST_PRICE),)
    law = Law(found)
    for meter, expected in ((OWN, {}), (STRANGER, "POLICY-ARGUMENT")):
        call = data("SmartMeter", "reportProduction", meter, 1, 2, 3, 3, bytes(32), bytes(32))
        assert verdict(law, SMART_METER, call) == expected


@pytest.mark.parametrize("roles", [("seller",), ("buyer",), ("seller", "buyer")], ids=str)
def test_the_auctions_calls(roles: tuple[str, ...]) -> None:
    law = Law(rules("auction", roles=roles))
    for name, rest in (
        ("deposit", (5,)),
        ("withdraw", (5,)),
        ("collect", ()),
    ):
        assert verdict(law, AUCTION, data("EnergyAuction", name, OWN, *rest)) == {}
        other = data("EnergyAuction", name, STRANGER, *rest)
        assert verdict(law, AUCTION, other) == "POLICY-ARGUMENT"
    commit = abi.entry("EnergyAuction", "function", "commit")
    size = int(commit["inputs"][2]["type"].removeprefix("bytes"))
    for meter, expected in ((OWN, {}), (STRANGER, "POLICY-ARGUMENT")):
        call = data("EnergyAuction", "commit", 1, meter, b"\1" * size)
        assert verdict(law, AUCTION, call) == expected
    for name in ("setTariff", "fund", "draw"):
        entry = abi.entry("EnergyAuction", "function", name)
        call = data("EnergyAuction", name, *[1 for _ in entry["inputs"]])
        assert verdict(law, AUCTION, call) == "POLICY-SELECTOR"


@pytest.mark.parametrize("orders", [1, 25, 31])
def test_anybodys_orders_rounds_and_payouts_go_without_money(orders: int) -> None:
    law = Law(rules("auction", roles=("seller",)))
    placement = (OWN, EXPORT, 0, 1, PRICE, 0, bytes(32), bytes(32))
    packed = bytes(41 * orders)
    for call in (
        data("EnergyAuction", "place", 1, [placement] * orders),
        data("EnergyAuction", "clear", 1, packed, bytes(2 * orders), orders),
    ):
        assert verdict(law, AUCTION, call) == {}
        assert verdict(law, AUCTION, call, value=1) == "POLICY-VALUE"


def test_tokens_are_promised_to_the_contracts_in_use_alone() -> None:
    law = Law(rules("auction", "reward", "energy", roles=("seller",), token_allowance=(500, 5)))
    for spender, amount, expected in (
        (AUCTION, 500, {TOKEN: 500}),
        (OPERATOR, 500, {TOKEN: 500}),
        (AUCTION, 501, "POLICY-AMOUNT"),
        (SMART_METER, 1, "POLICY-ARGUMENT"),
        (LEDGER, 1, "POLICY-ARGUMENT"),
        (OTHER, 1, "POLICY-ARGUMENT"),
    ):
        call = token("approve", hexadecimal(spender), amount)
        assert verdict(law, TOKEN, call) == expected
    assert TOKEN in {allowance.asset for allowance in law_allowances("auction", ("seller",))}


def law_allowances(use: str, roles: tuple[str, ...]) -> tuple[Any, ...]:
    return rules(use, roles=roles).allowances


@pytest.mark.parametrize(
    ("use", "at", "call"),
    [
        ("energy", OPERATOR, lambda n, p: data("GridOperator", "buyEnergy", n, p)),
        ("grid", LEDGER, lambda n, p: data("GridLedger", "purchase", STRANGER, n, p)),
    ],
)
def test_energy_for_tokens_is_charged_at_its_highest_price(use: str, at: bytes, call: Any) -> None:
    law = Law(rules(use))
    assert verdict(law, at, call(MOST_UWH, PRICE)) == {at: MOST_UWH * PRICE // 10**9}
    assert verdict(law, at, call(1, 1)) == {at: 1}
    assert verdict(law, at, call(MOST_UWH + 1, 1)) == "POLICY-ARGUMENT"
    assert verdict(law, at, call(1, PRICE + 1)) == "POLICY-ARGUMENT"
    assert at in {allowance.asset for allowance in rules(use).allowances}


def test_a_purchase_pays_named_grids_only() -> None:
    """Anyone can be a grid at the ledger, and is paid at once: a thief too."""
    law = Law(rules("grid"))
    for grid, expected in ((GRID, {LEDGER: 1}), (METER, "POLICY-ARGUMENT")):
        call = data("GridLedger", "purchase", hexadecimal(grid), 1, 1)
        assert verdict(law, LEDGER, call) == expected
    with pytest.raises(UsageInvalid, match="--grid ADDRESS"):
        rules("grid", grids=())


def test_a_grids_customer_says_that_energy_arrived() -> None:
    law = Law(rules("grid"))
    assert verdict(law, LEDGER, data("GridLedger", "acknowledge", STRANGER, 5)) == {}
    for name in ("bill", "addStorage", "transfer"):
        entry = abi.entry("GridLedger", "function", name)
        kinds = [item["type"] for item in entry["inputs"]]
        made = [OWN if k == "address" else bytes(32) if k == "bytes32" else 1 for k in kinds]
        assert verdict(law, LEDGER, data("GridLedger", name, *made)) == "POLICY-SELECTOR"


def test_a_use_must_be_known_and_in_the_book() -> None:
    with pytest.raises(UsageInvalid, match="auction, reward, energy, grid"):
        rules("casino")
    for use in USES:
        with pytest.raises(UsageInvalid, match=f"--use {use}: an address book"):
            rules_for(wishes("seller", uses=(use,)), BOOK, METER)
    with pytest.raises(UsageInvalid, match="names operator"):
        rules_for(wishes("seller", uses=("reward",)), replace(FULL, operator=""), METER)


@given(
    st.sets(st.sampled_from(sorted(USES))),
    st.sampled_from([("seller",), ("buyer",), ("seller", "buyer")]),
    st.sampled_from([0, 1, 10**6, 10**30]),
)
def test_every_wish_is_a_policy_that_the_device_reads(
    uses: set[str], roles: tuple[str, ...], value: int
) -> None:
    found = rules(*uses, roles=roles, max_value_wei=value)
    assert len(found.calls) <= MAX_CALLS
    assert read_rules(encode_rlp(found.to_rlp())) == found
    assert len({call.to + call.selector for call in found.calls}) >= len(found.calls) - 4


def test_the_words_tell_calls_and_claims() -> None:
    found = rules(*USES, sell_floor=10**17, buy_ceiling=3 * 10**17)
    text = policy_words.text(policy_words.words(found, METER))
    for part in (
        f"may be claimed  (measured energy, once; registry {BOOK.registry})",
        "auction: energy sent, at least 0.1 token a kWh",
        "auction: energy received, at most 0.3 token a kWh",
        "operator: energy sent, at any price",
        f"auction  {FULL.auction}",
        "auction: deposit, withdraw",
        "promises an order unseen",
        "auction: place, clear, pay",
        "spender is auction or is operator or is ledger",
        "smart meter: reportProduction  (gives energy for the operator's reward)",
        "operator: buyEnergy",
        "maxPrice at most 0.000001 token a kWh",
        "quantityUwh at most 1.000 mWh",
        "counted as energy of the operator",
        "counted as energy of grids",
    ):
        assert part in text, part


def test_a_contract_that_could_be_two_has_no_name() -> None:
    honest = rules("auction", "energy")
    place = next(call for call in honest.calls if call.to == AUCTION and not call.bounds)
    twin = honest.replace(calls=(*honest.calls, place.replace(to=OTHER)))
    both = honest.replace(calls=(*honest.calls, place.replace(to=OPERATOR)))
    assert "auction" not in policy_words.names_of(twin, METER).values()
    names = policy_words.names_of(both, METER)
    assert OPERATOR not in names
    assert len(policy_words.words(both, METER)["allowances"]) == len(both.allowances)


def test_a_proposal_tells_which_claims_it_changes() -> None:
    before = policy_words.words(rules("auction"), METER)
    after = policy_words.words(rules("auction", sell_floor=1), METER)
    lines = policy_changes.text(3, before, after).splitlines()
    assert "  - claims of auction: energy sent, at least 0.0000005 token a kWh" in lines
    assert any(line.startswith("  + claims of auction: energy sent") for line in lines)
    assert not [line for line in lines if "received" in line]
    assert f"  - registry {BOOK.registry}" in policy_changes.text(
        3, before, policy_words.words(rules(), METER)
    )


def test_a_policy_without_claims_has_no_word_of_them() -> None:
    told = policy_words.words(rules(), METER)
    assert "claims" not in told
    assert "claimed" not in policy_words.text(told)
    claim_rules.check((), BOOK)


def test_a_bill_is_filed_and_moves_no_money() -> None:
    found = rules("bill")
    assert found.allowances == rules().allowances
    law = Law(found)
    filed = data("GridLedger", "fileBill", STRANGER, bytes(32), b"\1" * 32)
    assert verdict(law, LEDGER, filed) == {}
    other = data("GridLedger", "bill", STRANGER, b"\1" * 32)
    assert verdict(law, LEDGER, other) == "POLICY-SELECTOR"
