"""A client that never gives up, over a program that dies: what it was told, and must find again."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from secure_world.audit_chain import AuditLog
from secure_world.protocol import (
    FINAL,
    AuditEntry,
    Info,
    OpenTrade,
    PolicyState,
    SecureWorldRefused,
    SecureWorldUnreachable,
    SignClaim,
    SignedClaim,
    SignedReading,
    SignedReady,
)
from tests.secure_world.owner import CHAIN, MARKET
from tests.secure_world.process import Secured

T = TypeVar("T")


class Facts:
    """All that was acknowledged so far."""

    def __init__(self) -> None:
        self.account = self.meter = b""
        self.register = (0, 0)
        self.ready: dict[bytes, SignedReady] = {}
        self.readings: list[SignedReading] = []
        self.finals: dict[bytes, SignedReading] = {}
        self.signed: dict[bytes, bytes] = {}
        self.claims: dict[SignClaim, SignedClaim] = {}
        self.policy: PolicyState | None = None
        self.owner: bytes | None = None
        self.locked = False
        self.pin = ""
        self.passphrases: tuple[str, ...] = ()  # one of them is in force
        self.audit: list[AuditEntry] = []

    def copy(self) -> "Facts":
        """For another course of events."""
        made = copy.copy(self)
        for name in ("ready", "readings", "finals", "signed", "claims", "audit"):
            setattr(made, name, getattr(self, name).copy())
        return made


class Story:
    """One course of events, killed at most once."""

    def __init__(self, secured: Secured, facts: Facts, report: Path) -> None:
        self.secured, self.facts, self.report = secured, facts, report
        self.admin, self.meter, self.node = secured.admin, secured.meter, secured.node
        self.deaths = 0

    def start(self, kill_at: int, count_from: str = "ready") -> None:
        """Start the program; one that dies on the way is started again, whole."""
        settings = {
            "EVLOCK_TEST_KILL_AT": str(kill_at),
            "EVLOCK_TEST_COUNT_FROM": count_from,
            "EVLOCK_TEST_MOMENTS": str(self.report),
        }
        if not self.secured.start(**settings):
            self._after_death()

    def unseal(self) -> None:
        """Type the passphrase, if it is asked for."""
        try:
            for passphrase in self.facts.passphrases:
                if self.admin.info().sealed:
                    self._type(passphrase)
        except SecureWorldUnreachable:
            self._after_death()

    def insist(self, ask: Callable[[], T], done: Callable[[], T] | None = None) -> T:
        """The answer. After a death `done` may say that the command was done; else it is repeated.

        `done` raises LookupError if it was not.
        """
        while True:
            try:
                return ask()
            except SecureWorldUnreachable:
                self._after_death()
            if done is not None:
                try:
                    return done()
                except LookupError:
                    pass

    @property
    def moments(self) -> int:
        """Counted by the last start."""
        return int.from_bytes(self.report.read_bytes(), "little")

    def check(self) -> None:
        """Nothing that was acknowledged is gone, and nothing else is there."""
        facts, info = self.facts, self.admin.info()
        assert (info.import_uwh, info.export_uwh) == facts.register
        assert (info.account or b"", info.meter or b"") == (facts.account, facts.meter)
        assert (info.locked, info.owner, info.sealed) == (facts.locked, facts.owner, False)
        if facts.policy is not None:
            state = self.admin.get_policy()
            assert (state.version, state.digest) == (facts.policy.version, facts.policy.digest)
        self._check_audit(info)
        if facts.account and not facts.locked:
            self._check_signatures()

    def refused(self, ask: Callable[[], object], code: str) -> None:
        """It is refused with this code."""
        try:
            self.insist(ask)
        except SecureWorldRefused as error:
            assert error.code == code
        else:
            raise AssertionError(f"expected {code}")

    def _check_audit(self, info: Info) -> None:
        """Acknowledged entries stay as they were, and all of them hang together."""
        log = AuditLog()
        while log.count < info.audit_count:
            log.add(self.admin.audit(log.count + 1))
        assert log.count >= info.audit_count
        assert log.entries[: len(self.facts.audit)] == self.facts.audit
        self.facts.audit = list(log.entries)

    def _check_signatures(self) -> None:
        facts = self.facts
        for raw, signed in facts.signed.items():
            assert self.node.sign_transaction(raw) == signed
        for asked, claim in facts.claims.items():
            place = asked.chain_id, asked.direction, asked.consumer
            assert self.node.sign_claim(*place, asked.reference, asked.price) == claim
        for trade, final in facts.finals.items():
            assert self.meter.sign_reading(trade, True, 99, 0, 0) == final
            assert final.state == FINAL
        for trade, ready in facts.ready.items():
            if trade not in facts.finals:
                terms = TRADES[trade]
                assert self.meter.open_trade(terms) == ready
        seen = [(reading.trade, reading.sequence) for reading in facts.readings]
        assert len(set(seen)) == len(seen)

    def _type(self, passphrase: str) -> None:
        try:
            self.admin.unseal(passphrase)
        except SecureWorldRefused as error:
            assert error.code in ("PASSPHRASE", "TAMPERED")  # another, or half zeroised

    def _after_death(self) -> None:
        assert self.secured.wait() == -9
        self.deaths += 1
        self.start(0)
        self.unseal()


TRADES = {
    bytes([number]) * 32: OpenTrade(
        CHAIN, MARKET, bytes([number]) * 32, 1, 10**6, b"\x0c" * 20, b"\5" * 32
    )
    for number in (1, 2)
}
