"""The energy registers: they only grow, once per µWh measured, and no faster than the hardware can.

Growth of both together ≤ rated power × own elapsed time + a start of BURST_S. What was not used is
kept, up to SAVED_S, so that a meter which measured while secured was down can catch up.
"""

from secure_world.clock import Clock
from secure_world.commands import Count, Register
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.store import Store

BURST_S = 2
SAVED_S = 3600
UJ_PER_UWH = 3600
KEPT_SESSIONS = 16
_UJ_PER_J = 10**6


def read(store: Store) -> Register:
    """Both registers, µWh."""
    row = store.row("SELECT import_uwh, export_uwh FROM register")
    assert row is not None
    return Register(*row)


def reset_allowance(store: Store, clock: Clock, rated_power_w: int) -> None:
    """A newly provisioned meter starts with the burst."""
    store.write(
        "UPDATE register SET allowance_uj = ?, boot_id = ?, boottime_ns = ?",
        rated_power_w * BURST_S * _UJ_PER_J,
        clock.boot_id(),
        clock.now_ns(),
    )


def count(store: Store, clock: Clock, rated_power_w: int, totals: Count) -> Register:
    """Bring the registers up to a session's totals. Raises REGISTER-BACKWARDS or -GROWTH."""
    session = totals.session.to_bytes(8, "big")
    before = store.row("SELECT imported_uwh, exported_uwh FROM session WHERE id = ?", session)
    imported, exported = before or (0, 0)
    grown = totals.imported_uwh - imported, totals.exported_uwh - exported
    if min(grown) < 0:
        text = f"totals fell by {-min(grown)} µWh, expected at least {imported} and {exported}"
        raise SecureWorldRefused(ErrorCode.REGISTER_BACKWARDS, text)
    if grown == (0, 0):
        return read(store)
    _grow(store, clock, rated_power_w, grown)
    _remember(store, session, totals, new=before is None)
    return read(store)


def _grow(store: Store, clock: Clock, rated_power_w: int, grown: tuple[int, int]) -> None:
    now_ns = clock.now_ns()
    allowed_uj = _allowance_uj(store, clock.boot_id(), now_ns, rated_power_w)
    left_uj = allowed_uj - sum(grown) * UJ_PER_UWH
    if left_uj < 0:
        text = f"{sum(grown)} µWh more, expected at most {allowed_uj // UJ_PER_UWH} by now"
        raise SecureWorldRefused(ErrorCode.REGISTER_GROWTH, text)
    store.write(
        "UPDATE register SET import_uwh = import_uwh + ?, export_uwh = export_uwh + ?,"
        " allowance_uj = ?, boot_id = ?, boottime_ns = ?",
        *grown,
        left_uj,
        clock.boot_id(),
        now_ns,
    )


def _allowance_uj(store: Store, boot_id: str, now_ns: int, rated_power_w: int) -> int:
    """Growth that is allowed now; time in which the machine was off does not count."""
    row = store.row("SELECT allowance_uj, boot_id, boottime_ns FROM register")
    assert row is not None
    saved_uj, saved_boot, saved_ns = row
    # After a boot only the time since then is sure: both events lie after the last count.
    since_ns = saved_ns if boot_id == saved_boot else 0
    earned_uj = rated_power_w * max(0, now_ns - since_ns) // 1000
    most: int = min(saved_uj + earned_uj, rated_power_w * SAVED_S * _UJ_PER_J)
    return most


def _remember(store: Store, session: bytes, totals: Count, *, new: bool) -> None:
    if new:
        store.write("INSERT INTO session VALUES (?, 0, 0)", session)
        store.write(
            "DELETE FROM session WHERE rowid <= (SELECT max(rowid) FROM session) - ?", KEPT_SESSIONS
        )
    store.write(
        "UPDATE session SET imported_uwh = ?, exported_uwh = ? WHERE id = ?",
        totals.imported_uwh,
        totals.exported_uwh,
        session,
    )
