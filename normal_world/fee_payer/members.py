"""Whose gas is paid: accounts with a meter that is enrolled now."""

import threading

from normal_world.chain import abi
from normal_world.chain.address_book import AddressBook
from normal_world.chain.client import Chain

REGISTRY = "MeterRegistry"


class Members:
    """Follows the registry's events up to the final block; thread-safe."""

    def __init__(self, chain: Chain, book: AddressBook) -> None:
        self._chain = chain
        self._registry = book.registry
        self._next = book.deployed_block
        self._meters: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def meters(self, account: str) -> list[str]:
        """Meters of an account that are not retired; empty if it is none of ours."""
        with self._lock:
            self._follow()
            known = sorted(self._meters.get(account, ()))
        return [meter for meter in known if self._enrolled(meter)]

    def _follow(self) -> None:
        final = self._chain.final_block()
        if final < self._next:
            return
        topics = [abi.topic(REGISTRY, "Enrolled")]
        for log in self._chain.logs(self._next, final, address=self._registry, topics=topics):
            meter, account = ("0x" + topic[-20:].hex() for topic in log.topics[1:3])
            self._meters.setdefault(account, set()).add(meter)
        self._next = final + 1

    def _enrolled(self, meter: str) -> bool:
        data = abi.encode(REGISTRY, "meterOf", [meter])
        answer = self._chain.call(self._registry, data)
        return bool(abi.decode(REGISTRY, "meterOf", answer)[0][0])  # the feeder, 0 once retired
