"""The options of the demo, checked before anything is started."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from normal_world.demo.errors import DemoArgument
from normal_world.demo.faults import Crash, Silence, parse_crash, parse_silence
from normal_world.demo.mischief import Fault, parse_fault
from normal_world.demo.parts import Parts, parts_of

DEFAULT_AMOUNT_UWH = 66_000  # about 20 s at 12 W
DEFAULT_LOAD = "resistive"
DELIVERY_S = 15.0  # the default amount on alternating current: so long at the load's power
DEFAULT_PRICE = 150_000_000_000_000_000  # base units for a kWh: 0.15 token
AMOUNT_UWH = (1_000, 100_000_000)
PRICE_MAX = 10**22  # 10000 tokens for a kWh: the largest amount still costs less than exists
PAUSE_MAX_S = 60.0
SEED_MAX = 2**63 - 1
CHAINS = ("embedded", "anvil")


@dataclass(frozen=True)
class Options:
    """What the demo shall do."""

    seed: int
    amount_uwh: int | None
    price: int
    chain: str
    rpc: str | None
    funding_key: Path | None
    crash: tuple[Crash, ...]
    pause_s: float
    silent: Silence | None
    fault: tuple[Fault, ...]
    parts: Parts
    load: str | None
    home: Path | None
    keep: bool

    @classmethod
    def checked(
        cls,
        *,
        crash: list[str],
        silent: str | None,
        fault: list[str],
        board: str | None = None,
        load: str | None = None,
        **rest: Any,
    ) -> "Options":
        """From the command line's values; raises DemoArgument."""
        options = cls(
            crash=tuple(parse_crash(text) for text in crash),
            silent=None if silent is None else parse_silence(silent),
            fault=tuple(parse_fault(text) for text in fault),
            parts=(parts := parts_of(board, load)),
            load=(load or DEFAULT_LOAD) if parts.alternates else None,
            **rest,
        )
        options._check()
        return options

    def limit_s(self) -> float:
        """After this the demo gives up: set-up, delivery at the slowest plant, faults, closing."""
        delivery_s = (self.amount_uwh or DEFAULT_AMOUNT_UWH) * 0.0036 / 8.0  # 8 W at least
        if self.parts.alternates:  # whatever the load: nothing for idle_s ends the trade
            delivery_s = 120.0
        return 180.0 + delivery_s + 2 * len(self.crash) * self.pause_s

    def energy_uwh(self, load_power_w: float | None) -> int:
        """The energy to trade, by the load's power when none was asked for."""
        if self.amount_uwh is not None:
            return self.amount_uwh
        if load_power_w is None:
            return DEFAULT_AMOUNT_UWH
        wanted = int(load_power_w * DELIVERY_S / 0.0036)
        return min(max(wanted, AMOUNT_UWH[0]), AMOUNT_UWH[1])

    def _check(self) -> None:
        _within("--seed", self.seed, 0, SEED_MAX)
        if self.amount_uwh is not None:
            _within("--amount-uwh", self.amount_uwh, *AMOUNT_UWH)
        _within("--price", self.price, 1, PRICE_MAX)
        if not 0 <= self.pause_s <= PAUSE_MAX_S:
            raise DemoArgument(f"--pause {self.pause_s}: 0 to {PAUSE_MAX_S:.0f} seconds expected")
        if self.chain not in CHAINS:
            raise DemoArgument(f"--chain {self.chain!r}: embedded or anvil expected")
        if (self.rpc or self.chain != "embedded") and any(c.program == "chain" for c in self.crash):
            raise DemoArgument("--crash chain: only the embedded chain forgets nothing when killed")
        if self.rpc is not None:
            self._check_rpc(self.rpc)
        elif self.funding_key is not None:
            raise DemoArgument("--funding-key: only together with --rpc URL")
        if self.home is not None and self.home.exists():
            raise DemoArgument(f"--home {self.home}: exists already, a new folder expected")

    def _check_rpc(self, rpc: str) -> None:
        parts = urlsplit(rpc)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DemoArgument(f"--rpc {rpc!r}: http://HOST:PORT expected")
        if self.funding_key is not None and not self.funding_key.is_file():
            raise DemoArgument(f"--funding-key {self.funding_key}: no such file")


def _within(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise DemoArgument(f"{option} {value}: {low} to {high} expected")
