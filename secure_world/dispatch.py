"""From a request's bytes to a response's: one table, no request can end the process."""

import sqlite3
from collections.abc import Callable
from typing import Any

from secure_world import log
from secure_world.commands import LAYOUTS, Command, Role
from secure_world.device import Device
from secure_world.envelope import decode_request, encode_refusal, encode_response
from secure_world.errors import ErrorCode, FieldInvalid, SecureWorldRefused
from secure_world.handlers import energy, keys, money
from secure_world.message import Message
from secure_world.rlp import Item

HANDLERS: dict[Command, Callable[[Device, Any], Message]] = {
    Command.INFO: keys.info,
    Command.CONFIRM: keys.confirm,
    Command.LOCK: keys.lock,
    # PROVISION and RESTORE never come this far: private.py.
    Command.SET_POLICY: money.set_policy,
    Command.SIGN_TRANSACTION: money.sign_transaction,
    Command.OPEN_TRADE: energy.open_trade,
    Command.COUNT: energy.count,
    Command.SIGN_READING: energy.sign_reading,
}


def answer(device: Device, role: Role, data: bytes) -> bytes:
    """The response to one request of the open batch; a refused request leaves no trace in it."""
    number = 0
    try:
        number, code, fields = decode_request(data)
        return encode_response(number, _run(device, role, code, fields))
    except SecureWorldRefused as error:
        refusal = error
    except FieldInvalid as error:
        refusal = SecureWorldRefused(ErrorCode.MALFORMED, str(error))
    except sqlite3.Error as error:
        refusal = SecureWorldRefused(ErrorCode.STORAGE, f"{error}, expected a writable disk")
    except Exception as error:  # a defect of ours must not stop the meter; never print the values
        refusal = SecureWorldRefused(
            ErrorCode.INTERNAL, f"{type(error).__name__} in evlock-secured"
        )
    log.refused(role, refusal.code, refusal.message)
    return encode_refusal(number, refusal)


def _run(device: Device, role: Role, code: int, fields: Item) -> Message:
    if code not in Command.__members__.values():
        raise SecureWorldRefused(ErrorCode.COMMAND, f"no command {code}, expected a known one")
    command = Command(code)
    layout = LAYOUTS[command]
    if role not in layout.roles:
        text = f"{command.name} on the {role} socket, expected {' or '.join(sorted(layout.roles))}"
        raise SecureWorldRefused(ErrorCode.ROLE, text)
    request = layout.request.from_rlp(fields)
    try:
        with device.store.savepoint():
            return HANDLERS[command](device, request)
    except BaseException:
        device.sequences.forget()
        raise
