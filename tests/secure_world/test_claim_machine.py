"""Any order of trades, claims, policies, restarts: intervals of a direction never overlap."""

from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from secure_world.commands import Command, Role, SignedClaim
from secure_world.errors import SecureWorldRefused
from secure_world.protocol import SignReading
from secure_world.structures import EXPORT, IMPORT
from tests.secure_world.rig import Rig
from tests.secure_world.temporary import fresh_folder
from tests.secure_world.test_claims import ASKED, AUCTION, OPERATOR, RULED, claimed, counted
from tests.secure_world.test_trades import TRADE, opened

ways = st.sampled_from([IMPORT, EXPORT])
USES = {(AUCTION, 8), (AUCTION, 9), (OPERATOR, 0)}
REFUSALS = {"CLAIM-OPEN", "CLAIM-EMPTY", "CLAIM-CHANGED", "CLAIM-POLICY", "POLICY-DAY-ENERGY"}


class ClaimMachine(RuleBasedStateMachine):
    """What was answered stays the answer, and no µWh is in two of them."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(fresh_folder())
        self.law = RULED.replace(max_day_uwh=3000)
        self.rig.rule(self.law)
        self.totals = [0, 0]
        self.spans: dict[int, list[tuple[int, int]]] = {IMPORT: [], EXPORT: []}
        self.claims: dict[tuple[int, bytes, int], tuple[int, SignedClaim]] = {}
        self.trades: dict[int, bytes] = {}
        self.number = 0

    def teardown(self) -> None:
        self.rig.device.close()

    @rule(way=ways, more=st.integers(1, 300))
    def count(self, way: int, more: int) -> None:
        self.totals[way] += more
        counted(self.rig, *self.totals)

    @rule(way=ways, amount=st.integers(1, 200))
    def open(self, way: int, amount: int) -> None:
        if way in self.trades:
            return
        self.number += 1
        name = self.number.to_bytes(32, "big")
        try:
            opened(self.rig, TRADE.replace(trade=name, direction=way, amount_uwh=amount))
        except SecureWorldRefused as error:
            assert error.code == "POLICY-DAY-ENERGY"
            return
        self.trades[way] = name

    @rule(way=ways, final=st.booleans())
    def read(self, way: int, final: bool) -> None:
        if way not in self.trades:
            return
        request = SignReading(self.trades[way], final, 1, *self.totals)
        reading = self.rig.ask(Role.METER, Command.SIGN_READING, request)
        if final:
            if reading.energy_uwh:
                self.spans[way].append((reading.from_uwh, reading.to_uwh))
            del self.trades[way]

    @rule(
        way=ways,
        use=st.sampled_from(sorted(USES)),
        reference=st.integers(1, 4),
        least=st.one_of(st.just(0), st.integers(0, 2000)),
    )
    def claim(self, way: int, use: tuple[bytes, int], reference: int, least: int) -> None:
        consumer, price = use
        asked = ASKED.replace(direction=way, consumer=consumer, reference=reference)
        known = self.claims.get((way, consumer, reference))
        try:
            made = claimed(self.rig, asked, price=price, least_from_uwh=least)
        except SecureWorldRefused as error:
            assert error.code in REFUSALS
            assert known is None or (error.code == "CLAIM-CHANGED" and known[0] != price)
            return
        if known is not None:
            assert known == (price, made)
            return
        assert way not in self.trades
        assert least <= made.from_uwh < made.to_uwh == self.totals[way]
        self.claims[way, consumer, reference] = price, made
        self.spans[way].append((made.from_uwh, made.to_uwh))

    @rule()
    def restart(self) -> None:
        self.rig.restart()

    @rule()
    def next_policy(self) -> None:
        self.rig.rule(self.law)

    @rule(hours=st.integers(1, 24))
    def wait(self, hours: int) -> None:
        self.rig.clock.pass_s(3600 * hours)

    @invariant()
    def no_energy_twice(self) -> None:
        for spans in self.spans.values():
            for (_, end), (start, _) in pairwise(
                sorted(span for span in spans if span[1] > span[0])
            ):
                assert end <= start


TestClaimMachine = ClaimMachine.TestCase
TestClaimMachine.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
