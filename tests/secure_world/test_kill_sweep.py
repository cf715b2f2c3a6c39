"""kill -9 at every durable step of a whole session, then on: nothing lost, nothing twice.

Each run plays the same session; the program dies at one moment of it, is started again, and the
client repeats what was not answered. What was acknowledged must hold to the end.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from coincurve import PrivateKey, PublicKey

from secure_world.derivation import account_key
from secure_world.keys import address_of
from secure_world.protocol import (
    EXPORT,
    Info,
    OpenTrade,
    PolicyRule,
    Provisioned,
    ProvisioningUnconfirmed,
    SecureWorldRefused,
    SecureWorldUnreachable,
    SignedReading,
)
from tests.secure_world.process import Secured
from tests.secure_world.rig import CHAIN, MARKET, SELECTOR
from tests.secure_world.test_policy import unsigned

LAUNCHER = ("-m", "tests.secure_world.launcher")
POWER_W = 2**24 - 1  # the burst alone covers the session: the clock here is the real one
RULES = [PolicyRule(CHAIN, MARKET, SELECTOR, 0)]
TRADE = OpenTrade(CHAIN, MARKET, b"\1" * 32, EXPORT, 10**6, b"\x0c" * 20, b"\5" * 32)
NEXT = OpenTrade(CHAIN, MARKET, b"\2" * 32, EXPORT, 10**6, b"\x0c" * 20, b"\5" * 32)
PAYLOAD, BUMP, OTHER = unsigned(3), unsigned(3, tip=11, max_fee=21), unsigned(3, gas=5)
T = TypeVar("T")


class Session:
    """A client that never gives up, and remembers what it was told."""

    def __init__(self, secured: Secured, kill_at: int, report: Path) -> None:
        self._secured, self._report, self.deaths = secured, report, 0
        self.acknowledged = (0, 0)
        self.readings: list[SignedReading] = []
        self._start(kill_at)

    def insist(self, ask: Callable[[], T]) -> T:
        """The answer; a program that died is started again, whole this time."""
        while True:
            try:
                return ask()
            except SecureWorldUnreachable:
                self._after_death()

    def provision(self) -> Provisioned:
        try:
            return self._secured.admin.provision(12, "a passphrase", POWER_W)
        except ProvisioningUnconfirmed as error:
            account, made = error.provisioned.account, error.provisioned
            self._after_death()
            self.insist(lambda: self._secured.admin.confirm(account))
            return made

    def count(self, session: int, imported: int, exported: int) -> None:
        register = self.insist(lambda: self._secured.meter.count(session, imported, exported))
        self._see(register.import_uwh, register.export_uwh)

    def read(self, trade: OpenTrade, exported: int, *, final: bool = False) -> SignedReading:
        reading = self.insist(
            lambda: self._secured.meter.sign_reading(trade.trade, final, 1, 10, exported)
        )
        reading.verify(CHAIN, MARKET)
        self.readings.append(reading)
        return reading

    def info(self) -> Info:
        info = self.insist(self._secured.node.info)
        self._see(info.import_uwh, info.export_uwh)
        return info

    def sign(self, raw: bytes) -> bytes:
        return self.insist(lambda: self._secured.node.sign_transaction(raw))

    def finish(self) -> int:
        """Stop in order; how many moments the program has counted."""
        assert self._secured.stop() == 0
        return int(self._report.read_text())

    def _see(self, imported: int, exported: int) -> None:
        assert imported >= self.acknowledged[0]
        assert exported >= self.acknowledged[1]
        self.acknowledged = imported, exported

    def _after_death(self) -> None:
        assert self._secured.wait() == -9
        self.deaths += 1
        self._start(0)

    def _start(self, kill_at: int) -> None:
        settings = {"EVLOCK_TEST_KILL_AT": str(kill_at), "EVLOCK_TEST_MOMENTS": str(self._report)}
        if not self._secured.start(**settings):
            self._after_death()


def play(session: Session, secured: Secured) -> None:
    """The whole session, with what must hold in it."""
    made = session.insist(session.provision)
    assert address_of(public(account_key(made.mnemonic, "a passphrase"))) == made.account
    assert session.insist(lambda: secured.admin.set_policy(RULES, 10**18)) == 1
    session.count(1, 10, 100)
    ready = session.insist(lambda: secured.meter.open_trade(TRADE))
    session.read(TRADE, 200)
    signed = session.sign(PAYLOAD)
    session.read(TRADE, 300)
    bumped = session.sign(BUMP)
    final = session.read(TRADE, 400, final=True)
    after = session.insist(lambda: secured.meter.open_trade(NEXT))
    session.count(1, 10, 450)

    info = session.info()
    assert (info.account, info.meter) == (made.account, made.meter)
    assert (info.import_uwh, info.export_uwh) == (10, 450)  # all of it, once
    assert (info.open_export, info.policy_version) == (NEXT.trade, 1)
    assert (ready.from_uwh, final.to_uwh, after.from_uwh) == (100, 400, 400)
    assert [reading.to_uwh for reading in session.readings] == [200, 300, 400]
    sequences = [reading.sequence for reading in session.readings]
    assert sequences == sorted(set(sequences))
    assert session.read(TRADE, 450, final=True) == final
    assert (session.sign(PAYLOAD), session.sign(BUMP)) == (signed, bumped)
    refused(lambda: secured.node.sign_transaction(OTHER), "NONCE-USED")
    refused(lambda: secured.meter.sign_reading(TRADE.trade, False, 1, 10, 450), "TRADE-FINAL")
    refused(lambda: secured.admin.provision(12, "", POWER_W), "ALREADY-PROVISIONED")


def refused(ask: Callable[[], object], code: str) -> None:
    try:
        ask()
    except SecureWorldRefused as error:
        assert error.code == code
    else:
        raise AssertionError(f"expected {code}")


def public(key: bytes) -> PublicKey:
    return PrivateKey(key).public_key


def run(folder: Path, kill_at: int) -> tuple[int, int]:
    """(deaths, moments counted by the last start) of a session killed at this moment."""
    folder.mkdir()
    with Secured(folder, LAUNCHER) as secured:
        session = Session(secured, kill_at, folder / "moments")
        play(session, secured)
        return session.deaths, session.finish()


def test_every_durable_step_survives_kill_9(tmp_path: Path) -> None:
    deaths, moments = run(tmp_path / "whole", 0)
    assert deaths == 0
    assert moments >= 30  # the session has at least fifteen durable steps
    for kill_at in range(1, moments + 1):
        deaths, _ = run(tmp_path / str(kill_at), kill_at)
        assert deaths == 1, f"moment {kill_at} was not reached"
