"""Any order of openings, readings, finals and restarts: what is signed never contradicts."""

from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from secure_world.errors import SecureWorldRefused
from secure_world.protocol import SignedReading
from tests.secure_world.rig import Rig
from tests.secure_world.temporary import fresh_folder
from tests.secure_world.test_trades import TRADE, opened, read


class TradeMachine(RuleBasedStateMachine):
    """Any order of openings, readings, finals and restarts: what is signed never contradicts."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(fresh_folder())
        self.total = 0
        self.signed: dict[tuple[bytes, int], SignedReading] = {}
        self.finals: dict[bytes, SignedReading] = {}
        self.froms: dict[bytes, int] = {}

    def teardown(self) -> None:
        self.rig.device.close()

    @rule(which=st.integers(1, 4))
    def open(self, which: int) -> None:
        trade = TRADE.replace(trade=bytes([which]) * 32)
        try:
            ready = opened(self.rig, trade)
        except SecureWorldRefused as error:
            assert error.code in ("TRADE-OPEN", "TRADE-FINAL")
            return
        assert self.froms.setdefault(trade.trade, ready.from_uwh) == ready.from_uwh

    @rule(which=st.integers(1, 4), more=st.integers(0, 300), final=st.booleans())
    def read(self, which: int, more: int, final: bool) -> None:
        trade = TRADE.replace(trade=bytes([which]) * 32)
        try:
            reading = read(self.rig, self.total + more, final=final, trade=trade)
        except SecureWorldRefused as error:
            assert error.code in ("TRADE-UNKNOWN", "TRADE-FINAL")
            return
        known = self.finals.get(trade.trade)
        if known is not None:
            assert reading == known
            return
        self.total += more
        self._keep(reading)

    @rule()
    def restart(self) -> None:
        self.rig.restart()

    @invariant()
    def intervals_of_trades_do_not_overlap(self) -> None:
        ends = {trade: reading.to_uwh for trade, reading in self.finals.items()}
        spans = sorted((self.froms[trade], end) for trade, end in ends.items())
        for (_, end), (start, _) in pairwise(spans):
            assert end <= start

    def _keep(self, reading: SignedReading) -> None:
        earlier = [key[1] for key in self.signed if key[0] == reading.trade]
        assert all(sequence < reading.sequence for sequence in earlier)
        assert reading.from_uwh == self.froms[reading.trade]
        assert reading.to_uwh == self.total
        self.signed[reading.trade, reading.sequence] = reading
        if reading.is_final:
            self.finals[reading.trade] = reading


TestTradeMachine = TradeMachine.TestCase
TestTradeMachine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
