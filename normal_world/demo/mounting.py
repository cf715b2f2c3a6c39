"""Mounts a fault on the running demo, and notes when."""

import time
from collections.abc import Callable

from normal_world.demo.mischief import DISHONEST, LOCK, Fault
from normal_world.demo.record import Mounted, Record
from normal_world.demo.stage import Stage
from secure_world.protocol import SecureWorld


class Mounting:
    """`tell` hears in words what was done."""

    def __init__(self, stage: Stage, record: Record, tell: Callable[[str], None]) -> None:
        self._stage, self._record, self._tell = stage, record, tell

    def mount(self, fault: Fault) -> None:
        """Do it now; raises what plant or secure world raise."""
        kind = fault.kind
        if kind.part == DISHONEST:
            self._stage.home.factor(fault.node).write_text(str(kind.strength), "ascii")
        elif kind.part == LOCK:
            self._lock(fault.node)
        else:
            self._stage.ask_plant("fault", board=fault.node, name=kind.name)
        self._record.mounted.append(Mounted(kind.name, fault.node, time.monotonic()))
        self._tell(f"fault {kind.name} on the {fault.node}: {kind.text}")

    def _lock(self, node: str) -> None:
        client = SecureWorld(self._stage.home.places(node).socket("secured-admin"))
        try:
            client.lock()
        finally:
            client.close()
