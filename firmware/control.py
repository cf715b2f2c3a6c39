"""The methods of meterd's control sockets (docs/protocol.md, "Control sockets")."""

from collections.abc import Callable
from typing import Any

from firmware.active import Active
from firmware.board import BoardConfig
from firmware.calibrated import CalibrationNote
from firmware.checks import Checks
from firmware.errors import CheckFailed, RpcError, StateError
from firmware.jsonrpc_server import Method
from firmware.sampler import Sampler
from firmware.store import Store
from firmware.trader import Trader

MEASURE_MAX_S = 60.0


class Control:
    """One method a command; what they return is what JSON-RPC sends."""

    def __init__(
        self,
        board: BoardConfig,
        sampler: Sampler,
        checks: Checks,
        trader: Trader,
        store: Store,
        calibrated: CalibrationNote,
        connection: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        self._board = board
        self._calibrated = calibrated
        self._sampler = sampler
        self._checks = checks
        self._trader = trader
        self._store = store
        self._connection = connection

    def for_technician(self) -> dict[str, Method]:
        """run/meterd-admin.sock: whoever is at the network must not reach the calibration."""
        return {
            "status": self.status,
            "self_check": self.self_check,
            "reference_load": self.reference_load,
            "calibration": self.calibration,
            "calibrate.zero": self.calibrate_zero,
            "calibrate.load": self.calibrate_load,
            "safe_mode.status": self.safe_mode_status,
            "safe_mode.leave": self.safe_mode_leave,
        }

    def for_node(self) -> dict[str, Method]:
        """run/meterd.sock: noded's."""
        return {
            "status": self.status,
            "trade.precheck": self.trade_precheck,
            "trade.prepare": self.trade_prepare,
            "trade.peer_ready": self.trade_peer_ready,
            "trade.start": self.trade_start,
            "trade.peer_reading": self.trade_peer_reading,
            "trade.stop": self.trade_stop,
            "trade.state": self.trade_state,
        }

    async def status(self) -> dict[str, Any]:
        """The meter at this moment; values are null while no sample can be taken."""
        sampler, active = self._sampler, self._trader.active
        window = None if sampler.fault else sampler.window
        meter = sampler.meter
        return {
            "board": self._board.name,
            "board_title": self._board.title,
            "mains": self._board.mains.kind,
            "state": active.delivery.phase.value if active else "idle",
            "reason": active.delivery.reason if active else "",
            "trade": active.trade if active else None,
            "voltage_v": round(window.voltage_v, 4) if window else None,
            "current_a": round(window.current_a, 4) if window else None,
            "power_w": round(window.power_w, 4) if window else None,
            "apparent_va": round(window.apparent_va, 4) if window else None,
            "power_factor": round(window.power_factor, 4) if window else None,
            "frequency_hz": round(window.frequency_hz, 3) if window else None,
            "fault": sampler.fault or None,
            "case_opened": sampler.case_opened,  # null: no switch, or it cannot be read
            "imported_uwh": meter.imported_uwh,
            "exported_uwh": meter.exported_uwh,
            "relay_closed": sampler.guard is not None,
            "connection": self._connection(),
            "safe_mode": self._trader.safe_mode.on,
            "calibrated": sampler.calibration.calibrated,
            "calibrated_at": self._calibrated.at_s,
            "samples": meter.samples,
            "late": sampler.late,
            "gaps": sampler.gaps,
            "discarded": sampler.discarded,
            "saturated": sampler.saturated,
            "first_sample_s": sampler.first_sample_s,
            "findings": self._trader.findings,
        }

    async def self_check(self) -> dict[str, Any]:
        """Zero, reference load, zero; only while no trade is open."""
        async with self._trader.idle():
            return (await self._checks.self_check()).to_json()

    async def reference_load(self, closed: bool) -> dict[str, Any]:
        """Switch the reference load by hand."""
        async with self._trader.idle():
            await self._checks.switch_load(bool(closed))
        return {"closed": bool(closed)}

    async def calibration(self) -> dict[str, Any]:
        """Corrections that are in force, and when they were found (wall time, s)."""
        values: dict[str, Any] = self._sampler.calibration.to_json()
        return {"at_s": self._calibrated.at_s, "values": values}

    async def calibrate_zero(self, seconds: float = 1.0) -> dict[str, Any]:
        """Zero point and noise, relays open."""
        async with self._trader.idle():
            return self._adopt(await self._checks.zero(_seconds(seconds)))

    async def calibrate_load(
        self, voltage_v: float, current_a: float, seconds: float = 1.0
    ) -> dict[str, Any]:
        """Gains, from what an instrument shows while the reference load is on."""
        async with self._trader.idle():
            found = await self._checks.load(_seconds(seconds), float(voltage_v), float(current_a))
            return self._adopt(found)

    async def safe_mode_status(self) -> dict[str, Any]:
        """Whether the meter holds back from trading after failed starts."""
        return self._trader.safe_mode.told()

    async def safe_mode_leave(self) -> dict[str, Any]:
        """Trade again."""
        self._trader.safe_mode.leave()
        return self._trader.safe_mode.told()

    async def trade_precheck(self) -> dict[str, Any]:
        """Whether this meter would trade now: calibration, secure world, self-check."""
        self._trader.safe_mode.refuse()
        async with self._trader.idle():
            return (await self._trader.opening.precheck()).to_json()

    async def trade_prepare(
        self, terms: dict[str, Any], chain_id: int, market: str
    ) -> dict[str, Any]:
        """Self-check and Ready."""
        active = await self._trader.prepare(terms, chain_id, market)
        return {"ready": active.ready.to_json(), **self._of(active)}

    async def trade_peer_ready(self, ready: dict[str, Any]) -> dict[str, Any]:
        self._trader.peer_ready(_object("ready", ready))
        return {}

    async def trade_start(self, trade: str) -> dict[str, Any]:
        self._trader.start(trade)
        return {}

    async def trade_peer_reading(self, reading: dict[str, Any]) -> dict[str, Any]:
        self._trader.peer_reading(_object("reading", reading))
        return {}

    async def trade_stop(self, trade: str, reason: str) -> dict[str, Any]:
        self._trader.stop(trade, reason)
        return {}

    async def trade_state(self, trade: str) -> dict[str, Any]:
        """What the meter knows of a trade, past ones too."""
        active = self._trader.active
        if active is not None and active.trade == trade:
            return {"ready": active.ready.to_json(), **self._of(active)}
        row = self._store.trade(trade)
        if row is None:
            raise StateError(f"trade {trade} is not known to this meter", "TRADE-UNKNOWN")
        keys = ("phase", "reason", "self_check", "ready", "peer_ready", "reading", "peer_reading")
        return {key: row[key] for key in keys}

    def _of(self, active: Active) -> dict[str, Any]:
        row = self._store.trade(active.trade)
        return {
            "phase": active.delivery.phase.value,
            "reason": active.delivery.reason,
            "self_check": row["self_check"] if row else None,
            "peer_ready": active.peer_ready.to_json() if active.peer_ready else None,
            "reading": active.reading.to_json() if active.reading else None,
            "peer_reading": active.peer_reading.to_json() if active.peer_reading else None,
        }

    def _adopt(self, calibration: Any) -> dict[str, Any]:
        self._store.save_calibration(calibration)
        self._sampler.calibration = calibration
        self._calibrated.write()
        found: dict[str, Any] = calibration.to_json()
        return found


def _object(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RpcError(f"{name}: an object was expected", "CONTROL-PARAMS")
    return value


def _seconds(value: float) -> float:
    if not 0.05 <= float(value) <= MEASURE_MAX_S:
        raise CheckFailed(f"seconds = {value}, 0.05 to {MEASURE_MAX_S:g} expected", "CONFIG-VALUE")
    return float(value)
