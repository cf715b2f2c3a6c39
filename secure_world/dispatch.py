"""From a request's bytes to a response's: one table, no request can end the process."""

from collections.abc import Callable, Sequence
from typing import Any

from secure_world import log, quick
from secure_world.commands import LAYOUTS, Command, Role
from secure_world.device import Device
from secure_world.envelope import decode_request, encode_refusal, encode_response
from secure_world.errors import ErrorCode, FieldInvalid, SecureWorldRefused
from secure_world.handlers import energy, keys, money
from secure_world.message import Message
from secure_world.rlp import Item
from secure_world.store import StoreError

Handler = Callable[[Device, Any], Message]
HANDLERS: dict[Command, Handler] = {
    Command.INFO: keys.info,
    Command.CONFIRM: keys.confirm,
    Command.LOCK: keys.lock,
    Command.AUDIT: keys.audit,
    Command.SET_POLICY: money.set_policy,
    Command.GET_POLICY: money.get_policy,
    Command.SIGN_TRANSACTION: money.sign_transaction,
    Command.OPEN_TRADE: energy.open_trade,
    Command.COUNT: energy.count,
    Command.SIGN_READING: energy.sign_reading,
    Command.TAMPER: keys.tamper,
    Command.SIGN_CLAIM: energy.sign_claim,
}  # those that are worked on apart never come this far: jobs.py
_COMMANDS = {command.value: command for command in Command}


def answers(device: Device, batch: Sequence[tuple[Role, bytes]]) -> list[bytes]:
    """The responses to a batch of requests, once all that they changed is durable.

    A refused request has changed nothing. After any other failure nothing of the whole batch has
    happened, and each request of it is told so.
    """
    try:
        replies = [_answer(device, role, data) for role, data in batch]
        device.commit()
    except StoreError as error:
        return _undo(device, ErrorCode.STORAGE, f"{error}, expected a writable disk", len(batch))
    except Exception as error:  # a defect of ours must not stop the meter; never print the values
        text = f"{type(error).__name__} in evlock-secured"
        return _undo(device, ErrorCode.INTERNAL, text, len(batch))
    return replies


def _undo(device: Device, code: ErrorCode, text: str, requests: int) -> list[bytes]:
    """Refuse each, with the id that means any."""
    log.event("ERROR", code.text, text)
    device.undo()
    return [encode_refusal(0, SecureWorldRefused(code, text))] * requests


def _answer(device: Device, role: Role, data: bytes) -> bytes:
    if role is Role.METER:
        usual = quick.answer(device, data)
        if usual is not None:
            return usual
    number = 0
    try:
        number, code, fields = decode_request(data)
        handler, request = _read(role, code, fields)
        return encode_response(number, handler(device, request))
    except SecureWorldRefused as error:
        log.refused(role, error.code, error.message)
        device.audit.refused(error.code)
        return encode_refusal(number, error)


def _read(role: Role, code: int, fields: Item) -> tuple[Handler, Message]:
    """The handler for a request, and the request. Raises SecureWorldRefused."""
    command = _COMMANDS.get(code)
    if command is None:
        raise SecureWorldRefused(ErrorCode.COMMAND, f"no command {code}, expected a known one")
    layout = LAYOUTS[command]
    if role not in layout.roles:
        text = f"{command.name} on the {role} socket, expected {' or '.join(sorted(layout.roles))}"
        raise SecureWorldRefused(ErrorCode.ROLE, text)
    handler = HANDLERS.get(command)
    if handler is None:  # jobs.py did not know it by its first bytes
        raise SecureWorldRefused(ErrorCode.MALFORMED, f"{command.name}, expected canonical bytes")
    try:
        return handler, layout.request.from_rlp(fields)
    except FieldInvalid as error:
        raise SecureWorldRefused(ErrorCode.MALFORMED, str(error)) from error
