"""The energy register: once per µWh, never less, never faster than the hardware can."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from secure_world.commands import Command, Count, Empty, Register, Role
from secure_world.dispatch import answers
from secure_world.envelope import encode_request
from secure_world.errors import SecureWorldRefused
from secure_world.register import BURST_S, KEPT_SESSIONS, SAVED_S
from tests.secure_world.rig import RATED_POWER_W, Rig
from tests.secure_world.temporary import fresh_folder

UWH_PER_S = RATED_POWER_W * 10**6 // 3600
BURST_UWH = BURST_S * UWH_PER_S


def count(rig: Rig, session: int, imported: int, exported: int) -> tuple[int, int]:
    answer: Register = rig.ask(Role.METER, Command.COUNT, Count(session, imported, exported))
    return answer.import_uwh, answer.export_uwh


def refusal(rig: Rig, session: int, imported: int, exported: int) -> str:
    with pytest.raises(SecureWorldRefused) as caught:
        count(rig, session, imported, exported)
    return str(caught.value.code)


def test_totals_are_counted_once(rig: Rig) -> None:
    assert count(rig, 1, 10, 20) == (10, 20)
    assert count(rig, 1, 10, 20) == (10, 20)
    assert count(rig, 1, 15, 20) == (15, 20)
    assert count(rig, 2, 5, 5) == (20, 25)  # a new run of the meter program begins at zero
    assert count(rig, 1, 15, 20) == (20, 25)  # a late repetition of the earlier run


def test_totals_that_fall_are_refused(rig: Rig) -> None:
    count(rig, 1, 10, 20)
    assert refusal(rig, 1, 9, 20) == "REGISTER-BACKWARDS"
    assert refusal(rig, 1, 100, 19) == "REGISTER-BACKWARDS"
    assert count(rig, 1, 10, 20) == (10, 20)


def test_growth_is_bound_by_rated_power_and_own_time(rig: Rig) -> None:
    assert refusal(rig, 1, BURST_UWH + 1, 0) == "REGISTER-GROWTH"
    assert count(rig, 1, BURST_UWH // 2, BURST_UWH // 2) == (BURST_UWH // 2, BURST_UWH // 2)
    assert refusal(rig, 1, BURST_UWH // 2 + 1, BURST_UWH // 2) == "REGISTER-GROWTH"
    rig.clock.pass_s(1)
    assert refusal(rig, 1, BURST_UWH // 2 + UWH_PER_S + 1, BURST_UWH // 2) == "REGISTER-GROWTH"
    assert count(rig, 1, BURST_UWH // 2 + UWH_PER_S, BURST_UWH // 2)


def test_a_new_session_brings_no_new_burst(rig: Rig) -> None:
    count(rig, 1, BURST_UWH, 0)
    assert refusal(rig, 2, 1, 0) == "REGISTER-GROWTH"


def test_time_counts_over_a_restart_of_the_process(rig: Rig) -> None:
    count(rig, 1, BURST_UWH, 0)
    rig.clock.pass_s(3)
    rig.restart()
    assert refusal(rig, 1, BURST_UWH + 3 * UWH_PER_S + 1, 0) == "REGISTER-GROWTH"
    assert count(rig, 1, BURST_UWH + 3 * UWH_PER_S, 0)


def test_after_a_reboot_only_the_time_since_counts(rig: Rig) -> None:
    count(rig, 1, BURST_UWH, 0)
    rig.reboot(since_boot_s=1)
    assert refusal(rig, 2, UWH_PER_S + 1, 0) == "REGISTER-GROWTH"
    assert count(rig, 2, UWH_PER_S, 0) == (BURST_UWH + UWH_PER_S, 0)


def test_what_is_saved_has_an_end(rig: Rig) -> None:
    rig.clock.pass_s(SAVED_S * 10)
    most = SAVED_S * UWH_PER_S
    assert refusal(rig, 1, most + 1, 0) == "REGISTER-GROWTH"
    assert count(rig, 1, most, 0) == (most, 0)


def test_a_clock_that_falls_earns_nothing(rig: Rig) -> None:
    count(rig, 1, BURST_UWH, 0)
    rig.clock.pass_s(-5)
    assert refusal(rig, 1, BURST_UWH + 1, 0) == "REGISTER-GROWTH"


def test_the_last_sessions_are_remembered_over_a_restart(rig: Rig) -> None:
    for session in range(1, KEPT_SESSIONS + 4):
        count(rig, session, 10, 0)
    total = 10 * (KEPT_SESSIONS + 3)
    rig.restart()
    for session in range(4, KEPT_SESSIONS + 4):
        assert count(rig, session, 10, 0) == (total, 0)
    rows = rig.device.store.row("SELECT count(*) FROM session")
    assert rows == (KEPT_SESSIONS - 1,)  # the latest stands beside the registers
    assert count(rig, 3, 1, 0) == (total + 1, 0)  # forgotten: a new one


def test_many_counts_of_one_batch_are_written_once(rig: Rig) -> None:
    requests = [
        (Role.METER, encode_request(Command.COUNT, number, Count(1, number, 0)))
        for number in range(1, 50)
    ]
    before = rig.device.store.changes
    answers(rig.device, requests)
    assert rig.device.store.changes == before + 1  # registers and session together
    rig.restart()
    assert count(rig, 1, 49, 0) == (49, 0)


@pytest.mark.parametrize("total", [2**63, 2**64 - 1])
def test_absurd_totals_are_refused(rig: Rig, total: int) -> None:
    assert refusal(rig, 1, total, 0) == "REGISTER-GROWTH"
    assert refusal(rig, 1, total, total) == "REGISTER-GROWTH"
    assert count(rig, 1, 1, 0) == (1, 0)


class RegisterMachine(RuleBasedStateMachine):
    """Any order of counts, repetitions, restarts and reboots beside a model of plain sums."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(fresh_folder())
        self.model = [0, 0]
        self.session, self.totals = 1, (0, 0)
        self.elapsed_s = 0.0

    def teardown(self) -> None:
        self.rig.device.close()

    @rule(imported=st.integers(0, 3 * BURST_UWH), exported=st.integers(0, BURST_UWH))
    def count_more(self, imported: int, exported: int) -> None:
        totals = self.totals[0] + imported, self.totals[1] + exported
        try:
            answer = count(self.rig, self.session, *totals)
        except SecureWorldRefused as error:
            assert error.code == "REGISTER-GROWTH"
            return
        self.totals = totals
        self.model = [self.model[0] + imported, self.model[1] + exported]
        assert answer == tuple(self.model)

    @rule()
    def repeat(self) -> None:
        assert count(self.rig, self.session, *self.totals) == tuple(self.model)

    @precondition(lambda self: max(self.totals) > 0)
    @rule()
    def fall(self) -> None:
        less = max(0, self.totals[0] - 1), max(0, self.totals[1] - 1)
        assert refusal(self.rig, self.session, *less) == "REGISTER-BACKWARDS"

    @rule()
    def new_session(self) -> None:
        self.session, self.totals = self.session + 1, (0, 0)

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        self.rig.clock.pass_s(seconds)
        self.elapsed_s += seconds

    @rule()
    def restart(self) -> None:
        self.rig.restart()

    @rule(since_boot_s=st.floats(0, 2))
    def reboot(self, since_boot_s: float) -> None:
        self.rig.reboot(since_boot_s)
        self.elapsed_s += since_boot_s

    @invariant()
    def register_is_the_sum_and_within_the_hardwares_power(self) -> None:
        info = self.rig.ask(Role.ADMIN, Command.INFO, Empty())
        assert [info.import_uwh, info.export_uwh] == self.model
        assert sum(self.model) <= BURST_UWH + self.elapsed_s * UWH_PER_S + 1


TestRegisterMachine = RegisterMachine.TestCase
TestRegisterMachine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
