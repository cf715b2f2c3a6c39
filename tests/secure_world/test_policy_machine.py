"""Whatever is asked in whatever order: no more is spent than the owner allowed, no way back.

For every asset: what was ever charged ≤ what it started with + rate × uptime, rounded up once.
The clock moves, the process restarts, the machine reboots, policies follow each other.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from secure_world.errors import SecureWorldRefused
from secure_world.policy import PolicyBook
from secure_world.policy_rules import FEES, NATIVE, ONE, Allowance, Call, Charge
from secure_world.store import Store
from secure_world.transactions import parse
from tests.secure_world.calls import unsigned, words
from tests.secure_world.owner import OWNER, PUBLIC_KEY, law, signed
from tests.secure_world.rig import MARKET, METER, SELECTOR, StandingClock
from tests.secure_world.test_policy import trade

TOKEN = b"\x0c" * 20
ASSETS = (NATIVE, FEES, TOKEN)
HOUR_NS = 3600 * 10**9
MOST = 1_000
amounts = st.integers(0, MOST)
CALLS = (Call(MARKET, SELECTOR, MOST, 1, (), (Charge(TOKEN, 0, ONE, MOST),)),)


class Spender(RuleBasedStateMachine):
    """A trader who wants all that there is, with an owner who changes his mind."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = StandingClock()
        self.open()
        self.book.own(PUBLIC_KEY, OWNER)
        self.store.commit()
        self.versions = [0]
        self.right: dict[bytes, int] = {}  # nanoseconds times units that may be left, at most
        self.limits: dict[bytes, tuple[int, int]] = {}
        self.day_uwh = self.open_trades = 0

    def open(self) -> None:
        self.store = Store(self.folder / "state.db")
        self.book = PolicyBook(self.store, self.clock)
        self.book.load()

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @initialize(capacity=amounts, per_hour=amounts)
    def first(self, capacity: int, per_hour: int) -> None:
        self.policy(list(ASSETS), capacity, per_hour)

    @rule(assets=st.lists(st.sampled_from(ASSETS), unique=True), capacity=amounts, per_hour=amounts)
    def policy(self, assets: list[bytes], capacity: int, per_hour: int) -> None:
        """The next one: each asset keeps what it had, within its new capacity."""
        allowances = tuple([Allowance(asset, capacity, per_hour) for asset in assets])
        rules = law(calls=CALLS, allowances=allowances, max_day_uwh=capacity)
        request = signed(METER, rules, self.book.version + 1, self.book.digest)
        assert self.book.set(request, METER)
        self.store.commit()
        before, self.right = self.right, {}
        self.limits = dict.fromkeys(assets, (capacity, per_hour))
        for asset in assets:
            most = capacity * HOUR_NS
            self.right[asset] = min(most, before.get(asset, most))
        self.last = request
        self.versions.append(self.book.version)

    @rule(value=amounts, token=amounts, price=st.integers(0, 1), nonce=st.integers(0, 10**6))
    def spend(self, value: int, token: int, price: int, nonce: int) -> None:
        raw = unsigned(nonce, value=value, data=words(token), gas=7, tip=0, max_fee=price)
        try:
            charges = self.book.charges(parse(raw))
            planned = self.book.plan(charges)
        except SecureWorldRefused as error:
            assert error.code == "POLICY-ALLOWANCE"
            return
        self.book.spend(planned)
        self.store.commit()
        assert charges == {
            k: v for k, v in zip(ASSETS, (value, 7 * price, token), strict=True) if v
        }
        for asset, amount in charges.items():
            self.right[asset] -= amount * HOUR_NS
            assert self.right[asset] >= 0

    @rule(amount=st.integers(1, MOST), used=amounts)
    def deliver(self, amount: int, used: int) -> None:
        """A trade from its opening to its FINAL."""
        opened = trade(1, amount)
        left_uwh = self.book.state().day_left_uwh
        try:
            self.book.check_trade(opened)
        except SecureWorldRefused as error:
            assert error.code == "POLICY-DAY-ENERGY"
            assert amount > left_uwh
            return
        self.book.charge_trade(opened)
        assert self.book.state().day_left_uwh == left_uwh - amount
        self.book.refund_trade(opened, used)
        self.store.commit()
        assert self.book.state().day_left_uwh == max(0, left_uwh - used)

    @rule(seconds=st.floats(0, 10_000))
    def time_passes(self, seconds: float) -> None:
        before_ns = self.clock.now_ns()
        self.clock.pass_s(seconds)
        self._earn(self.clock.now_ns() - before_ns)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.open()

    @rule(since_boot_s=st.floats(0, 10_000))
    def reboot(self, since_boot_s: float) -> None:
        """Only what is sure counts: the time since the boot."""
        self.store.close()
        self.clock.boot += "+"
        self.clock.time_ns = int(since_boot_s * 10**9)
        self._earn(self.clock.time_ns)
        self.open()

    @rule()
    def repeat(self) -> None:
        assert not self.book.set(self.last, METER)

    @rule(short=st.integers(1, 100))
    def faster(self, short: int) -> None:
        """The same allowances at another rate, right after some time at the old one."""
        self.time_passes(short)
        capacity, per_hour = max(self.limits.values(), default=(1, 1))
        self.policy(list(self.limits), capacity, per_hour + MOST)

    @invariant()
    def no_way_back(self) -> None:
        assert self.book.version == self.versions[-1]

    @invariant()
    def nothing_beyond_what_was_allowed(self) -> None:
        state: Any = self.book.state()
        for one in state.left:
            assert one.left <= self.limits[one.asset][0]
            assert one.left * HOUR_NS <= self.right[one.asset]

    def _earn(self, passed_ns: int) -> None:
        for asset, (capacity, per_hour) in self.limits.items():
            earned = self.right[asset] + per_hour * passed_ns
            self.right[asset] = min(capacity * HOUR_NS, earned)


Spender.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestSpender = Spender.TestCase
