"""Invariants of operator, smart meter and prosumer, over random calls by all kinds of parties.

1. Money: the reserve is what it began with, plus what was bought, less rewards and withdrawals;
   each of these is floor(energy * price / 1e9) at the price of its moment; nobody else's tokens
   move, and a prosumer never leaves anyone a leave to take its tokens.
2. Energy: no microwatt-hour of a meter's export is rewarded twice, or rewarded and sold; the
   intervals only move up, and together stay below rated power * time.
3. Rewards go to the account of the meter that signed, whoever brings the claim; never while the
   smart meter is untrusted, never for a retired meter, never below the reward that was signed.
4. What is refused changes nothing, and is refused with a named error: no panic, no bare revert.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.abi import Contract, Refused
from tests.contracts.evm import Outcome
from tests.contracts.operator_world import (
    MARKET,
    MONEY,
    PRICE,
    RESERVE,
    REWARD,
    Claim,
    OperatorWorld,
)
from tests.contracts.world import (
    BLOCK_UWH,
    BURST_BLOCKS,
    EXPORT,
    OPERATOR,
    STRANGER,
    Household,
    events,
)

KWH = 10**9
NAMES = ("ada", "bob", "cyd")
ANN = b"\xa1" * 20
WHO = st.integers(0, 2)
PRICES = st.sampled_from([0, 1, KWH - 1, PRICE, REWARD, 2**96 - 1])
SHIFTS = st.sampled_from([0, 0, 0, -1, 1, -BLOCK_UWH, BLOCK_UWH])
ENERGY = st.sampled_from([0, 1, BLOCK_UWH, 9 * BLOCK_UWH, 2**63]) | st.integers(0, 10**8)
AMOUNTS = st.sampled_from([0, 1, KWH, 2**64 - 1]) | st.integers(0, 10**10)


class OperatorMachine(RuleBasedStateMachine):
    """One counter; each rule is one transaction that may be refused."""

    @initialize()
    def begin(self) -> None:
        self.world = OperatorWorld()
        self.prosumer = Contract(self.world.evm, "Prosumer", ANN)
        self.world.enrich(self.prosumer.address, MONEY)
        accounts = (None, None, self.prosumer.address)
        self.homes = [self.world.household(n, a) for n, a in zip(NAMES, accounts, strict=True)]
        self.accounts = {
            home.meter: account or home.account
            for home, account in zip(self.homes, accounts, strict=True)
        }
        self.world.token.call(
            self.homes[0].account, "approve", self.world.counter.address, 2**256 - 1
        )
        self.start = self.world.evm.block
        self.tokens = {self.world.counter.address: RESERVE, self.prosumer.address: MONEY}
        self.tokens |= {home.account: 0 for home in self.homes[:2]} | {STRANGER: 0, OPERATOR: 0}
        self.used: dict[bytes, list[tuple[int, int]]] = {home.meter: [] for home in self.homes}
        self.retired: set[bytes] = set()
        self.sent: list[tuple[Any, ...]] = []
        self.price, self.reward, self.trusted = PRICE, REWARD, True

    def attempt(self, contract: Contract, who: bytes, name: str, *words: Any) -> Outcome | None:
        try:
            done = contract.call(who, name, *words)
        except Refused as refusal:
            assert refusal.name not in ("", "Panic"), refusal
            return None
        for event, said in events(done):
            if event == "EnergyBought":
                assert said["paid"] == said["amountUwh"] * self.price // KWH
                self.move(said["buyer"], self.world.counter.address, said["paid"])
        return done

    def move(self, giver: bytes, taker: bytes, amount: int) -> None:
        self.tokens[giver] -= amount
        self.tokens[taker] += amount

    @rule(who=WHO, shift=SHIFTS, energy=ENERGY, number=st.integers(0, 3), lowest=PRICES)
    def report(self, who: int, shift: int, energy: int, number: int, lowest: int) -> None:
        """From where the meter's register was claimed to, give or take."""
        from_ = max(0, self.world.claimed(self.homes[who]) + shift)
        to = min(from_ + energy, 2**64 - 1)
        lowest = min(lowest, self.reward + 1)
        claim = self.world.claim(self.homes[who], from_, to, number=number, price=lowest)
        self.bring(claim, self.homes[who])

    @rule(who=WHO, blocks=st.integers(1, 30))
    def produce(self, who: int, blocks: int) -> None:
        """An honest household: its meter's next interval, as much as it could have made."""
        self.world.evm.mine(blocks)
        from_ = self.world.claimed(self.homes[who])
        self.bring(self.world.claim(self.homes[who], from_, from_ + BLOCK_UWH), self.homes[who])

    def bring(self, claim: Claim, signer: Household) -> None:
        words = self.world.words(claim, signer)
        self.sent.append(words)
        self.send(STRANGER, words)

    def send(self, who: bytes, words: tuple[Any, ...]) -> None:
        done = self.attempt(self.world.smart_meter, who, "reportProduction", *words)
        if done is None:
            return
        meter, from_, to, _, lowest = words[:5]
        assert self.trusted and meter not in self.retired and self.reward >= max(lowest, 1)
        paid = int.from_bytes(done.output, "big")
        assert paid == (to - from_) * self.reward // KWH
        self.move(self.world.counter.address, self.accounts[meter], paid)
        self.used[meter].append((from_, to))

    @rule(which=st.integers(0, 20), who=WHO)
    def replay(self, which: int, who: int) -> None:
        if self.sent:
            self.send(self.homes[who].account, self.sent[which % len(self.sent)])

    @rule(who=WHO, energy=ENERGY, shift=SHIFTS)
    def sell(self, who: int, energy: int, shift: int) -> None:
        """The market claims an interval for energy that it paid for."""
        meter = self.homes[who].meter
        from_ = max(0, self.world.claimed(self.homes[who]) + shift)
        to = min(from_ + energy, 2**64 - 1)
        if self.attempt(self.world.registry, MARKET, "claim", meter, EXPORT, from_, to):
            self.used[meter].append((from_, to))

    @rule(amount=AMOUNTS, bound=PRICES, by_contract=st.booleans())
    def buy(self, amount: int, bound: int, by_contract: bool) -> None:
        if by_contract:
            words = (self.world.counter.address, amount, bound)
            self.attempt(self.prosumer, ANN, "payForEnergy", *words)
        else:
            self.attempt(self.world.counter, self.homes[0].account, "buyEnergy", amount, bound)

    @rule(value=PRICES, price=st.booleans(), owner=st.booleans())
    def set_value(self, value: int, price: bool, owner: bool) -> None:
        name = "setPrice" if price else "setReward"
        if self.attempt(self.world.counter, OPERATOR if owner else STRANGER, name, value):
            assert owner
            self.price, self.reward = (value, self.reward) if price else (self.price, value)

    @rule(owner=st.booleans())
    def turn_trust(self, owner: bool) -> None:
        name = "untrust" if self.trusted else "trust"
        who = OPERATOR if owner else STRANGER
        if self.attempt(self.world.counter, who, name, self.world.smart_meter.address):
            assert owner
            self.trusted = not self.trusted

    @rule(share=st.sampled_from([0, 1, 2]), owner=st.booleans())
    def withdraw(self, share: int, owner: bool) -> None:
        amount = self.tokens[self.world.counter.address] * share // 2
        who = OPERATOR if owner else STRANGER
        if self.attempt(self.world.counter, who, "withdraw", who, amount):
            self.move(self.world.counter.address, OPERATOR, amount)

    @rule(who=st.integers(0, 9))
    def retire(self, who: int) -> None:
        if who < 2:
            self.attempt(self.world.registry, OPERATOR, "retire", self.homes[who].meter)
            self.retired.add(self.homes[who].meter)

    @invariant()
    def money_agrees(self) -> None:
        for account, amount in self.tokens.items():
            assert self.world.tokens(account) == amount
        words = (self.prosumer.address, self.world.counter.address)
        assert self.world.token.view("allowance", *words) == 0

    @invariant()
    def energy_is_used_once(self) -> None:
        for home in self.homes:
            used = self.used[home.meter]
            ends = [end for interval in used for end in interval]
            assert ends == sorted(ends)
            blocks = self.world.evm.block - self.start + BURST_BLOCKS
            assert sum(to - from_ for from_, to in used) <= blocks * BLOCK_UWH


TestOperator = OperatorMachine.TestCase
TestOperator.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
