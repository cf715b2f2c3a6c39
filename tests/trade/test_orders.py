"""Orders and their money: nothing twice, nothing lost, wherever noded was killed."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.errors import ChainUnreachable, StateError
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.matching import offer_id
from normal_world.trade.orders import Orders
from normal_world.trade.store import TradeStore
from tests.trade import small_chain
from tests.trade.small_chain import ACCOUNT, BOOK, METER

PRICE = 10**9  # a base unit for a µWh
SELLER = "0x" + "77" * 20


class Side(ChainSide):
    """The receipts' logs are not part of the small chain."""

    def _trades_of(self, intent: str) -> list[str]:
        return [f"0x{intent}"]


class Node:
    """Orders over a real store; `crash` is a new process on the same files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chain = small_chain.Chain()
        self.chain.offers[offer_id(SELLER, 0)] = (PRICE, 10**9, 1, 0)
        self.outbox = small_chain.Outbox(self.chain)
        self.store = TradeStore(folder / "noded.sqlite")
        self.begin()

    def begin(self) -> None:
        chain, outbox = cast(Chain, self.chain), cast(Outbox, self.outbox)
        self.side = Side(chain, outbox, BOOK, ACCOUNT, METER)
        self.orders = Orders(self.store, self.side, lambda *_a, **_f: None)

    def crash(self) -> None:
        self.close()
        self.store = TradeStore(self.folder / "noded.sqlite")
        self.begin()

    def close(self) -> None:
        self.side.close()
        self.store.close()

    def step(self) -> None:
        asyncio.run(self.orders.step())

    def finish(self) -> None:
        for _ in range(40):
            self.step()
            self.outbox.mine()
            if not self.store.open_orders():
                return
        raise AssertionError(self.store.open_orders())

    def buy(self, key: str, amount_uwh: int) -> None:
        asyncio.run(self.orders.buy(key, amount_uwh, PRICE, [offer_id(SELLER, 0)]))

    def result(self, key: str) -> dict[str, Any]:
        order = self.store.order(key)
        assert order["state"] == "done", order
        return dict(order["result"])


@contextmanager
def running() -> Iterator[Node]:
    with tempfile.TemporaryDirectory() as folder:
        node = Node(Path(folder))
        try:
            yield node
        finally:
            node.close()


@pytest.fixture
def node() -> Iterator[Node]:
    with running() as made:
        yield made


def test_a_purchase_deposits_only_what_the_purse_lacks(node: Node) -> None:
    node.buy("a", 100)
    node.finish()
    assert node.chain.done == ["buyTokens", "approve", "deposit", "buy"]
    assert (node.chain.bought, node.chain.purse, node.chain.tokens) == (100, 0, 0)
    node.chain.purse, node.chain.tokens, node.chain.done = 30, 20, []
    node.buy("b", 100)
    node.finish()
    assert node.chain.done == ["buyTokens", "approve", "deposit", "buy"]
    assert (node.chain.bought, node.chain.purse, node.chain.tokens) == (150, 0, 0)
    node.chain.purse, node.chain.done = 100, []
    node.buy("c", 100)
    node.finish()
    assert node.chain.done == ["buy"]  # revenue of before pays


def test_purchases_go_one_after_the_other(node: Node) -> None:
    """Each counts on the purse as the one before leaves it."""
    node.chain.purse = 100
    for key in "abc":
        node.buy(key, 100)
    node.orders.withdraw("w", None)
    node.finish()
    assert [node.result(key)["escrow"] for key in "abc"] == [100, 100, 100]
    assert (node.chain.bought, node.chain.spent) == (200, 300)
    order = node.store.order("w")
    assert (order["state"], order["reason"].split()[0]) == ("failed", "PURSE-EMPTY")


def test_salts_use_the_same_drawer_again_once_its_trade_is_over(node: Node) -> None:
    node.chain.purse = 1_000
    for key in "abc":
        node.buy(key, 10)
        node.finish()
    # No event of a trade was taken in: as far as the node knows, all are open.
    assert [node.store.order(key)["body"]["salt"] for key in "abc"] == [256, 513, 770]


def test_cheap_offers_of_strangers_and_of_other_feeders_stand_in_nobodys_way(node: Node) -> None:
    """Anyone enrolled may offer at any price: the real one must be found, and bought."""
    real, far, stranger = offer_id(SELLER, 0), "0x" + "88" * 20, "0x" + "99" * 20
    node.chain.feeders[int(far, 16)] = 2
    decoys = [offer_id(far, 0), *(offer_id(stranger, number) for number in range(64))]
    node.chain.offers |= dict.fromkeys(decoys, (1, 10**9, 1, 0))
    node.side.partners = {SELLER, far}
    asyncio.run(node.orders.buy("a", 100, PRICE, [real, *decoys]))
    assert [ref >> 32 for ref in node.store.order("a")["body"]["refs"]] == [real]
    with pytest.raises(StateError, match="fall short"):
        asyncio.run(node.orders.buy("b", 100, PRICE, decoys))


def test_offers_take_the_smallest_free_number(node: Node) -> None:
    for key in "abc":
        node.orders.sell(key, 5, PRICE, 0)
    node.finish()
    ids = [node.result(key)["offer_id"] for key in "abc"]
    assert ids == [offer_id(METER, number) for number in range(3)]
    node.orders.cancel("back", ids[1])
    node.finish()
    node.orders.sell("d", 6, PRICE, 0)
    node.orders.sell("e", 7, PRICE, 0)
    node.finish()
    assert node.result("d")["offer_id"] == ids[1]
    assert node.result("e")["offer_id"] == offer_id(METER, 3)
    assert node.chain.offers[ids[1]] == (PRICE, 6, 2, 0)


def test_a_number_that_was_taken_meanwhile_ends_the_order_with_the_reason(node: Node) -> None:
    node.orders.sell("a", 5, PRICE, 0)
    node.step()
    node.chain.offers[offer_id(METER, 0)] = (1, 1, 1, 0)  # the account was used from elsewhere
    node.finish()
    assert node.store.order("a")["reason"] == "ORDER-FAILED offer: OfferOpen"


def test_money_comes_out_whole_or_in_part(node: Node) -> None:
    node.chain.purse = 100
    node.orders.withdraw("a", 30)
    node.orders.withdraw("b", None)
    node.finish()
    assert (node.result("a")["amount"], node.result("b")["amount"]) == (30, 70)
    assert (node.chain.purse, node.chain.tokens) == (0, 100)
    (made,) = node.result("a")["transactions"]
    assert (made["function"], made["gas"], made["transaction"]) == ("withdraw:a", 21_000, "0x01")


def test_a_deposit_tells_each_step(node: Node) -> None:
    node.orders.deposit("a", 30)
    node.finish()
    names = [made["function"] for made in node.result("a")["transactions"]]
    assert names == ["tokens:a", "approve:a", "deposit:a"]
    assert node.chain.purse == 30


def test_more_than_the_purse_holds_fails_with_the_contracts_word(node: Node) -> None:
    node.orders.withdraw("a", 1)
    node.finish()
    assert node.store.order("a")["reason"] == "ORDER-FAILED withdraw: PurseTooSmall"


def test_a_key_is_of_one_kind_of_order(node: Node) -> None:
    node.orders.deposit("a", 1)
    node.orders.deposit("a", 2)  # asked again: the first one counts
    assert node.store.order("a")["body"] == {"amount": 1}
    others: list[Callable[[], None]] = [
        lambda: node.orders.withdraw("a", 1),
        lambda: node.orders.sell("a", 1, 1, 0),
        lambda: node.orders.cancel("a", 1),
        lambda: node.buy("a", 1),
    ]
    for other in others:
        with pytest.raises(StateError, match="another order's"):
            other()


def test_safe_mode_holds_what_begins_something_and_lets_money_out(node: Node) -> None:
    node.chain.purse = 100
    node.buy("a", 10)
    node.orders.deposit("b", 10)
    node.orders.withdraw("c", None)
    node.orders.safe_mode.on = True
    for _ in range(5):
        node.step()
        node.outbox.mine()
    assert node.chain.done == ["withdraw"]


KINDS = st.sampled_from(["sell", "buy", "deposit", "withdraw"])
# What happens between two steps: a block, a crash, a chain that is away for one step.
EVENTS = st.sampled_from(["mine", "crash", "away", "step"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(KINDS, st.integers(1, 100)), min_size=1, max_size=4),
    st.lists(EVENTS, max_size=25),
    st.integers(0, 150),
    st.integers(0, 150),
)
def test_whatever_happens_between_each_order_is_done_once(
    wanted: list[tuple[str, int]], events: list[str], purse: int, tokens: int
) -> None:
    with running() as node:
        node.chain.purse, node.chain.tokens = purse, tokens
        for number, (kind, amount) in enumerate(wanted):
            give(node, f"{kind}{number}", kind, amount)
        for event in events:
            happen(node, event)
        node.finish()
        rows = [node.store.order(f"{kind}{n}") for n, (kind, _) in enumerate(wanted)]
        failed = [row for row in rows if row["state"] != "done"]
        assert all(row["kind"] == "withdraw" for row in failed), failed
        count = node.chain.done.count
        assert count("offer") == sum(row["kind"] == "sell" for row in rows)
        assert count("buy") == sum(row["kind"] == "buy" for row in rows)
        assert count("deposit") <= sum(row["kind"] in ("buy", "deposit") for row in rows)
        before, chain = purse + tokens, node.chain
        assert chain.purse + chain.tokens + chain.spent == before + chain.bought
        assert chain.spent == sum(a for kind, a in wanted if kind == "buy")
        assert not any(state == "reverted" for state, _ in node.outbox.ended.values() if not failed)


def give(node: Node, key: str, kind: str, amount: int) -> None:
    if kind == "sell":
        node.orders.sell(key, amount, PRICE, 0)
    elif kind == "buy":
        node.buy(key, amount)
    else:
        getattr(node.orders, kind)(key, amount)


def happen(node: Node, event: str) -> None:
    if event == "mine":
        node.outbox.mine()
    elif event == "crash":
        node.crash()
    elif event == "away":
        there, node.chain.call = node.chain.call, _away  # type: ignore[method-assign]
        node.step()
        node.chain.call = there  # type: ignore[method-assign]
    else:
        node.step()


def _away(*_arguments: Any, **_options: Any) -> bytes:
    raise ChainUnreachable("nobody answers")
