"""What the commands share: the store, the clock, the opened keys, the policy, the sequences."""

import os
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated

from coincurve import PrivateKey

from secure_world import durable, register, rlp, vault
from secure_world.clock import Clock
from secure_world.commands import SetPolicy
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.fields import Octets, Uint
from secure_world.keys import address_of
from secure_world.message import Hash, Message, RatedPower
from secure_world.store import Store
from secure_world.trades import Sequences

DATABASE, SECRET, LOCK = "state.db", "device-secret", "lock"
_KEY_BYTES = 32


class Stage(IntEnum):
    """Life of the keys: PENDING until the node confirms that the mnemonic arrived."""

    EMPTY, PENDING, PROVISIONED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class NewKeys(Message):
    """What a provisioning child hands over: both private keys, and the same sealed."""

    account_key: Hash
    meter_key: Hash
    sealed: Annotated[bytes, Octets(256, shorter=True)]
    rated_power_w: RatedPower
    stage: Annotated[int, Uint(8, low=Stage.PENDING, high=Stage.PROVISIONED)]


@dataclass(frozen=True, slots=True)
class Keys:
    """Both private keys, opened, with their addresses."""

    account_key: PrivateKey
    meter_key: PrivateKey
    account: bytes
    meter: bytes

    @classmethod
    def of(cls, raw: bytes) -> "Keys":
        """From the account key's 32 bytes and the meter key's."""
        account, meter = PrivateKey(raw[:_KEY_BYTES]), PrivateKey(raw[_KEY_BYTES:])
        return cls(account, meter, address_of(account.public_key), address_of(meter.public_key))


class Device:
    """One meter's secure world, alone in its state folder. Raises StateError."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        durable.make_private_folder(folder)
        self._lock = durable.lock(folder / LOCK)
        self.clock, self.secret_path = clock, folder / SECRET
        self.store = Store(folder / DATABASE)
        self.sequences = Sequences()
        self.load()

    def close(self) -> None:
        """Let go of the state folder."""
        self.store.close()
        os.close(self._lock)

    def load(self) -> None:
        """Take everything from the store: at the start, and after a failed commit."""
        row = self.store.row(
            "SELECT stage, sealed, rated_power_w, boot_count, policy, policy_version, locked "
            "FROM device"
        )
        assert row is not None
        stage, sealed, self.rated_power_w, self.boot_count, policy, *rest = row
        self.policy_version, self.locked = rest[0], bool(rest[1])
        self.stage = Stage(stage)
        self.policy = SetPolicy.from_rlp(rlp.decode(policy)) if policy is not None else None
        self._keys = Keys.of(vault.unseal_in_child(self.secret_path, sealed)) if sealed else None
        self.sequences.forget()

    def count_start(self) -> None:
        """One more start of this process, durably."""
        self.store.begin()
        self.store.write("UPDATE device SET boot_count = boot_count + 1")
        self.store.commit()
        self.boot_count += 1

    @property
    def keys(self) -> Keys:
        """Raises SecureWorldRefused: NOT-PROVISIONED."""
        if self._keys is None or self.stage is not Stage.PROVISIONED:
            text = "no keys that were confirmed, expected provision or restore first"
            raise SecureWorldRefused(ErrorCode.NOT_PROVISIONED, text)
        return self._keys

    @property
    def signing_keys(self) -> Keys:
        """Raises SecureWorldRefused: NOT-PROVISIONED, LOCKED."""
        if self.locked:
            text = "locked by its owner, expected `evlock key unlock` first"
            raise SecureWorldRefused(ErrorCode.LOCKED, text)
        return self.keys

    @property
    def pending_keys(self) -> Keys | None:
        """The keys, confirmed or not."""
        return self._keys

    def adopt(self, made: NewKeys) -> None:
        """Take new keys (of a child) in place of none, or of unconfirmed ones."""
        self.store.write(
            "UPDATE device SET stage = ?, sealed = ?, rated_power_w = ?",
            made.stage,
            made.sealed,
            made.rated_power_w,
        )
        register.reset_allowance(self.store, self.clock, made.rated_power_w)
        self.stage, self.rated_power_w = Stage(made.stage), made.rated_power_w
        self._keys = Keys.of(made.account_key + made.meter_key)

    def confirm(self) -> None:
        """Unconfirmed keys become the keys."""
        self.store.write("UPDATE device SET stage = ?", Stage.PROVISIONED)
        self.stage = Stage.PROVISIONED

    def lock(self, locked: bool) -> None:
        """Sign nothing from now on, also after a restart; or sign again."""
        self.store.write("UPDATE device SET locked = ?", int(locked))
        self.locked = locked

    def set_policy(self, policy: SetPolicy) -> None:
        """Replace the policy."""
        self.store.write(
            "UPDATE device SET policy = ?, policy_version = policy_version + 1",
            rlp.encode(policy.to_rlp()),
        )
        self.policy, self.policy_version = policy, self.policy_version + 1
