"""All the facts of a diagnosis: each group is asked for once, and only when a check needs it."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from firmware.errors import RpcError
from firmware.jsonrpc import Client
from firmware.places import Places
from normal_world.config import NodeConfig
from normal_world.diagnosis.gather_chain import chain_facts
from normal_world.diagnosis.gather_files import certificate_facts, file_facts, peer_facts
from normal_world.diagnosis.gather_system import system_facts

CALL_LIMIT_S = 30.0
TRADE_EVENT = "TRADE-PHASE"
SLOW = ("timed out", "Resource temporarily unavailable")


class Gathered(dict[str, Any]):
    """Facts by group, asked for at the first look."""

    def __init__(self, places: Places) -> None:
        super().__init__(system_facts(places.var))
        self._places = places
        self._errors: dict[str, str] = {}

    def __missing__(self, group: str) -> Any:
        ways: dict[str, Callable[[], Any]] = {
            "files": lambda: self._settings[0],
            "secured": self._secured,
            "meter": lambda: self._call("meterd", "meterd-admin", "diagnose"),
            "node": lambda: self._call("noded", "noded", "status"),
            "chain": lambda: chain_facts(self._settings[1], self["secured"]),
            "certificate": lambda: certificate_facts(self._settings[1]),
            "peers": lambda: peer_facts(self._settings[1], (self["node"] or {}).get("links")),
            "services": self._services,
            "versions": self._versions,
            "safe_mode": self._safe_mode,
            "last_trade_s": self._last_trade_s,
        }
        self[group] = value = ways[group]()
        return value

    @cached_property
    def _settings(self) -> tuple[dict[str, Any], NodeConfig | None]:
        return file_facts(self._places)

    def _secured(self) -> dict[str, Any] | None:
        from secure_world.protocol import SecureWorld, SecureWorldError

        client = SecureWorld(self._places.socket("secured-admin"), CALL_LIMIT_S)
        try:
            told: dict[str, Any] = client.info().to_json()
        except (SecureWorldError, OSError) as error:
            self._errors["secured"] = str(error)
            return None
        finally:
            client.close()
        return told

    def _call(self, program: str, socket: str, method: str, **params: Any) -> Any:
        try:
            with Client(self._places.socket(socket), CALL_LIMIT_S) as client:
                return client.call(method, **params)
        except (RpcError, OSError) as error:
            self._errors.setdefault(program, str(error))
            return None

    def _services(self) -> dict[str, Any]:
        groups = (("secured", "secured-admin"), ("meter", "meterd-admin"), ("node", "noded"))
        told = {}
        for group, socket in groups:
            program = {"meter": "meterd", "node": "noded"}.get(group, group)
            answers = self[group] is not None
            error = self._errors.get(program, "")
            code = "permission" if "ermission denied" in error else "gone"
            if any(text in error for text in SLOW):
                code = "slow"
            path = str(self._places.socket(socket))
            told[program] = {"answers": answers, "code": code, "socket": path}
        return told

    def _versions(self) -> dict[str, Any]:
        groups = {"secured": "secured", "meterd": "meter", "noded": "node"}
        return {name: (self[group] or {}).get("version") for name, group in groups.items()}

    def _safe_mode(self) -> dict[str, Any]:
        groups = {"meterd": "meter", "noded": "node"}
        return {
            name: bool(self[group].get("safe_mode")) if self[group] else None
            for name, group in groups.items()
        }

    def _last_trade_s(self) -> float | None:
        told = self._call("meterd", "meterd-admin", "events", limit=1, code=TRADE_EVENT)
        events = told["events"] if told else []
        return float(events[-1]["time_s"]) if events else None
