"""Two nodes that trade again and again while their programs are killed at random moments."""

import contextlib
import random
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.errors import RpcError, RpcFailed
from firmware.jsonrpc import Client
from normal_world.chain import abi
from normal_world.chain.client import Chain
from normal_world.demo.feed import Events
from normal_world.demo.home import Home, free_ports
from normal_world.demo.options import Options
from normal_world.demo.preparation import Ready, prepare
from normal_world.demo.progress import Progress, stream_for
from normal_world.demo.running import Program
from normal_world.demo.scene import Scene
from normal_world.demo.stage import NODES, Stage
from normal_world.demo.supervisor import Supervisor
from secure_world.protocol import Info, SecureWorld, payment_rounded_down

PRICE = 150_000_000_000_000_000
AMOUNT_UWH = 5_000
BUDGET_UWH = 5_000_000  # what the owners allow a day
BLOCK_S = "0.25"
TRADE_LIMIT_S = 180.0
PROGRAMS = ("chain", *(f"{p}:{n}" for p in ("secured", "meterd", "noded") for n in NODES))
ENDED = ("settled", "closed")
CONTRACTS = ("EnergyToken", "MeterRegistry", "EnergyMarket")


@dataclass(frozen=True)
class Kill:
    """SIGKILL `after_s` seconds after the offer was asked for; start again `pause_s` later."""

    program: str
    after_s: float
    pause_s: float


@dataclass
class Pair:
    """The running pair, and all that was ever signed in it."""

    stage: Stage
    chain: Chain
    ready: Ready
    signed: dict[tuple[str, str, int], dict[str, Any]] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    registers: dict[str, tuple[int, int]] = field(default_factory=dict)
    orders: int = 0

    def trade(self, kills: list[Kill]) -> dict[str, dict[str, Any]]:
        """One whole trade under fire; both nodes' records of it when both have ended it."""
        self.orders += 1
        begin_s = time.monotonic()
        killers = [threading.Thread(target=self._kill, args=(kill, begin_s)) for kill in kills]
        for killer in killers:
            killer.start()
        try:
            offer = self._order("seller", "sell", amount_uwh=AMOUNT_UWH, price=PRICE)
            bought = self._order(
                "buyer", "buy", amount_uwh=AMOUNT_UWH, max_price=PRICE, offers=[offer["offer_id"]]
            )
            (trade,) = bought["trades"]
            return {node: self._ended(node, trade) for node in NODES}
        finally:
            for killer in killers:
                killer.join()

    def register(self, node: str) -> tuple[int, int]:
        info = self.info(node)
        return info.import_uwh, info.export_uwh

    def info(self, node: str) -> Info:
        world = SecureWorld(self.stage.home.places(node).socket("secured-node"))
        try:
            return world.info()
        finally:
            world.close()

    def view(self, contract: str, function: str, *arguments: Any) -> Any:
        book = self.ready.grid.book
        places = (book.token, book.registry, book.market)
        address = dict(zip(CONTRACTS, places, strict=True))[contract]
        answer = self.chain.call(address, abi.encode(contract, function, arguments))
        return abi.decode(contract, function, answer)[0]

    def take_reading(self, event: dict[str, Any]) -> None:
        """Keep every reading ever seen; two different ones under one sequence are a crime."""
        reading = event.get("reading")
        if reading is None:
            return
        key = reading["meter"], reading["trade"], reading["sequence"]
        known = self.signed.setdefault(key, reading)
        if known != reading:
            self.contradictions.append(f"{known} and {reading}")

    def _kill(self, kill: Kill, begin_s: float) -> None:
        _pass_time(begin_s + kill.after_s)
        self.stage.supervisor.kill(kill.program)
        _pass_time(time.monotonic() + kill.pause_s)
        self.stage.supervisor.restart(kill.program)

    def _order(self, node: str, method: str, **params: Any) -> dict[str, Any]:
        key = f"{method}-{self.orders}"
        while True:
            try:
                answer: dict[str, Any] = self.stage.ask("noded", node, method, key=key, **params)
                return answer
            except RpcFailed as error:
                if error.code in ("ORDER-FAILED", "OFFERS-SHORT"):
                    raise
            except RpcError:
                pass
            _pass_time(time.monotonic() + 0.05)

    def _ended(self, node: str, trade: str) -> dict[str, Any]:
        limit_s = time.monotonic() + TRADE_LIMIT_S
        row: dict[str, Any] = {}
        while row.get("phase") not in ENDED:
            assert time.monotonic() < limit_s, f"{node} never ends trade {trade}: {row}"
            with contextlib.suppress(RpcError), Client(self._noded(node)) as client:
                row = client.call("trade", trade=trade)
            _pass_time(time.monotonic() + 0.05)
        return row

    def _noded(self, node: str) -> Path:
        return self.stage.home.places(node).socket("noded")


def check(pair: Pair, rows: dict[str, dict[str, Any]]) -> None:
    """What must hold after every trade, whatever was killed."""
    seller, buyer = rows["seller"], rows["buyer"]
    for key in ("trade", "phase", "energy_uwh", "paid", "refunded", "escrow", "end_block"):
        assert seller[key] == buyer[key], key
    assert seller["paid"] == payment_rounded_down(seller["energy_uwh"], PRICE)
    assert seller["paid"] + seller["refunded"] == seller["escrow"]
    assert seller["energy_uwh"] <= AMOUNT_UWH
    assert not pair.contradictions
    for node, direction in (("buyer", 0), ("seller", 1)):
        before, now = pair.registers.get(node, (0, 0)), pair.register(node)
        assert now >= before and now[0] >= before[0] and now[1] >= before[1], node
        meter = pair.ready.meters[node]
        claimed = pair.view("MeterRegistry", "claimedUpTo", meter, direction)
        assert claimed <= now[direction], node
        pair.registers[node] = now
        assert pair.info(node).open_import is None
        assert pair.info(node).open_export is None
    state = pair.stage.ask_plant("state")
    assert not any(board["relay_closed"] for board in state["boards"].values())


def check_whole(pair: Pair, rows: list[dict[str, dict[str, Any]]]) -> None:
    """After all trades: money conserved, each order placed once, each trade ended once."""
    book, chain = pair.ready.grid.book, pair.chain
    logs = chain.logs(book.deployed_block, chain.head(), address=book.market)
    names = {abi.topic("EnergyMarket", n): n for n in ("Offered", "Bought", "Settled", "Closed")}
    found = [names[log.topics[0]] for log in logs if log.topics[0] in names]
    assert found.count("Offered") == found.count("Bought") == len(rows)
    assert found.count("Settled") + found.count("Closed") == len(rows)
    offers = {log.topics[1] for log in logs if names.get(log.topics[0]) == "Offered"}
    assert len(offers) == 1  # the same number again and again
    purses = {n: pair.view("EnergyMarket", "purseOf", pair.ready.meters[n]) for n in NODES}
    assert purses["seller"] == sum(row["seller"]["paid"] for row in rows)
    assert pair.view("EnergyToken", "balanceOf", book.market) == sum(purses.values())
    deposits = [log for log in logs if log.topics[0] == abi.topic("EnergyMarket", "Deposited")]
    put_in = sum(int.from_bytes(log.data, "big") for log in deposits)
    assert put_in == sum(purses.values())  # of an escrow nothing is left anywhere
    paid_uwh = sum(row["seller"]["energy_uwh"] for row in rows)
    delivered = pair.stage.ask_plant("state")["delivered_true_uwh"]
    assert paid_uwh <= delivered * 1.01 + 50 * len(rows)


@contextlib.contextmanager
def running_pair(
    folder: Path, seed: int, node: str | None = None, budget_uwh: int = BUDGET_UWH
) -> Iterator[Pair]:
    """The demo's own nodes and set-up, on a chain with four blocks a second.

    `node`: URL of somebody else's, who makes its blocks. The budget sets the deadline of trades.
    """
    (port,) = free_ports(1)
    url = node or f"http://127.0.0.1:{port}"
    options = Options.checked(
        seed=seed,
        amount_uwh=budget_uwh,
        price=PRICE,
        chain="embedded",
        rpc=url,
        funding_key=None,
        crash=[],
        silent=None,
        fault=[],
        pause_s=0.0,
        home=folder,
        keep=True,
    )
    scene = Scene(options.energy_uwh(None), options.price)
    with Supervisor() as supervisor, Progress(scene, stream_for(json_only=True)) as progress:
        home = Home.make(options.home)
        stage = Stage(home, supervisor)
        if node is None:
            module = [sys.executable, "-m", "normal_world.chain.devchain", "--port", str(port)]
            argv = [*module, "--state", str(home.root / "chain"), "--block-seconds", BLOCK_S]
            supervisor.start(Program("chain", argv, home.logs / "chain.log"))
        pair = Pair(stage, Chain(url), prepare(options, stage, progress))
        feeds = [
            Events(home.places(node).socket(program), pair.take_reading)
            for node in NODES
            for program in ("meterd", "noded")
        ]
        for feed in feeds:
            feed.start()
        try:
            yield pair
        finally:
            for feed in feeds:
                feed.stop()


def random_kills(source: random.Random, count: int, span_s: float) -> list[Kill]:
    """Different programs at moments spread over the whole trade."""
    programs = source.sample(PROGRAMS, count)
    return [Kill(p, source.uniform(0.0, span_s), source.uniform(0.0, 1.0)) for p in programs]


def _pass_time(until_s: float) -> None:
    """The moment of a kill is the test's input, not something that it waits for."""
    threading.Event().wait(max(0.0, until_s - time.monotonic()))
