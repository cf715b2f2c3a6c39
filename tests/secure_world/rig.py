"""A device without its process: fixed keys, a clock that stands still, requests one by one."""

from pathlib import Path
from typing import Any

from secure_world import bundle
from secure_world.bundle import Bundle, NewKeys
from secure_world.commands import LAYOUTS, Command, Role
from secure_world.device import Device, Keys, Stage
from secure_world.dispatch import answers
from secure_world.envelope import decode_response, encode_request, refusal
from secure_world.message import Message
from secure_world.policy_rules import Rules
from secure_world.structures import SignedReading
from tests.secure_world import owner

ACCOUNT_KEY, METER_KEY = b"\x11" * 32, b"\x22" * 32
BUNDLE = Bundle(ACCOUNT_KEY, METER_KEY, b"\x44" * 32, b"\x55" * 32)
METER = Keys.of(BUNDLE).meter
CHAIN, MARKET, SELECTOR = owner.CHAIN, owner.MARKET, owner.SELECTOR
MAX_VALUE, MAX_FEE = owner.MAX_VALUE, owner.MAX_FEE
RATED_POWER_W = 3600  # a thousand µWh in a millisecond


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
            self.rule(owner.law())

    def ask(self, role: Role, command: Command, fields: Message) -> Any:
        """The answer to one request, durable. Raises SecureWorldRefused."""
        (reply,) = answers(self.device, [(role, encode_request(command, 7, fields))])
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

    def rule(self, rules: Rules) -> None:
        """Put the owner's next policy in force."""
        state = self.device.policy.state()
        policy = owner.signed(METER, rules, state.version + 1, state.digest)
        self.ask(Role.ADMIN, Command.SET_POLICY, policy)

    def _provision(self) -> None:
        points = bundle.p256_point(b"\x44" * 32), bundle.p256_point(b"\x55" * 32)
        secrets = ACCOUNT_KEY, METER_KEY, b"\x44" * 32, b"\x55" * 32
        parcel = self.device.vault.seal(BUNDLE)
        made = NewKeys(*secrets, *points, parcel, RATED_POWER_W, Stage.PROVISIONED)
        self.device.adopt(made)
        self.device.policy.own(owner.PUBLIC_KEY, owner.OWNER)
        self.device.commit()


def energy(reading: SignedReading) -> tuple[int, int]:
    """The interval that a reading claims."""
    return reading.from_uwh, reading.to_uwh
