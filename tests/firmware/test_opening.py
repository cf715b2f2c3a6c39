"""What a trade that cannot begin, or goes on later, must not do to the relays."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from firmware.checks import Checks
from firmware.config import MeterConfig
from firmware.domain.calibration import Calibration
from firmware.domain.ceilings import Ceilings
from firmware.domain.delivery import Rules
from firmware.domain.selfcheck import Evidence
from firmware.errors import CheckFailed, Refused, StateError
from firmware.opening import Opening
from firmware.sampler import Sampler
from firmware.secured import Secured
from firmware.store import Store
from secure_world.errors import ErrorCode
from secure_world.protocol import SecureWorldRefused
from tests.firmware.test_races import CHAIN, MARKET, TERMS, TRADE, Relay, trader


class Checked:
    """Counts the self-checks: each moves the reference load's relay."""

    count = 0

    async def self_check(self) -> Evidence:
        self.count += 1
        raise CheckFailed("no samples")


class Passed:
    """A self-check that finds nothing wrong."""

    async def self_check(self) -> Evidence:
        return Evidence(0, 0, 0, 0, 0, 0, 1, "passed")


class World:
    """A secure world that a person has locked, whose keys are sealed, or that signs."""

    def __init__(self, *, locked: bool, sealed: bool) -> None:
        self.state = {"locked": locked, "sealed": sealed, "tampered": 0, "provisioned": True}

    async def info(self) -> Any:
        meter = TERMS.buyer_meter
        return SimpleNamespace(meter=meter, open_import=None, open_export=None, **self.state)


def opening_of(
    checks: Checked, folder: Path, *, locked: bool = False, sealed: bool = False
) -> Opening:
    relay = Relay()
    relay.calibration = Calibration(calibrated=True)
    config = MeterConfig(Rules(), Ceilings(10**9, 10**9), 10.0, frozenset([TERMS.seller_meter]), 1)
    world = cast(Secured, World(locked=locked, sealed=sealed))
    return Opening(
        cast(Sampler, relay), cast(Checks, checks), world,
        Store(folder / "meterd.sqlite"), config, lambda *_a: None,
    )  # fmt: skip


@pytest.mark.parametrize("state", ["locked", "sealed"])
def test_a_meter_that_cannot_sign_moves_no_relay_however_often_it_is_asked(
    state: str, tmp_path: Path
) -> None:
    """noded asks four times a second until the trade's deadline."""
    checks = Checked()
    opening = opening_of(checks, tmp_path, **{state: True})
    for _ in range(3):
        with pytest.raises(Refused) as caught:
            asyncio.run(opening.begin(TERMS, CHAIN, MARKET))
        assert caught.value.code == state.upper()
    assert checks.count == 0


def test_a_check_that_fails_is_not_repeated_at_once(tmp_path: Path) -> None:
    checks = Checked()
    opening = opening_of(checks, tmp_path)
    for _ in range(3):
        with pytest.raises(CheckFailed, match="no samples"):
            asyncio.run(opening.precheck())
    assert checks.count == 1


def test_a_trade_that_waits_for_the_secure_world_keeps_the_relay_from_hands(
    tmp_path: Path,
) -> None:
    """What flowed by hand then would be signed as the trade's energy."""

    async def scene() -> None:
        made, _world = trader(Relay(), tmp_path)
        ready, made.active = made.active, None  # as after a restart, without the secure world
        assert ready is not None
        made._store.update("0x" + TRADE.hex(), ready=ready.ready.to_json())
        with pytest.raises(StateError) as caught:
            async with made.idle():
                pass
        assert caught.value.code == "METER-BUSY"
        made._store.update("0x" + TRADE.hex(), phase="final")
        async with made.idle():
            pass

    asyncio.run(scene())


def test_what_flowed_before_is_in_the_register_when_a_trade_begins(tmp_path: Path) -> None:
    """A standing connection counts in vain while the secure world is away."""
    told: list[object] = []

    class Counting(World):
        async def count(self, *totals: int) -> Any:
            told.append(totals)
            return SimpleNamespace(import_uwh=0, export_uwh=0)

        async def open_trade(self, _request: Any) -> Any:
            told.append("open")
            raise SecureWorldRefused(ErrorCode.POLICY_MISSING, "only looked at")

    opening = opening_of(cast(Checked, Passed()), tmp_path)
    opening._secured = cast(Secured, Counting(locked=False, sealed=False))
    opening._sampler.totals = lambda: (7, 9)  # type: ignore[method-assign]
    with pytest.raises(SecureWorldRefused):
        asyncio.run(opening.begin(TERMS, CHAIN, MARKET))
    assert told == [(7, 9), "open"]
