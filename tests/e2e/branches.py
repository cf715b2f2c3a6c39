"""Two nodes on a chain whose blocks come and go as the test wants it."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from firmware.errors import RpcFailed
from normal_world.chain import abi, hexes
from normal_world.chain.answers import Log
from normal_world.chain.client import Chain
from normal_world.demo.stage import NODES
from secure_world.protocol import payment_rounded_down
from tests.chain.anvil import running_anvil
from tests.chain.tools import mine
from tests.e2e.pair import AMOUNT_UWH, ENDED, PRICE, Pair, running_pair

BLOCK_S = 0.25
LIMIT_S = 120.0
BUDGET_UWH = 400_000  # deadlines of 360 blocks
TURN_S = 0.05
ESCROW = payment_rounded_down(AMOUNT_UWH, PRICE)
CONTRACT = {"approve": "EnergyToken"}  # every other function is the market's


class Miner(threading.Thread):
    """Four blocks a second, but while the test holds the chain."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(daemon=True)
        self._chain = chain
        self._held = threading.RLock()
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(BLOCK_S):
            with self._held:
                mine(self._chain)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """No block but those that the test makes."""
        with self._held:
            yield

    def stop(self) -> None:
        self._over.set()
        self.join()


@dataclass(frozen=True)
class Sent:
    """A transaction of a node, in the chain's latest block."""

    hash: str
    sender: str
    nonce: int
    raw: str


@dataclass
class World:
    """The pair, the chain's blocks, and orders that are under way."""

    pair: Pair
    miner: Miner
    pool: ThreadPoolExecutor
    orders: int = field(default=0)

    @property
    def chain(self) -> Chain:
        return self.pair.chain

    # -- orders and what the nodes say -------------------------------------------------------
    def ask(self, node: str, method: str, **params: Any) -> Any:
        """One question to a noded."""
        return self.pair.stage.ask("noded", node, method, **params)

    def order(self, node: str, method: str, **params: Any) -> "Future[dict[str, Any]]":
        """An order under a new key; its result is there when it is final."""
        self.orders += 1
        key = f"reorg-{self.orders}"
        return self.pool.submit(self.ask, node, method, key=key, **params)

    def sell(self) -> "Future[dict[str, Any]]":
        return self.order("seller", "sell", amount_uwh=AMOUNT_UWH, price=PRICE)

    def buy(self, offer: int) -> "Future[dict[str, Any]]":
        wish = {"amount_uwh": AMOUNT_UWH, "max_price": PRICE, "offers": [offer]}
        return self.order("buyer", "buy", **wish)

    def ended(self, trade: str) -> dict[str, dict[str, Any]]:
        """Both nodes' records of a trade when both have ended it."""
        return {node: self.until(partial(self._ended, node, trade)) for node in NODES}

    def fill_purse(self) -> None:
        """Have enough for a trade in the buyer's purse."""
        if self.purse("buyer") < ESCROW:
            self.order("buyer", "purse.deposit", amount=ESCROW).result(LIMIT_S)

    def seen(self) -> None:
        """Both nodes have seen the latest block, and have acted upon it."""
        head = self.chain.head()
        for node in NODES:
            for _ in range(2):  # the answer may be of the turn before
                self.until(partial(self._stands_at, node, head))

    # -- money and energy --------------------------------------------------------------------
    def purse(self, node: str) -> int:
        return int(self.pair.view("EnergyMarket", "purseOf", self.pair.ready.meters[node]))

    def wealth(self, node: str) -> int:
        """Base units of the node's account and of its purse together."""
        account = self.pair.ready.accounts[node]
        return int(self.pair.view("EnergyToken", "balanceOf", account)) + self.purse(node)

    def delivered_uwh(self) -> float:
        return float(self.pair.stage.ask_plant("state")["delivered_true_uwh"])

    def relays_closed(self) -> bool:
        boards = self.pair.stage.ask_plant("state")["boards"].values()
        return any(board["relay_closed"] for board in boards)

    def sound(self) -> None:
        """What must hold at all times: nothing signed twice, the market's money is all there."""
        assert not self.pair.contradictions
        held = self.pair.view("EnergyToken", "balanceOf", self.pair.ready.grid.book.market)
        assert held >= sum(self.purse(node) for node in NODES)

    # -- the chain ---------------------------------------------------------------------------
    def mined(self, node: str, function: str) -> Sent:
        """Make blocks until the latest one has the node's call of that function; hold it."""
        selector = hexes.text(abi.selector(_entry(function)))
        account = self.pair.ready.accounts[node].lower()

        def found() -> Sent | None:
            with contextlib.suppress(AssertionError):  # an empty pool: the block is as late as any
                self.until(self.waiting, BLOCK_S)
            mine(self.chain)
            block = self.chain.rpc("eth_getBlockByNumber", "latest", True)
            for sent in block["transactions"]:
                if sent["from"].lower() == account and sent["input"].startswith(selector):
                    raw = self.chain.rpc("eth_getRawTransactionByHash", sent["hash"])
                    return Sent(sent["hash"], account, int(sent["nonce"], 16), raw)
            return None

        sent: Sent = self.until(found)
        return sent

    def waiting(self) -> bool:
        """Whether a transaction waits for the next block."""
        return bool(int(self.chain.rpc("txpool_status")["pending"], 16))

    def mined_on(self, blocks: int) -> None:
        """So many blocks more."""
        mine(self.chain, blocks)

    def mine_to(self, block: int) -> None:
        """Empty blocks up to this one, in portions that a slow machine makes in time."""
        while (missing := block - self.chain.head()) > 0:
            self.chain.rpc("anvil_mine", hex(min(missing, 100)))

    def logs(self, sent: Sent) -> list[Log]:
        """Events of a transaction that is in a block."""
        receipt = self.chain.receipt(sent.hash)
        assert receipt is not None
        return list(receipt.logs)

    def drop(self, depth: int) -> None:
        """As many blocks are replaced by empty ones; nobody keeps their transactions."""
        self.chain.rpc("anvil_reorg", depth, [])

    def move(self, sent: Sent, depth: int) -> None:
        """The blocks are replaced; the transaction is in the last of the new ones."""
        self.chain.rpc("anvil_reorg", depth, [[sent.raw, depth - 1]])

    def conflict(self, sent: Sent, depth: int, data: bytes = b"") -> None:
        """The blocks are replaced; another transaction took the nonce: `sent` is void for ever.

        Only a holder of the account's key can do that, which no secure world is.
        """
        self.chain.rpc("anvil_impersonateAccount", sent.sender)
        other = {"from": sent.sender, "to": self.pair.ready.grid.book.market}
        other |= {"data": hexes.text(data)} if data else {"to": sent.sender, "value": "0x1"}
        other |= {"nonce": hex(sent.nonce), "gas": hex(200_000)}
        self.chain.rpc("anvil_reorg", depth, [[other, 0]])
        assert self.chain.receipt(sent.hash) is None
        assert self.chain.nonce(sent.sender) == sent.nonce + 1

    def until(self, found: Callable[[], Any], limit_s: float = LIMIT_S) -> Any:
        """What `found` gives, asked again and again until that is something."""
        limit = time.monotonic() + limit_s
        while not (answer := found()):
            assert time.monotonic() < limit, "it never comes"
            threading.Event().wait(TURN_S)
        return answer

    def set_finality(self, setting: str) -> None:
        """Both nodes anew, with another [chain] finality."""
        for node in NODES:
            path = self.pair.stage.home.etc(node) / "node.toml"
            text = path.read_text("utf-8")
            path.write_text(re.sub(r"(?m)^finality = .*$", f'finality = "{setting}"', text))
            self.pair.stage.supervisor.end(f"noded:{node}")
        for node in NODES:
            self.pair.stage.supervisor.restart(f"noded:{node}")

    def _stands_at(self, node: str, head: int) -> bool:
        return bool(self.ask(node, "status")["chain"]["head"] >= head)

    def _ended(self, node: str, trade: str) -> dict[str, Any] | None:
        with contextlib.suppress(RpcFailed):  # not known yet
            row: dict[str, Any] = self.ask(node, "trade", trade=trade)
            if row["phase"] in ENDED:
                return row
        return None


@contextlib.contextmanager
def branching(folder: Path, finality: str) -> Iterator[World]:
    """Two real nodes on anvil."""
    with running_anvil() as url, ThreadPoolExecutor(4) as pool:
        miner = Miner(Chain(url))
        miner.start()
        try:
            with running_pair(folder, 1, url, BUDGET_UWH) as pair:
                world = World(pair, miner, pool)
                world.set_finality(finality)
                yield world
        finally:
            miner.stop()


def _entry(function: str) -> Any:
    return abi.entry(CONTRACT.get(function, "EnergyMarket"), "function", function)
