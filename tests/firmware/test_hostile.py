"""The real meterd against whoever has its socket, its disk or a second copy of it."""

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from firmware.errors import RpcError, RpcFailed
from firmware.jsonrpc import Client
from secure_world.protocol import IMPORT, OpenTrade
from tests.firmware.rig import CHAIN, MARKET, Rig, rig
from tests.plant_process import ROOT, wait_until

MARKET_TEXT = "0x" + MARKET.hex()


@pytest.fixture(scope="module")
def meter() -> Iterator[Rig]:
    """One calibrated meter for the tests that leave it idle."""
    with rig(seed=7) as made:
        made.calibrate()
        yield made


def refused(meter: Rig, method: str, **params: object) -> str:
    with pytest.raises(RpcFailed) as caught:
        meter.client.call(method, **params)
    return caught.value.code


def end(meter: Rig, trade: str) -> None:
    """Bring a prepared trade to its FINAL, so that the meter is idle again."""
    meter.client.call("trade.stop", trade=trade, reason="enough")
    wait_until(lambda: meter.status()["trade"] is None, "FINAL is signed")


@pytest.mark.parametrize(
    ("salt", "bent"),
    [(1, {"chain_id": 0}), (2, {"market": "zz"}), (3, {"market": "0x" + "11" * 19})],
)
def test_a_trade_that_cannot_be_signed_does_not_occupy_the_meter(
    meter: Rig, salt: int, bent: dict[str, Any]
) -> None:
    """It was remembered before its Ready was refused, and taken up again for ever."""
    asked = {"terms": meter.terms(salt=salt).to_json(), "chain_id": CHAIN, "market": MARKET_TEXT}
    assert refused(meter, "trade.prepare", **{**asked, **bent}) != "INTERNAL"
    terms = meter.terms(salt=salt + 10)
    assert meter.prepare(terms)["self_check"]["verdict"] == "passed"
    end(meter, meter.trade(terms))


def test_a_reason_that_is_no_text_does_not_end_the_daemon(meter: Rig) -> None:
    terms = meter.terms(salt=20)
    meter.prepare(terms)
    reasons: tuple[object, ...] = ({}, "\ud800", 7)
    for reason in reasons:
        assert refused(meter, "trade.stop", trade=meter.trade(terms), reason=reason) != "INTERNAL"
    assert meter.process is not None and meter.process.poll() is None
    end(meter, meter.trade(terms))


def test_the_reference_load_stays_off_while_a_trade_begins(meter: Rig) -> None:
    """Asked in the middle of Ready's self-check, it would be on during the delivery."""
    terms = meter.terms(salt=30)
    preparing = threading.Thread(target=meter.prepare, args=(terms,))
    preparing.start()
    board = {"seen": False}

    def checking() -> bool:
        board["seen"] = meter.plant.call("state")["boards"]["buyer"]["reference_closed"]
        return bool(board["seen"])

    wait_until(checking, "the self-check is at its reference load")
    with Client(meter.home / "run" / "meterd-admin.sock", 30) as other:
        for method, params in (
            ("reference_load", {"closed": True}),
            ("self_check", {}),
            ("calibrate.zero", {"seconds": 1.0}),
        ):
            with pytest.raises(RpcFailed) as caught:
                other.call(method, **params)
            assert caught.value.code == "METER-BUSY"
    preparing.join()
    assert not meter.plant.call("state")["boards"]["buyer"]["reference_closed"]
    end(meter, meter.trade(terms))


def test_a_trade_that_only_the_secure_world_remembers_is_ended(meter: Rig) -> None:
    """meterd's file was lost: the register's direction must not be blocked for ever."""
    lost = meter.terms(salt=40)
    trade = lost.trade_id(CHAIN, MARKET)
    opened = OpenTrade(CHAIN, MARKET, trade, IMPORT, 10_000, lost.seller_meter, bytes(32))
    meter.secured.meter.open_trade(opened)
    terms = meter.terms(salt=41)
    assert meter.prepare(terms)["self_check"]["verdict"] == "passed"
    assert any(meter.trade(lost) in text for text in meter.status()["findings"])
    end(meter, meter.trade(terms))


def test_a_second_meter_daemon_is_refused_and_counts_nothing() -> None:
    """Two would count the same energy twice: each has a session of its own."""
    with rig(seed=5) as meter:
        meter.calibrate()
        meter.seller_relay.close()
        terms = meter.terms(amount_uwh=500_000)
        meter.begin(terms)
        meter.event("reading")
        wait_until(meter.relay_closed, "the relay closes")
        moved = meter.movements()
        second = subprocess.run(
            [sys.executable, "-m", "firmware.main"],
            cwd=ROOT,
            env={**os.environ, "EVLOCK_HOME": str(meter.home)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert second.returncode != 0
        assert "Traceback" not in second.stderr
        # The first one's silence may open its relay meanwhile; the second has no time to close it.
        assert meter.movements()[: len(moved)] == moved
        meter.client.call("trade.peer_reading", reading=meter.seller_reading(terms))
        assert meter.status()["trade"] == meter.trade(terms)


def test_a_full_disk_opens_the_relay_and_says_so_in_one_line() -> None:
    with rig(seed=5) as meter:
        meter.calibrate()
        meter.seller_relay.close()
        meter.begin(meter.terms(amount_uwh=500_000))
        meter.event("reading")
        wait_until(meter.relay_closed, "the relay closes")
        assert meter.process is not None
        size = (meter.home / "log").stat().st_size + 4096
        assert size < (meter.home / "var" / "meterd" / "meterd.sqlite-wal").stat().st_size
        resource.prlimit(meter.process.pid, resource.RLIMIT_FSIZE, (size, size))
        with pytest.raises(RpcError):
            while True:
                meter.event("reading")
        wait_until(lambda: not meter.relay_closed(), "the relay opens")
        assert meter.process.wait(10) != 0
        log = (meter.home / "log").read_text()
        assert "Traceback" not in log
        assert "meterd.sqlite" in log.splitlines()[-1]


def test_the_calibration_in_force_is_told_to_the_technician_only(meter: Rig) -> None:
    told = meter.admin.call("calibration")
    assert told["values"]["calibrated"] is True
    assert told["values"]["current_gain"] == pytest.approx(1, abs=0.1)
    assert told["at_s"] > 0
    assert refused(meter, "calibration") == "CONTROL-METHOD"
