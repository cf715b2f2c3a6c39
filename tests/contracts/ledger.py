"""What must be true of money, energy and credit, worked out from the events alone."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.abi import decode_event
from tests.contracts.evm import Outcome
from tests.contracts.world import BLOCK_UWH, BURST_BLOCKS, CREDIT, MONEY, Household, Terms, World

SUPPLY = 10**20


@dataclass
class Ledger:
    """Books kept beside the contracts; `check` compares the two."""

    world: World
    homes: list[Household]
    start_block: int
    terms: dict[bytes, Terms] = field(default_factory=dict)
    ends: Counter[bytes] = field(default_factory=Counter)
    purse: defaultdict[bytes, int] = field(default_factory=lambda: defaultdict(lambda: MONEY))
    pocket: Counter[bytes] = field(default_factory=Counter)
    filled: Counter[tuple[int, int]] = field(default_factory=Counter)
    offered: dict[tuple[int, int], int] = field(default_factory=dict)
    credit: defaultdict[bytes, int] = field(default_factory=lambda: defaultdict(lambda: CREDIT))
    claims: defaultdict[tuple[bytes, int], list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    received: defaultdict[bytes, int] = field(default_factory=lambda: defaultdict(int))

    def book(self, done: Outcome, opened: list[Terms]) -> None:
        """Enter a call that succeeded; `opened` are the trades that it bought."""
        for terms in opened:
            assert self.world.id_of(terms) not in self.terms
            self.terms[self.world.id_of(terms)] = terms
            self.purse[terms.buyer_meter] -= terms.escrow
            self.filled[terms.offer_id, terms.ref % 2**32] += terms.amount_uwh
        for name, values in map(decode_event, done.logs):
            self._enter_offer_or_money(name, values)
            if name == "Claimed":
                self._claim(values["meter"], values["direction"], values["from"], values["to"])
            if name == "TradeClaimed":
                self._claim(values["seller"], 1, values["exportFrom"], values["exportTo"])
                self._claim(values["buyer"], 0, values["importFrom"], values["importTo"])
            if name == "Reported":
                self.received[values["trade"] + values["meter"]] = values["energyUwh"]
            if name in ("Settled", "Closed"):
                self._end(name, values["trade"], values["energyUwh"])

    def _enter_offer_or_money(self, name: str, values: dict[str, Any]) -> None:
        if name == "Offered":
            key = values["offerId"], values["version"]
            assert key not in self.offered
            self.offered[key] = values["amountUwh"]
        if name == "Deposited":
            self.purse[values["meter"]] += values["amount"]
            self.pocket[values["payer"]] -= values["amount"]
        if name == "Withdrawn":
            self.purse[values["meter"]] -= values["amount"]
            self.pocket[values["account"]] += values["amount"]

    def _claim(self, meter: bytes, direction: int, from_: int, to: int) -> None:
        if from_ < to:
            self.claims[meter, direction].append((from_, to))

    def _end(self, name: str, trade: bytes, energy_uwh: int) -> None:
        terms = self.terms[trade]
        self.ends[trade] += 1
        paid = energy_uwh * terms.price // 10**9
        assert 0 <= paid <= terms.escrow
        self.purse[terms.seller_meter] += paid
        self.purse[terms.buyer_meter] += terms.escrow - paid
        delivered = self.received[trade + terms.buyer_meter] > 0
        change = 1 if name == "Settled" else -3 if delivered else 0
        for meter in (terms.seller_meter, terms.buyer_meter):
            self.credit[meter] = max(0, self.credit[meter] + change)

    def open_escrow(self) -> int:
        return sum(t.escrow for trade, t in self.terms.items() if not self.ends[trade])

    def check_money(self) -> None:
        purses = [self.world.purse(home) for home in self.homes]
        assert purses == [self.purse[home.meter] for home in self.homes]
        held = self.world.tokens(self.world.market.address)
        assert held == sum(purses) + self.open_escrow()

    def check(self) -> None:
        self.check_money()
        for home in self.homes:
            assert self.world.tokens(home.account) == self.pocket[home.account]
            assert self.world.credit(home) == self.credit[home.meter]
            for direction in (0, 1):
                self._check_claims(home, direction)
        held = sum(self.purse.values()) + sum(self.pocket.values()) + self.open_escrow()
        assert held + self.world.tokens(self.world.token.address) == SUPPLY
        for offer, amount_uwh in self.filled.items():
            assert amount_uwh <= self.offered[offer]
        for trade, times in self.ends.items():
            assert times == 1
            assert not self.world.is_open(self.terms[trade])
        for trade, terms in self.terms.items():
            assert self.world.is_open(terms) == (not self.ends[trade])

    def _check_claims(self, home: Household, direction: int) -> None:
        intervals = self.claims[home.meter, direction]
        end = 0
        for from_, to in intervals:
            assert end <= from_ < to
            end = to
        assert self.world.claimed(home, direction) == end
        blocks = self.world.evm.block - self.start_block + BURST_BLOCKS
        assert sum(to - from_ for from_, to in intervals) <= blocks * BLOCK_UWH
