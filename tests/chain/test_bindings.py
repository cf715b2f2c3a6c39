"""Generated bindings: the bytes that the ABI gives, typed answers, and refusals that name."""

import ast
import importlib
import inspect
from types import ModuleType
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

import contracts
from contracts.binding_text import module
from contracts.bindings import BINDINGS, MODULES, generate
from normal_world.chain import abi
from normal_world.chain.answers import Log
from normal_world.chain.binding import Call
from normal_world.chain.bindings import ledger, market, registry, token
from normal_world.chain.client import Chain
from normal_world.errors import ArgumentInvalid, ChainUnreachable, ContractMissing

METER, OTHER = "0x" + "11" * 20, "0x" + "ab" * 20
UINT64 = st.integers(0, 2**64 - 1)


def test_the_committed_bindings_are_those_of_the_artefacts() -> None:
    """If this fails: make gen."""
    assert list(generate(write=False)) == []


@pytest.mark.parametrize("contract", contracts.names())
def test_every_function_and_event_of_a_contract_is_bound(contract: str) -> None:
    bound = importlib.import_module(f"normal_world.chain.bindings.{MODULES[contract]}")
    own = [item for item in vars(bound).values() if inspect.isfunction(item)]
    made = {item.__name__ for item in own if item.__module__ == bound.__name__} - {"create"}
    functions = [entry for entry in abi.load(contract) if entry["type"] == "function"]
    assert len(functions) == len(made)
    for event in (entry for entry in abi.load(contract) if entry["type"] == "event"):
        assert getattr(bound, event["name"]).topic() == abi.topic(contract, event["name"])
    assert contract == bound.NAME


@given(UINT64, st.integers(0, 2**96 - 1), UINT64)
def test_calldata_is_what_the_abi_says(amount: int, price: int, salt: int) -> None:
    made = market.buy(refs=[1, 2], meter=METER, amount_uwh=amount, max_price=price, salt=salt)
    assert made == abi.encode("EnergyMarket", "buy", [[1, 2], METER, amount, price, salt])


@given(UINT64, st.integers(0, 2**96 - 1))
def test_structs_go_in_and_come_out(amount: int, price: int) -> None:
    terms = market.Terms(ref=7, buyer_meter=METER, amount_uwh=amount, price=price, salt=9)
    assert market.close(terms) == abi.encode("EnergyMarket", "close", [tuple(terms)])
    offer = market.Offer(price=price, amount_uwh=amount, version=3, min_credit=4)
    asked = market.offers(5)
    assert asked.data == abi.encode("EnergyMarket", "offers", [5])
    word = encode(["(uint96,uint64,uint32,uint16)"], [tuple(offer)])
    assert asked.decode(word) == offer


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: token.approve(METER, -1), "EnergyToken.approve value: -1, expected uint256"),
        (lambda: token.approve("0x12", 1), "EnergyToken.approve spender: 0x12, expected address"),
        (
            lambda: ledger.purchase(grid=METER, quantity_uwh=2**64, max_rate=1),
            r"quantity_uwh: 18446744073709551616, expected uint64 \(0 to 18446744073709551615\)",
        ),
        (lambda: market.offers(2**256), r"EnergyMarket\.offers"),
    ],
)
def test_a_value_that_does_not_fit_is_named_before_anything_is_sent(wrong: Any, told: str) -> None:
    with pytest.raises(ArgumentInvalid, match=told) as caught:
        wrong()
    assert (caught.value.code, caught.value.exit_code) == ("CALL-ARGUMENT", 2)


def test_answers_that_are_none(chain: Chain) -> None:
    with pytest.raises(ContractMissing, match=r"EnergyToken\.balanceOf: empty answer"):
        token.balance_of(METER).ask(chain, OTHER)
    for answer in (b"\x01", bytes(31)):
        with pytest.raises(ChainUnreachable, match="unknown shape"):
            token.balance_of(METER).decode(answer)


def log(topics: list[bytes], data: bytes) -> Log:
    return Log(OTHER, tuple(topics), data, 1, "0x" + "07" * 32, 0)


def test_an_event_reads_its_indexed_and_its_plain_values() -> None:
    words = [bytes(12) + bytes.fromhex(address[2:]) for address in (METER, OTHER)]
    entry = registry.Enrolled.topic()
    found = registry.Enrolled.decode(
        log([entry, *words, (5).to_bytes(32, "big")], (9).to_bytes(32, "big") + bytes(31) + b"\x03")
    )
    assert found == registry.Enrolled(METER, OTHER, feeder=5, rated_power_w=9, credit=3)
    with pytest.raises(ValueError, match=r"not MeterRegistry\.Enrolled"):
        registry.Enrolled.decode(log([keccak(text="another")], b""))
    for broken in (log([entry], b""), log([entry, *words, *words], bytes(64))):
        with pytest.raises(ChainUnreachable, match="unknown shape"):
            registry.Enrolled.decode(broken)


def test_arguments_of_one_type_are_by_name_only() -> None:
    """So that energy and price cannot change places."""
    for made in (market.buy, market.offer, ledger.purchase, ledger.transfer):
        kinds = {parameter.kind for parameter in inspect.signature(made).parameters.values()}
        assert kinds == {inspect.Parameter.KEYWORD_ONLY}, made


def test_a_question_is_of_one_type() -> None:
    kinds: dict[str, Any] = {
        "uint64": "int",
        "uint64[]": "tuple[int, ...]",
        "address": "str",
        "bool": "bool",
        "bytes7": "bytes",
        "string": "str",
        "bytes32[2][]": "tuple[tuple[bytes, ...], ...]",
    }
    outputs = [{"name": "", "type": kind, "internalType": kind} for kind in kinds]
    views = [
        {"type": "function", "name": f"view{at}", "stateMutability": "view", "inputs": []}
        | {"outputs": [output]}
        for at, output in enumerate(outputs)
    ]
    tree = ast.parse(module("Odd", views))
    found = [ast.unparse(node.returns) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns]  # fmt: skip  # noqa: E501
    assert found == [f"Call[{python}]" for python in kinds.values()]


def test_names_that_python_or_a_tuple_has_are_moved_aside() -> None:
    inputs = [
        {"name": name, "type": "uint8", "internalType": "uint8", "indexed": False}
        for name in ("from", "count", "index", "amountUwh", "latitudeE6")
    ]
    text = module("Odd", [{"type": "event", "name": "Seen", "inputs": inputs}])
    for name in ("from_", "count_", "index_", "amount_uwh", "latitude_e6"):
        assert f"    {name}: int\n" in text


def test_an_overloaded_function_is_refused_by_the_generator() -> None:
    entry = {"type": "function", "name": "twice", "inputs": [], "outputs": []}
    entry["stateMutability"] = "view"
    with pytest.raises(ValueError, match="overloaded"):
        module("Odd", [entry, entry])


def test_bindings_are_light() -> None:
    """The command line imports them: no web3, and no account library."""
    for path in BINDINGS.glob("*.py"):
        assert "web3" not in path.read_text(encoding="utf-8")
    loaded: ModuleType = market
    assert isinstance(loaded.offers(1), Call)
