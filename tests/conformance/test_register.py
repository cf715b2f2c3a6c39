"""The registers only grow, count once, and grow no faster than rated power and own time allow."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.conftest import Make
from tests.conformance.kit import Kit
from tests.conformance.wire import Code, Command

POWER_W = 3600
UWH_PER_S = 10**6  # at that power
BURST_S, SAVED_S = 2, 3600


def code(kit: Kit, session: int, imported: int, exported: int) -> Code:
    return kit.refused(Command.COUNT, session, imported, exported)


def test_totals_count_once(kit: Kit) -> None:
    assert kit.count(5, 7) == (5, 7)
    assert kit.count(5, 7) == (5, 7)
    assert kit.count(6, 7) == (6, 7)
    assert kit.count(1, 1, session=2) == (7, 8)
    assert kit.count(6, 7, session=1) == (7, 8)
    kit.restart()
    assert kit.count(6, 7) == (7, 8)
    assert kit.count(2, 1, session=2) == (8, 8)
    assert kit.count(0, 0, session=2**64 - 1) == (8, 8)


def test_totals_never_fall(kit: Kit) -> None:
    kit.count(5, 7)
    assert code(kit, 1, 4, 7) is Code.REGISTER_BACKWARDS
    assert code(kit, 1, 9, 6) is Code.REGISTER_BACKWARDS
    kit.restart()
    assert code(kit, 1, 4, 7) is Code.REGISTER_BACKWARDS
    assert kit.count(5, 7) == (5, 7)


def test_growth_of_a_new_device(kit: Kit) -> None:
    most = BURST_S * UWH_PER_S
    assert code(kit, 1, most + 1, 0) is Code.REGISTER_GROWTH
    assert code(kit, 1, most // 2, most // 2 + 1) is Code.REGISTER_GROWTH
    assert kit.count(most // 2, most // 2) == (most // 2, most // 2)
    assert code(kit, 1, most // 2 + 1, most // 2) is Code.REGISTER_GROWTH
    assert code(kit, 2, 1, 0) is Code.REGISTER_GROWTH  # a new session is no new allowance
    kit.home.pass_s(1)
    assert code(kit, 2, UWH_PER_S + 1, 0) is Code.REGISTER_GROWTH
    kit.count(UWH_PER_S, 0, session=2)


def test_growth_over_restarts_and_reboots(kit: Kit) -> None:
    kit.count(BURST_S * UWH_PER_S, 0)
    kit.home.pass_s(5)
    kit.restart()  # its clock goes on
    assert code(kit, 2, 5 * UWH_PER_S + 1, 0) is Code.REGISTER_GROWTH
    kit.count(5 * UWH_PER_S, 0, session=2)
    for number in range(3, 8):
        kit.reboot()  # a second after it: only that second is sure
        assert code(kit, number, UWH_PER_S + 1, 0) is Code.REGISTER_GROWTH
        kit.count(UWH_PER_S, 0, session=number)


def test_what_is_saved_up_ends(kit: Kit) -> None:
    kit.home.pass_s(100 * 24 * 3600)
    assert code(kit, 1, SAVED_S * UWH_PER_S + 1, 0) is Code.REGISTER_GROWTH
    kit.count(SAVED_S * UWH_PER_S, 0)


def test_the_largest_totals(make: Make) -> None:
    kit = make()
    kit.restore_key(rated_power_w=2**24 - 1)
    assert code(kit, 1, 2**64 - 1, 2**64 - 1) is Code.REGISTER_GROWTH
    kit.home.pass_s(10**6)
    assert code(kit, 1, 2**64 - 1, 0) is Code.REGISTER_GROWTH
    assert kit.count(10**10, 10**10) == (10**10, 10**10)


def test_refused_growth_costs_nothing(kit: Kit) -> None:
    for _ in range(5):
        assert code(kit, 1, 10**15, 0) is Code.REGISTER_GROWTH
    assert kit.count(BURST_S * UWH_PER_S, 0).import_uwh == BURST_S * UWH_PER_S


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.integers(0, 3 * UWH_PER_S),
            st.integers(0, 3 * UWH_PER_S),
            st.sampled_from([0, 0.001, 0.5, 1, 3]),
        ),
        min_size=5,
        max_size=40,
    )
)
def test_any_totals(shared: Kit, steps: list[tuple[int, int, int, float]]) -> None:
    """Whatever a meter reports: never down, never faster, and what it was told it keeps."""
    start, time_s = shared.info(), 0.0
    shared.home.pass_s(SAVED_S)  # the allowance is full: at most so much from here on
    before, totals = (start.import_uwh, start.export_uwh), {1: (0, 0)}
    base = shared.nonce() << 8
    for session, more_import, more_export, pause_s in steps:
        shared.home.pass_s(pause_s)
        time_s += pause_s
        known = totals.get(session, (0, 0))
        wanted = known[0] + more_import, known[1] + more_export
        try:
            found = shared.count(*wanted, session=base + session)
        except Exception as error:
            assert getattr(error, "code", None) is Code.REGISTER_GROWTH
            found_now = shared.info()
            assert (found_now.import_uwh, found_now.export_uwh) == before
            continue
        totals[session] = wanted
        assert found == (before[0] + more_import, before[1] + more_export)
        before = (found.import_uwh, found.export_uwh)
    grown = before[0] - start.import_uwh + before[1] - start.export_uwh
    assert grown <= (SAVED_S + time_s) * UWH_PER_S
