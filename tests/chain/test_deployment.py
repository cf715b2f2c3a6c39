"""A network's deployment: whole, again, cut off anywhere, and verified byte for byte."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

import contracts
from normal_world.chain import abi, deployment, operator
from normal_world.chain.address_book import AddressBook, read_address_book, write_address_book
from normal_world.chain.bindings import auction, gate, ledger, market, registry, smart_meter
from normal_world.chain.bindings import operator as grid_operator
from normal_world.chain.bytecode import masked
from normal_world.chain.client import Chain
from normal_world.chain.deployment import Deployment, Step
from normal_world.chain.deployment_book import deploy_to_book
from normal_world.chain.deployment_check import verify
from normal_world.chain.deployment_plan import ALL, CONTRACT_OF, SETTINGS, Numbers, needs
from normal_world.chain.deployment_progress import Progress
from normal_world.chain.devchain.server import DevChain
from normal_world.chain.operator import Operator, fund, node_operator
from normal_world.chain.presets import PRESETS, chain_of
from normal_world.errors import (
    ChainRejected,
    ChainWrongId,
    ConfigError,
    ContractDiffers,
    ContractMissing,
)
from tests.chain.tools import ETHER, Account, mine
from tests.plant_process import ROOT

ELSEWHERE = "0x" + "22" * 20
STEPS = len(ALL) + len(SETTINGS)


@pytest.fixture(autouse=True)
def no_waiting(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who would wait for a block makes one."""
    for module in (operator, deployment):
        monkeypatch.setattr(module.time, "sleep", lambda _: mine(chain))


@pytest.fixture
def hand(chain: Chain, account: Account) -> Operator:
    """A key of its own, new in each test."""
    return Operator(chain, account.address, account.key)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "contracts.json"


@pytest.fixture
def book(hand: Operator, path: Path) -> AddressBook:
    return deploy_to_book(hand, path, {"slot_blocks": 300})[0]


def test_all_contracts_know_one_another_and_may_do_their_work(
    chain: Chain, book: AddressBook, hand: Operator
) -> None:
    assert set(book.contracts()) == set(ALL)
    assert market.registry().ask(chain, book.market) == book.registry
    assert auction.gate().ask(chain, book.auction) == book.gate
    assert auction.slot_blocks().ask(chain, book.auction) == 300 == book.slot_blocks
    assert gate.registry().ask(chain, book.gate) == book.registry
    assert smart_meter.operator().ask(chain, book.smart_meter) == book.operator
    assert ledger.token().ask(chain, book.ledger) == book.token
    for claimer in (book.market, book.auction, book.smart_meter):
        assert registry.is_claimer(claimer).ask(chain, book.registry)
    assert grid_operator.is_trusted(book.smart_meter).ask(chain, book.operator)
    assert grid_operator.owner().ask(chain, book.operator) == hand.account
    assert grid_operator.price().ask(chain, book.operator) == Numbers().price
    verify(chain, book)


def test_a_second_run_says_that_all_is_there_and_changes_nothing(
    chain: Chain, hand: Operator, path: Path, book: AddressBook
) -> None:
    before = path.read_bytes(), chain.nonce(hand.account)
    again, steps = deploy_to_book(hand, path, {"slot_blocks": 300})
    assert (again, steps) == (book, [])
    assert (path.read_bytes(), chain.nonce(hand.account)) == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_each_step_cost_is_told_as_it_is_done(hand: Operator, path: Path) -> None:
    told: list[Step] = []
    deploy_to_book(hand, path, {}, tell=told.append)
    assert {step.name for step in told} == {*ALL, *(setting.name for setting in SETTINGS)}
    assert all(step.gas_used is not None and step.gas_used > 21_000 for step in told)


class Killed(BaseException):
    """As if the process were no more."""


def cut(chain: Chain, at: int, *, sent: bool) -> None:
    """Dies at the at-th transaction from 1, after or before the node has it."""
    honest, left = chain.rpc, [at]

    def rpc(method: str, *params: Any) -> Any:
        if method not in ("eth_sendRawTransaction", "eth_sendTransaction"):
            return honest(method, *params)
        left[0] -= 1
        if left[0] == 0 and not sent:
            raise Killed
        answer = honest(method, *params)
        if left[0] == 0:
            raise Killed
        return answer

    chain.rpc = rpc  # type: ignore[method-assign]


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_a_deployment_that_is_cut_off_goes_on_and_sends_nothing_twice(
    chain: Chain, account: Account, path: Path, at: int, *, sent: bool
) -> None:
    dying = Chain(chain.url)
    cut(dying, at, sent=sent)
    with pytest.raises(Killed):
        deploy_to_book(Operator(dying, account.address, account.key), path, {})
    assert not path.exists()
    hand = Operator(chain, account.address, account.key)
    book, steps = deploy_to_book(hand, path, {})
    verify(chain, book)
    assert chain.nonce(account.address) == STEPS  # each step once, and nothing else
    assert len({step.name for step in steps}) == len(steps)
    assert read_address_book(path) == book
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_node_signs_and_dies_after_each_transaction(chain: Chain, path: Path) -> None:
    """The development account: its nonce is told to the node, so it cannot be used twice."""
    before = chain.nonce(node_operator(chain).account)
    for at in (1, 2, 3, 2, 1, 4):
        dying = Chain(chain.url)
        cut(dying, at, sent=True)
        with pytest.raises(Killed):
            deploy_to_book(node_operator(dying), path, {})
    deploy_to_book(node_operator(chain), path, {})
    assert chain.nonce(node_operator(chain).account) == before + STEPS


def test_processes_that_are_killed_one_after_the_other_deploy_one_network(path: Path) -> None:
    """Each SIGKILLs itself with a transaction in flight; a clock makes the blocks."""
    server = DevChain("127.0.0.1", 0, None, 0.05)
    try:
        chain, account = Chain(server.url), Account()
        fund(node_operator(chain), account.address, 10 * ETHER)
        words = [sys.executable, "-m", "tests.chain.deployment_life", server.url, str(path)]
        for at in ("2", "3", "4", "0"):
            done = subprocess.run([*words, account.key.to_hex()[2:], at], cwd=ROOT, check=False)
            assert done.returncode == (0 if at == "0" else -signal.SIGKILL)
        assert chain.nonce(account.address) == STEPS
        verify(chain, read_address_book(path))
    finally:
        server.close()


@pytest.mark.parametrize("writes", range(1, 8))
def test_a_crash_around_the_progress_file_loses_nothing(
    chain: Chain,
    account: Account,
    path: Path,
    writes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest, left = Progress._write, [writes]

    def dying(self: Progress) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        honest(self)

    hand = Operator(chain, account.address, account.key)
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "_write", dying)
        with pytest.raises(Killed):
            deploy_to_book(hand, path, {})
    deploy_to_book(hand, path, {})
    assert chain.nonce(account.address) == STEPS


def test_a_node_that_is_slow_to_count_what_it_was_given(
    chain: Chain, hand: Operator, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Chain.nonce
    monkeypatch.setattr(Chain, "nonce", lambda self, who, at="latest": honest(self, who, "latest"))
    deploy_to_book(hand, path, {})
    assert honest(chain, hand.account) == STEPS


def test_a_nonce_that_went_to_another_transaction_is_not_waited_for(
    chain: Chain, account: Account, path: Path
) -> None:
    dying = Chain(chain.url)
    cut(dying, 1, sent=False)
    with pytest.raises(Killed):
        deploy_to_book(Operator(dying, account.address, account.key), path, {})
    hand = Operator(chain, account.address, account.key)
    hand.send(ELSEWHERE, value=1)  # the owner used the key meanwhile
    book, _ = deploy_to_book(hand, path, {})
    verify(chain, book)


def test_a_deployment_is_resumed_as_it_was_begun_or_not_at_all(
    chain: Chain, account: Account, path: Path
) -> None:
    dying = Chain(chain.url)
    cut(dying, 3, sent=True)
    with pytest.raises(Killed):
        deploy_to_book(Operator(dying, account.address, account.key), path, {})
    other = Account()
    other.fund(chain)
    for hand, numbers, told in (
        (Operator(chain, other.address, other.key), {}, "account"),
        (Operator(chain, account.address, account.key), {"trade_blocks": 5}, "numbers"),
    ):
        with pytest.raises(ConfigError, match=f"begun with {told}") as caught:
            deploy_to_book(hand, path, numbers)
        assert caught.value.code == "CONFIG-DEPLOYMENT"
    path.with_name("contracts.json.progress").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="not the progress"):
        deploy_to_book(Operator(chain, account.address, account.key), path, {})


def test_a_run_that_died_after_the_book_was_written_is_over(
    chain: Chain, hand: Operator, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its numbers are in the chain: nobody must give them again, or remove a file."""

    def die(_progress: Progress) -> None:
        raise Killed

    monkeypatch.setattr(Progress, "forget", die)
    with pytest.raises(Killed):
        deploy_to_book(hand, path, {"price": 5, "slot_blocks": 300})
    monkeypatch.undo()
    before = read_address_book(path)
    other = Account()
    other.fund(chain)
    with pytest.raises(ConfigError, match="begun with account"):
        deploy_to_book(Operator(chain, other.address, other.key), path, {})
    assert deploy_to_book(hand, path, {}) == (before, [])
    assert grid_operator.price().ask(chain, before.operator) == 5
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_older_book_of_three_contracts_is_completed(
    chain: Chain, hand: Operator, path: Path
) -> None:
    old = operator.deploy(hand, report_blocks=7)
    assert set(old.contracts()) == {"token", "registry", "market"}
    keys = ("slot_blocks", "commit_blocks", "reveal_blocks")
    shape = {
        name: value
        for name, value in asdict(old).items()
        if name not in (*keys, "auction", "gate", "operator", "smart_meter", "ledger")
    }
    path.write_text(json.dumps(shape), encoding="utf-8")
    assert read_address_book(path) == old
    book, steps = deploy_to_book(hand, path, {"slot_blocks": 500})
    assert (book.token, book.market, book.report_blocks) == (old.token, old.market, 7)
    assert book.slot_blocks == 500
    assert not {"token", "registry", "market", "market claims"} & {step.name for step in steps}
    verify(chain, book)


def test_the_numbers_of_a_book_are_not_changed_under_it(
    hand: Operator, path: Path, book: AddressBook
) -> None:
    with pytest.raises(ConfigError, match=r"--report-blocks 11: the contracts of .* have 10"):
        deploy_to_book(hand, path, {"report_blocks": 11})
    with pytest.raises(ContractDiffers, match="orderFee is 1000000000000000, expected 5"):
        deploy_to_book(hand, path, {"order_fee": 5})


Change = Callable[[AddressBook], AddressBook]


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        (lambda book: replace(book, market=book.ledger), ContractDiffers, "other byte code"),
        (lambda book: replace(book, ledger=ELSEWHERE), ContractMissing, "expected the ledger"),
        (lambda book: replace(book, trade_blocks=9), ContractDiffers, "tradeBlocks is 3600"),
        (lambda book: replace(book, slot_blocks=400), ContractDiffers, "slotBlocks is 300"),
        (lambda book: replace(book, chain_id=5), ChainWrongId, "expected 5"),
    ],
)
def test_contracts_that_are_not_what_the_book_says(
    chain: Chain, book: AddressBook, change: Change, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        verify(chain, change(book))


def test_a_claimer_that_was_unnamed_is_found_and_named_again(
    chain: Chain, hand: Operator, path: Path, book: AddressBook
) -> None:
    hand.send(book.registry, registry.set_claimer(book.market, False))
    with pytest.raises(ContractDiffers, match="market claims"):
        verify(chain, book)
    _, steps = deploy_to_book(hand, path, {})
    assert [step.name for step in steps] == ["market claims"]
    verify(chain, book)


def test_another_chain_than_the_book_s_or_the_network_s(
    chain: Chain, hand: Operator, path: Path, book: AddressBook
) -> None:
    write_address_book(path, replace(book, chain_id=8217))
    with pytest.raises(ChainWrongId, match="is of 8217"):
        deploy_to_book(hand, path, {})
    kairos = chain_of(chain.url, "kairos")
    with pytest.raises(ChainWrongId, match="expected 1001"):
        Deployment(Operator(kairos, hand.account), Numbers()).run()
    assert chain_of(chain.url, "dev").chain_id == chain.chain_id


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ({"slot_blocks": 179}, "--slot-blocks 179"),
        ({"commit_blocks": 781}, "--commit-blocks 781"),
        ({"feed_in_price": 2 * 10**18}, "--grid-buy-price"),
    ],
)
def test_numbers_that_no_auction_takes_are_refused_before_anything_is_sent(
    chain: Chain, hand: Operator, path: Path, numbers: dict[str, int], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        deploy_to_book(hand, path, numbers)
    assert chain.nonce(hand.account, "pending") == 0


def test_an_auction_without_commitments_has_no_deposit(
    chain: Chain, hand: Operator, path: Path
) -> None:
    numbers = {"commit_blocks": 0, "slot_blocks": 30, "reveal_blocks": 20}
    book, _ = deploy_to_book(hand, path, numbers)
    verify(chain, book)
    assert auction.commit_blocks().ask(chain, book.auction) == 0
    assert auction.order_deposit().ask(chain, book.auction) == 0
    assert deploy_to_book(hand, path, {})[1] == []


def test_networks_by_name() -> None:
    assert PRESETS["mainnet"].chain_id == 8217
    for name in ("mainnet", "kairos", "private"):
        rules = chain_of("http://127.0.0.1:9", name)._finality
        assert rules == "kaia"
    with pytest.raises(ConfigError, match="expected auto, mainnet"):
        chain_of("http://127.0.0.1:9", "moon")


def test_the_plan_has_every_artefact_that_a_network_needs_once() -> None:
    assert set(CONTRACT_OF.values()) == set(contracts.names()) - {"Prosumer"}
    for name in ALL:
        assert needs(name) < set(ALL)
    for setting in SETTINGS:
        assert abi.entry(CONTRACT_OF[setting.at], "function", setting.function)
        assert abi.entry(CONTRACT_OF[setting.at], "function", setting.view)


def test_only_immutables_are_left_out_of_the_comparison() -> None:
    artefact = contracts.load("EnergyMarket")
    code = bytes.fromhex(artefact["deployed_bytecode"][2:])
    places = {at for start, size in artefact["immutables"] for at in range(start, start + size)}
    assert 0 < len(places) < len(code) // 10
    outside = next(at for at in range(len(code)) if at not in places)
    inside = min(places)
    for at, same in ((inside, True), (outside, False)):
        changed = bytearray(code)
        changed[at] ^= 0xFF
        assert (masked(bytes(changed), artefact) == masked(code, artefact)) is same
    assert masked(code[:-1], artefact) != masked(code, artefact)


def test_too_little_money_is_named(chain: Chain, path: Path) -> None:
    poor = Account()
    poor.fund(chain, ETHER // 10**9)
    with pytest.raises(ChainRejected, match=f"{poor.address} has 1000000000 wei") as caught:
        deploy_to_book(Operator(chain, poor.address, poor.key), path, {})
    assert caught.value.code == "CHAIN-FUNDS"
    assert not path.exists()
