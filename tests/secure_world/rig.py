"""A device without its process: fixed keys, a clock that stands still, requests one by one."""

from pathlib import Path
from typing import Any

from secure_world import vault
from secure_world.commands import LAYOUTS, Command, PolicyRule, Role, SetPolicy
from secure_world.device import SECRET, Device, NewKeys, Stage
from secure_world.dispatch import answer
from secure_world.envelope import decode_response, encode_request, refusal
from secure_world.message import Message
from secure_world.structures import SignedReading

ACCOUNT_KEY, METER_KEY = b"\x11" * 32, b"\x22" * 32
CHAIN, MARKET, SELECTOR = 31337, b"\x0a" * 20, b"\xaa\xbb\xcc\xdd"
MAX_VALUE, MAX_FEE = 10**18, 10**16
RATED_POWER_W = 3600  # a thousand µWh in a millisecond
POLICY = SetPolicy((PolicyRule(CHAIN, MARKET, SELECTOR, MAX_VALUE),), MAX_FEE)


class StandingClock:
    """Time moves when the test says so."""

    def __init__(self) -> None:
        self.boot, self.time_ns = "boot-1", 10**12

    def boot_id(self) -> str:
        return self.boot

    def now_ns(self) -> int:
        return self.time_ns

    def pass_s(self, seconds: float) -> None:
        self.time_ns += int(seconds * 10**9)


class Rig:
    """A provisioned device with a policy, and the clock that it goes by."""

    def __init__(self, folder: Path, *, provisioned: bool = True) -> None:
        self.folder, self.clock = folder, StandingClock()
        self.device = Device(folder, self.clock)
        if provisioned:
            self._provision()
            self.ask(Role.ADMIN, Command.SET_POLICY, POLICY)

    def ask(self, role: Role, command: Command, fields: Message) -> Any:
        """The answer to one request, durable. Raises SecureWorldRefused."""
        self.device.store.begin()
        reply = answer(self.device, role, encode_request(command, 7, fields))
        self.device.store.commit()
        status, items = decode_response(reply, 7)
        if status:
            raise refusal(status, items)
        return LAYOUTS[command].response.from_rlp(items)

    def restart(self) -> None:
        """The process ends anywhere between two requests, and starts again."""
        self.device.close()
        self.device = Device(self.folder, self.clock)

    def reboot(self, since_boot_s: float = 0) -> None:
        """The machine restarts: its clock begins anew."""
        self.clock.boot += "+"
        self.clock.time_ns = int(since_boot_s * 10**9)
        self.restart()

    def _provision(self) -> None:
        secret = vault.device_secret(self.folder / SECRET)
        sealed = vault.seal(secret, ACCOUNT_KEY + METER_KEY)
        self.device.store.begin()
        made = NewKeys(ACCOUNT_KEY, METER_KEY, sealed, RATED_POWER_W, Stage.PROVISIONED)
        self.device.adopt(made)
        self.device.store.commit()


def energy(reading: SignedReading) -> tuple[int, int]:
    """The interval that a reading claims."""
    return reading.from_uwh, reading.to_uwh
