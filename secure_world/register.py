"""The energy registers: they only grow, once per µWh measured, and no faster than the hardware can.

Growth of both together ≤ rated power × own elapsed time + a start of BURST_S. What was not used is
kept, up to SAVED_S, so that a meter which measured while secured was down can catch up.
"""

from secure_world.clock import Clock
from secure_world.commands import Register
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.store import Store
from secure_world.structures import EXPORT

BURST_S = 2
SAVED_S = 3600
UJ_PER_UWH = 3600
KEPT_SESSIONS = 16
_UJ_PER_J = 10**6


class Registers:
    """Both registers in memory; a batch's growth is written once, before its commit."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.import_uwh = self.export_uwh = 0
        self._sessions: dict[int, tuple[int, int]] = {}  # oldest first
        self._latest: int | None = None  # the session beside the registers: one write for both
        self._changed: dict[int, None] = {}  # sessions that `flush` writes or deletes, in order

    def load(self, rated_power_w: int) -> None:
        """Take registers, sessions and allowance from the store."""
        row = self._store.row(
            "SELECT import_uwh, export_uwh, allowance_uj, boot_id, boottime_ns,"
            " session, imported_uwh, exported_uwh FROM register"
        )
        assert row is not None
        self.import_uwh, self.export_uwh, self._allowance_uj, boot_id, time_ns, *latest = row
        # After a boot only the time since then is sure: both events lie after the last count.
        self._since_ns = time_ns if boot_id == self._clock.boot_id() else 0
        self._rated_power_w = rated_power_w
        rows = self._store.rows("SELECT id, imported_uwh, exported_uwh FROM session ORDER BY rowid")
        if latest[0] is not None:
            rows = [row for row in rows if row[0] != latest[0]] + [tuple(latest)]
        self._sessions = {int.from_bytes(name, "big"): (more, less) for name, more, less in rows}
        self._latest = int.from_bytes(latest[0], "big") if latest[0] is not None else None
        self._changed.clear()

    def read(self) -> Register:
        """Both registers, µWh."""
        return Register(self.import_uwh, self.export_uwh)

    def of(self, direction: int) -> int:
        """The register of a direction, µWh."""
        return self.export_uwh if direction == EXPORT else self.import_uwh

    def provisioned(self, rated_power_w: int) -> None:
        """A newly provisioned meter starts with the burst."""
        self._rated_power_w, self._since_ns = rated_power_w, self._clock.now_ns()
        self._allowance_uj = rated_power_w * BURST_S * _UJ_PER_J
        self._write()

    def try_count(self, session: int, imported_uwh: int, exported_uwh: int) -> bool:
        """As `count`, but False in place of a refusal."""
        if self._sessions.get(session) == (imported_uwh, exported_uwh):
            return True
        try:
            self.count(session, imported_uwh, exported_uwh)
        except SecureWorldRefused:
            return False
        return True

    def count(self, session: int, imported_uwh: int, exported_uwh: int) -> None:
        """Bring the registers up to a session's totals. Raises REGISTER-BACKWARDS or -GROWTH."""
        before = self._sessions.get(session, (0, 0))
        more_import, more_export = imported_uwh - before[0], exported_uwh - before[1]
        if more_import < 0 or more_export < 0:
            text = f"totals fell by {-min(more_import, more_export)} µWh, expected at least "
            raise SecureWorldRefused(
                ErrorCode.REGISTER_BACKWARDS, f"{text}{before[0]} and {before[1]}"
            )
        if not more_import and not more_export:
            return
        self._spend(more_import + more_export)
        self.import_uwh += more_import
        self.export_uwh += more_export
        if session not in self._sessions:
            self._begin(session)
        self._sessions[session] = imported_uwh, exported_uwh
        self._changed[session] = None
        if len(self._sessions) > KEPT_SESSIONS:
            oldest = next(iter(self._sessions))
            del self._sessions[oldest]
            self._changed[oldest] = None

    def flush(self) -> None:
        """Write what this batch has counted."""
        if not self._changed:
            return
        self._write()
        for session in self._changed:
            if session != self._latest:
                self._remember(session)
        self._changed.clear()

    def _begin(self, session: int) -> None:
        """A new session takes the place beside the registers."""
        if self._latest is not None:
            self._changed[self._latest] = None
        self._latest = session

    def _spend(self, grown_uwh: int) -> None:
        """Take growth from the allowance; time in which the machine was off earns nothing."""
        now_ns = self._clock.now_ns()
        earned_uj = self._rated_power_w * max(0, now_ns - self._since_ns) // 1000
        saved_uj = self._rated_power_w * SAVED_S * _UJ_PER_J
        allowed_uj = min(self._allowance_uj + earned_uj, saved_uj)
        left_uj = allowed_uj - grown_uwh * UJ_PER_UWH
        if left_uj < 0:
            text = f"{grown_uwh} µWh more, expected at most {allowed_uj // UJ_PER_UWH} by now"
            raise SecureWorldRefused(ErrorCode.REGISTER_GROWTH, text)
        self._allowance_uj, self._since_ns = left_uj, now_ns

    def _write(self) -> None:
        self._store.write(
            "UPDATE register SET import_uwh = ?, export_uwh = ?, allowance_uj = ?, boot_id = ?,"
            " boottime_ns = ?, session = ?, imported_uwh = ?, exported_uwh = ?",
            self.import_uwh,
            self.export_uwh,
            self._allowance_uj,
            self._clock.boot_id(),
            self._since_ns,
            *self._told_latest(),
        )

    def _told_latest(self) -> tuple[bytes | None, int, int]:
        if self._latest is None:
            return None, 0, 0
        return self._latest.to_bytes(8, "big"), *self._sessions[self._latest]

    def _remember(self, session: int) -> None:
        name, totals = session.to_bytes(8, "big"), self._sessions.get(session)
        if totals is None:
            self._store.write("DELETE FROM session WHERE id = ?", name)
            return
        self._store.write(
            "INSERT INTO session VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " imported_uwh = excluded.imported_uwh, exported_uwh = excluded.exported_uwh",
            name,
            *totals,
        )
