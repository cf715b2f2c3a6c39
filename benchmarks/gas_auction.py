"""Gas of the auction, whole rounds by whole transactions: `python -m benchmarks.gas_auction`.

Prints what an order costs in a round of 200 a side, with commitments and without, and what the
transactions of a round of 500 a side use. Purses are filled beforehand (steady state); a round's
own word is always new. `rows()` measures a small round, for `python -m benchmarks.gas`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from benchmarks.gas_chain import Deployed, GasChain, Row
from normal_world.chain.finality import EMBEDDED as CHAIN_ID
from tests.contracts.abi import Refused
from tests.contracts.auction_reference import Order, claim_purpose, commitment, pack, ranks

CLAIM = "Claim(address meter,uint8 direction,uint64 from,uint64 to,bytes32 purpose)"
CLAIM_TYPES = ["address", "uint8", "uint64", "uint64", "bytes32"]
GRID_BUY, FEED_IN, DEPOSIT, FEE, FUNDS = 3 * 10**17, 8 * 10**16, 10**14, 10**12, 10**18
PURSE = 5 * 10**16
BATCH = 100  # placements in a transaction
CAP = 16_777_216  # gas that one transaction may use since the Osaka rules
LARGE = (200, 500)


@dataclass
class Round:
    """Gas of every transaction of a round."""

    commits: list[int]
    places: list[int]
    clear: int
    pays: list[int]
    orders: int

    @property
    def per_order(self) -> int:
        return (sum(self.commits) + sum(self.places) + self.clear + sum(self.pays)) // self.orders


class AuctionBench:
    """An auction with `side` sellers and as many buyers, all with money in their purses."""

    def __init__(self, side: int, *, commits: bool) -> None:
        self.chain, self.commits = GasChain(2 * side), commits
        self.windows = (2 * side + 2 if commits else 0, 2 * side + 2)
        self.slot_blocks = sum(self.windows) + 8
        gate = self.chain.deploy("RegistryGate", self.chain.registry.address, 1)
        self.auction = self._auction(gate)
        self.chain.enroll(self.auction)
        self.utility = self.chain.operator
        self.chain.fund(self.utility, self.auction, 5 * 10**19)
        self.call("fund", self.utility, "fund", FUNDS)
        for meter in self.chain.meters:
            self.call("deposit", self.utility, "deposit", meter, PURSE)
        self.registers = [6 * 10**9] * (2 * side)
        self.random = random.Random(3)

    def _auction(self, gate: Deployed) -> Deployed:
        deposit = DEPOSIT if self.commits else 0
        settings = (self.slot_blocks, *self.windows, deposit, FEE, GRID_BUY, FEED_IN)
        facts = (self.chain.token.address, self.chain.registry.address, gate.address)
        return self.chain.deploy("EnergyAuction", *facts, self.chain.operator, settings)

    def call(self, label: str, who: bytes, function: str, *words: Any) -> int:
        gas, _ = self.chain.send(who, self.auction.address, self.auction.data(function, *words))
        self.chain.rows.append(Row("EnergyAuction", label, gas))
        return gas

    def order(self, number: int) -> Order:
        """Sells from even numbers, buys from odd ones, about as many that meet as that do not."""
        price = self.random.randrange(5 * 10**16, 35 * 10**16)
        energy = self.random.randrange(10**7, 10**8)
        return Order(self.chain.meters[number], price, number % 2 == 0, energy)

    def round(self, *, batch: int = BATCH, pay_now: int = 10**6, pay_each: int = 400) -> Round:
        """A whole round of one order of everybody."""
        orders = [self.order(number) for number in range(len(self.chain.meters))]
        self.to_slot_end()
        slot = self.head // self.slot_blocks - 1
        placements = [self.placement(slot, i, order) for i, order in enumerate(orders)]
        commits = [self.commit(slot, i, p) for i, p in enumerate(placements) if self.commits]
        self.mine_to((slot + 1) * self.slot_blocks + self.windows[0])
        places = [
            self.call(f"place {batch}", self.utility, "place", slot, placements[i : i + batch])
            for i in range(0, len(orders), batch)
        ]
        self.mine_to((slot + 1) * self.slot_blocks + sum(self.windows))
        return self._clear(slot, orders, commits, places, pay_now, pay_each)

    def _clear(self, slot: int, orders: list[Order], commits: list[int], places: list[int],
               pay_now: int, pay_each: int) -> Round:  # fmt: skip
        book, standing = pack(orders), ranks(orders)
        payouts = b""
        if pay_now < len(orders):
            payouts = self.view("payoutsOf", slot, book, standing, FUNDS)
        label = f"clear {len(orders)}, pay {min(pay_now, len(orders))}"
        gas = self.call(label, self.chain.accounts[0], "clear", slot, book, standing, pay_now)
        pays = []
        for start in range(48 * pay_now, len(payouts), 48 * pay_each):
            chunk, rest = payouts[start : start + 48 * pay_each], payouts[start + 48 * pay_each :]
            words = (slot, chunk, self.view("linkOf", rest))
            pays.append(self.call(f"pay {len(chunk) // 48}", self.chain.accounts[0], "pay", *words))
        return Round(commits, places, gas, pays, len(orders))

    def commit(self, slot: int, number: int, placement: tuple[Any, ...]) -> int:
        sealed = commitment(CHAIN_ID, self.auction.address, slot, *placement[:6])
        who = self.chain.accounts[number]
        return self.call("commit", who, "commit", slot, self.chain.meters[number], sealed)

    def placement(self, slot: int, number: int, order: Order) -> tuple[Any, ...]:
        start = self.registers[number]
        self.registers[number] = end = start + order.energy_uwh
        purpose = claim_purpose(self.auction.address, slot, order.price)
        claim = (order.meter, int(order.is_sell), start, end, purpose)
        signed = self.chain.sign(number, self.chain.registry, CLAIM, CLAIM_TYPES, claim)
        salt = int.from_bytes(keccak(text=str(number))[:16], "big") if self.commits else 0
        return (*claim[:4], order.price, salt, *signed)

    def view(self, function: str, *words: Any) -> Any:
        from normal_world.chain.devchain import calls
        from tests.contracts.abi import decode, types_of

        entry = self.auction.functions[function]
        fields = {
            "value": 0,
            "to": self.auction.address,
            "data": self.auction.data(function, *words),
        }
        engine = self.chain.engine
        done = calls.run(engine, engine.head(), {"from": self.utility, **fields}, 500_000_000)
        if done.is_error:
            raise Refused(done.output.hex(), ())
        return decode(types_of(entry["outputs"]), bytes(done.output))[0]

    @property
    def head(self) -> int:
        """Number of the next block."""
        return int(self.chain.engine.head().block_number) + 1

    def mine_to(self, block: int) -> None:
        self.chain.mine(block - self.head)

    def to_slot_end(self) -> None:
        self.mine_to((self.head // self.slot_blocks + 1) * self.slot_blocks)


def rows() -> Iterator[Row]:
    """A small round with commitments, what else is done with money, and one without."""
    with_commitments, without = (AuctionBench(2, commits=commits) for commits in (True, False))
    for bench in (with_commitments, without):
        for _ in range(2):
            bench.round(batch=1, pay_now=2)
    _money(with_commitments)
    yield from with_commitments.chain.rows
    for row in without.chain.rows:
        if row.label.startswith(("place", "clear")):
            yield row._replace(label=f"{row.label}, no commitments")


def _money(bench: AuctionBench) -> None:
    meter, account = bench.chain.meters[0], bench.chain.accounts[0]
    for amount in (10, 20):
        bench.call("deposit", bench.utility, "deposit", meter, amount)
        bench.call("withdraw", account, "withdraw", meter, amount)
        bench.call("draw", bench.utility, "draw", amount)
        bench.call("setTariff", bench.utility, "setTariff", GRID_BUY + amount, FEED_IN)


def _report(side: int, *, commits: bool, batch: int, pay_now: int = 10**6) -> None:
    done = AuctionBench(side, commits=commits).round(batch=batch, pay_now=pay_now)
    mode = "commitments" if commits else "no commitments"
    print(f"{side} a side, {mode}, {batch} orders in a place: {done.per_order:,} an order")
    parts = {"commit": done.commits, "place": done.places, "clear": [done.clear], "pay": done.pays}
    for name, gas in parts.items():
        if gas:
            share = sum(gas) // done.orders
            print(f"  {name:7}{len(gas):4} transactions, largest {max(gas):,}, {share:,} an order")
    assert all(max(gas) < CAP for gas in parts.values() if gas)


def main() -> None:
    small, large = LARGE
    for commits in (True, False):
        for batch in (BATCH, 1):
            _report(small, commits=commits, batch=batch)
    _report(large, commits=True, batch=BATCH, pay_now=0)
    _report(large, commits=False, batch=BATCH)


if __name__ == "__main__":
    main()
