"""Reverts in one line: every error of our contracts by name, and no bytes that break it."""

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.abi import get_abi_input_types
from hypothesis import example, given
from hypothesis import strategies as st

from normal_world.chain import abi, reverts
from normal_world.chain.advice import ADVICE

ERRORS = [(name, item) for name in abi.NAMES for item in abi.load(name) if item["type"] == "error"]
VALUES: dict[str, Any] = {
    "address": "0x" + "ab" * 20,
    **{f"bytes{size}": b"\x07" * size for size in (18, 27, 32)},
    "string": "text",
}


@pytest.mark.parametrize(("contract", "error"), ERRORS, ids=lambda item: str(item)[:20])
def test_each_error_of_our_contracts_is_told_with_its_arguments(
    contract: str, error: dict[str, Any]
) -> None:
    types = get_abi_input_types(error)  # type: ignore[arg-type]
    data = abi.selector(error) + encode(types, [VALUES.get(kind, 5) for kind in types])
    told = reverts.known().reason(data)
    assert told.startswith(error["name"] + "(")
    for item in error["inputs"]:
        assert f"{item['name']}=" in told


def test_the_line_names_contract_function_error_and_values() -> None:
    buy = abi.encode("EnergyMarket", "buy", [[1], "0x" + "11" * 20, 5, 2, 9])
    bound = abi.entry("EnergyMarket", "error", "PriceAboveBound")
    data = abi.selector(bound) + encode(get_abi_input_types(bound), [9, 3, 2])  # type: ignore[arg-type]
    assert reverts.known().line(buy, data) == (
        "EnergyMarket.buy reverted: PriceAboveBound(offerId=9, price=3, maxPrice=2); "
        "pay more, or wait for a lower price"
    )


def test_there_is_advice_for_each_custom_error_and_for_no_other() -> None:
    named = {item["name"] for _, item in ERRORS}
    assert named - ADVICE.keys() == set()
    assert ADVICE.keys() - named == set()
    for words in ADVICE.values():
        assert words == words.strip().rstrip(".")
        assert 5 < len(words) <= 80


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no reason given"),
        (reverts.ERROR_STRING + encode(["string"], ["too late"]), "'too late'"),
        (reverts.PANIC + encode(["uint256"], [0x11]), "panic 0x11, arithmetic overflow"),
        (reverts.PANIC + encode(["uint256"], [0x77]), "panic 0x77, unknown"),
        (bytes.fromhex("deadbeef"), "unknown error 0xdeadbeef"),
        (reverts.PANIC + b"\x01", "unreadable data 0x4e487b7101"),
    ],
)
def test_reverts_that_are_no_custom_errors(data: bytes, told: str) -> None:
    assert reverts.known().reason(data).startswith(told)


KINDS = st.sampled_from(
    [reverts.ERROR_STRING, reverts.PANIC, *(abi.selector(item) for _, item in ERRORS)]
)


@given(st.one_of(st.binary(max_size=300), st.builds(bytes.__add__, KINDS, st.binary())))
@example(reverts.ERROR_STRING + encode(["string"], ["\n\x1b[31m" * 200]))
@example(reverts.ERROR_STRING + encode(["uint256", "uint256"], [32, 2**255]))
def test_no_bytes_of_a_stranger_break_the_line(data: bytes) -> None:
    told = reverts.known().reason(data)
    assert 0 < len(told) <= 230
    assert told.isprintable()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional={"code": JSON, "message": JSON, "data": JSON}))
@example({"code": 3, "message": "execution reverted", "data": "0x1234"})
def test_revert_data_is_bytes_or_nothing_for_any_error_object(error: dict[str, Any]) -> None:
    found = reverts.revert_data(error)
    assert found is None or isinstance(found, bytes)


@pytest.mark.parametrize(
    "error",
    [
        {"code": 3, "message": "execution reverted", "data": "0x1234"},  # geth, anvil
        {"code": -32015, "message": "VM execution error", "data": "Reverted 0x1234"},
        {"code": -32000, "message": "evm: execution reverted", "data": {"data": "0x1234"}},
    ],
)
def test_revert_data_is_found_where_nodes_put_it(error: dict[str, Any]) -> None:
    assert reverts.revert_data(error) == b"\x12\x34"


def test_another_error_is_no_revert() -> None:
    assert reverts.revert_data({"code": -32000, "message": "header not found"}) is None
