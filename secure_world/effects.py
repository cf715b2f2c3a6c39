"""What a child may ask the long-running process to do: each a batch of its own, durable or undone.

A row's place is its number on the channel. An effect checks first and writes last, as a handler.
"""

from collections.abc import Callable
from typing import Any

from secure_world import log, persons_effects, seal_effects
from secure_world.bundle import NewKeys
from secure_world.commands import Role
from secure_world.device import Device
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.handlers import keys
from secure_world.message import Message
from secure_world.parent import Refused, encode_answer, numbered
from secure_world.vault import Rewrapped


def _refused(device: Device, effect: Refused) -> None:
    log.refused(effect.role, effect.code, effect.message)
    device.audit.refused(effect.code)


EFFECTS: tuple[tuple[type[Message], Callable[[Device, Any], None]], ...] = (
    (Refused, _refused),
    (NewKeys, keys.keep_keys),
    (persons_effects.PinAttempt, persons_effects.pin_attempt),
    (persons_effects.PinWrong, persons_effects.pin_wrong),
    (persons_effects.PinRight, persons_effects.pin_right),
    (persons_effects.PinChanged, persons_effects.pin_changed),
    (persons_effects.Claimed, persons_effects.claimed),
    (persons_effects.Unlocked, persons_effects.unlocked),
    (persons_effects.BackedUp, persons_effects.backed_up),
    (persons_effects.Zeroised, persons_effects.zeroised),
    (seal_effects.Quoted, seal_effects.quoted),
    (seal_effects.PassphraseWrong, seal_effects.passphrase_wrong),
    (seal_effects.Unsealed, seal_effects.unsealed),
    (Rewrapped, seal_effects.rewrapped),
    (seal_effects.Enrolled, seal_effects.enrolled),
)


_OF_ALL = (Refused, seal_effects.Quoted)  # all others are a person's


def apply(device: Device, role: Role, asked: bytes) -> bytes:
    """Do what the child of a client of this role asks, durably; the answer for it."""
    try:
        number, fields = numbered(asked)
        effect, work = EFFECTS[number]
        if role is not Role.ADMIN and effect not in _OF_ALL:  # a child that was taken over
            text = f"{effect.__name__} for the {role}, expected for a person"
            raise SecureWorldRefused(ErrorCode.ROLE, text)
        work(device, effect.from_rlp(fields))
        device.commit()
    except SecureWorldRefused as error:  # it has changed nothing
        return encode_answer(error)
    except Exception as error:  # the child says it to its client; never print the values
        device.undo()
        text = f"{type(error).__name__}, expected a writable disk"
        return encode_answer(SecureWorldRefused(ErrorCode.STORAGE, text))
    return encode_answer(None)
