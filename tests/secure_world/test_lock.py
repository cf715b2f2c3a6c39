"""The owner's lock: nothing is signed, counting goes on, a restart changes nothing."""

import pytest

from secure_world.protocol import EXPORT, OpenTrade, SecureWorldRefused
from tests.secure_world.owner import CHAIN, MARKET, PIN, take
from tests.secure_world.process import Secured, refusal

TRADE = OpenTrade(CHAIN, MARKET, b"\1" * 32, EXPORT, 1000, b"\x0c" * 20, b"\5" * 32)


def test_a_locked_device_signs_nothing_and_counts_on(secured: Secured) -> None:
    secured.admin.provision(12, "", 1_000_000)
    take(secured.admin)
    secured.meter.open_trade(TRADE)
    before = secured.meter.info()
    assert not before.locked
    secured.admin.lock()
    for refused in (
        lambda: secured.meter.open_trade(TRADE),
        lambda: secured.meter.sign_reading(TRADE.trade, False, 1, 0, 0),
        lambda: secured.meter.sign_reading(TRADE.trade, True, 1, 0, 0),
        lambda: secured.node.sign_transaction(b"\xc0"),
    ):
        with pytest.raises(SecureWorldRefused) as caught:
            refused()
        assert caught.value.code in ("LOCKED", "TX-MALFORMED")
    secured.meter.count(1, 0, 5)
    assert secured.meter.info().export_uwh == before.export_uwh + 5
    assert secured.meter.info().locked


def test_the_lock_outlives_a_kill(secured: Secured) -> None:
    secured.admin.provision(12, "", 1_000_000)
    take(secured.admin)
    secured.admin.lock()
    secured.admin.lock()  # again: nothing changes
    secured.kill()
    assert secured.start()
    with pytest.raises(SecureWorldRefused, match="LOCKED"):
        secured.meter.open_trade(TRADE)
    assert refusal(lambda: secured.admin.unlock("314159")) == "PIN-WRONG"
    secured.admin.unlock(PIN)
    assert secured.meter.open_trade(TRADE).from_uwh == 0
