"""The operator's side: contracts deployed, meters enrolled, keys and address books checked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from normal_world.chain import abi
from normal_world.chain.address_book import (
    AddressBook,
    check_address_book,
    read_address_book,
    write_address_book,
)
from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain
from normal_world.chain.operator import deploy, enroll, fund, key_operator, node_operator
from normal_world.errors import ChainWrongId, ConfigError, ContractMissing, ContractReverted
from tests.chain.tools import ETHER, Account

METER, HOLDER = "0x" + "11" * 20, "0x" + "22" * 20


@pytest.fixture(scope="module")
def ticking() -> Iterator[Chain]:
    """With a clock, because the operator waits for blocks."""
    server = DevChain("127.0.0.1", 0, None, 0.02)
    yield Chain(server.url)
    server.close()


@pytest.fixture(scope="module")
def book(ticking: Chain) -> AddressBook:
    return deploy(node_operator(ticking), report_blocks=7, trade_blocks=70)


def view(chain: Chain, contract: str, at: str, name: str, *arguments: Any) -> Any:
    return abi.decode(contract, name, chain.call(at, abi.encode(contract, name, arguments)))[0]


def test_the_contracts_know_one_another_and_their_numbers(
    ticking: Chain, book: AddressBook
) -> None:
    check_address_book(ticking, book)
    assert view(ticking, "EnergyMarket", book.market, "token") == book.token
    assert view(ticking, "EnergyMarket", book.market, "registry") == book.registry
    assert view(ticking, "EnergyMarket", book.market, "reportBlocks") == book.report_blocks == 7
    assert view(ticking, "EnergyMarket", book.market, "tradeBlocks") == book.trade_blocks == 70
    assert view(ticking, "MeterRegistry", book.registry, "isClaimer", book.market) is True
    receipt_block = ticking.logs(book.deployed_block, ticking.head(), address=book.registry)
    assert receipt_block, "deployed_block is not after the first events"


def test_enrolling_and_funding(ticking: Chain, book: AddressBook) -> None:
    operator = node_operator(ticking)
    enroll(operator, book, METER, HOLDER, feeder=1, rated_power_w=100, credit=10)
    assert view(ticking, "MeterRegistry", book.registry, "accountOf", METER) == HOLDER
    fund(operator, HOLDER, 3 * ETHER)
    assert ticking.balance(HOLDER) == 3 * ETHER
    with pytest.raises(ContractReverted, match=r"MeterRegistry.enroll reverted: MeterKnown\("):
        enroll(operator, book, METER, HOLDER, feeder=1, rated_power_w=100, credit=10)


def test_a_key_from_a_file(ticking: Chain, tmp_path: Path) -> None:
    account, path = Account(), tmp_path / "operator.key"
    fund(node_operator(ticking), account.address, ETHER)
    path.touch(0o600)
    path.write_text(account.key.to_hex() + "\n")
    operator = key_operator(ticking, path)
    assert operator.account == account.address
    book = deploy(operator)
    assert view(ticking, "MeterRegistry", book.registry, "owner") == account.address


@pytest.mark.parametrize(
    ("text", "mode", "code"),
    [
        ("ab" * 32, 0o644, "CONFIG-KEY-MODE"),
        ("ab" * 31, 0o600, "CONFIG-KEY"),
        ("", 0o600, "CONFIG-KEY"),
        ("ähm", 0o600, "CONFIG-KEY"),
        (None, 0o600, "CONFIG-KEY"),
    ],
)
def test_key_files_that_are_refused(
    ticking: Chain, tmp_path: Path, text: str | None, mode: int, code: str
) -> None:
    path = tmp_path / "operator.key"
    if text is not None:
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        key_operator(ticking, path)
    assert caught.value.code == code
    assert not text or text not in str(caught.value)  # a key never shows in a message


def test_an_address_book_comes_back_as_it_was_written(book: AddressBook, tmp_path: Path) -> None:
    path = tmp_path / "contracts.json"
    write_address_book(path, book)
    assert read_address_book(path) == book
    assert set(json.loads(path.read_text())) >= {"chain_id", "market", "block_milliseconds"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"market": "0x12"}, "market: expected 0x and 40"),
        ({"market": None}, "market: expected 0x and 40"),
        ({"chain_id": "1"}, "chain_id: expected a number"),
        ({"report_blocks": -1}, "report_blocks: expected a number"),
        ({"trade_blocks": True}, "trade_blocks: expected a number"),
        ({"extra": 1}, "expected exactly the keys"),
    ],
)
def test_address_books_that_are_refused(
    book: AddressBook, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    path = tmp_path / "contracts.json"
    write_address_book(path, book)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ConfigError, match=told) as caught:
        read_address_book(path)
    assert caught.value.code == "CONFIG-ADDRESS-BOOK"


@pytest.mark.parametrize("text", [None, "", "[]", "nonsense"])
def test_files_that_are_no_address_book(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "contracts.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=r"contracts\.json"):
        read_address_book(path)


def test_a_book_of_another_chain_or_without_contracts(ticking: Chain, book: AddressBook) -> None:
    shape = {**book.__dict__}
    with pytest.raises(ChainWrongId):
        check_address_book(ticking, AddressBook(**(shape | {"chain_id": 5})))
    with pytest.raises(ContractMissing, match=f"no contract at {HOLDER}, expected the market"):
        check_address_book(ticking, AddressBook(**(shape | {"market": HOLDER})))
