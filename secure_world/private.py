"""Provision and restore: answered by a child, so that this process never sees a mnemonic.

The parent looks only at the first bytes of an admin's request. The child reads it, makes the keys,
hands them over sealed and raw, waits until they are durable, and answers the client itself.
"""

import socket
from functools import partial

from secure_world import derivation, log, rlp, vault
from secure_world.child import Child
from secure_world.commands import (
    MAX_MESSAGE,
    PROTOCOL_VERSION,
    WORDS,
    Command,
    Provision,
    Provisioned,
    Restore,
    Restored,
    Role,
)
from secure_world.device import Device, Keys, NewKeys, Stage
from secure_world.envelope import decode_request, encode_refusal, encode_response
from secure_world.errors import ErrorCode, FieldInvalid, SecureWorldRefused
from secure_world.message import Message

PEEK = 5  # a list's prefix of at most three bytes, the version, the command
_PRIVATE = (Command.PROVISION, Command.RESTORE)
_DURABLE, _FAILED = b"\1", b"\0"


def is_private(head: bytes) -> bool:
    """Whether a request that starts so is one for a child."""
    at = 1 + max(0, head[0] - 0xF7) if head else 0
    return head[at : at + 1] == bytes([PROTOCOL_VERSION]) and head[at + 1 : at + 2] in [
        bytes([command]) for command in _PRIVATE
    ]


def serve(device: Device, connection: socket.socket) -> bool:
    """One request on `connection`, read and answered by a child; whether it was answered."""
    connection.setblocking(True)
    child = Child(partial(_work, device, connection), keep=[connection.fileno()])
    made = child.receive()
    if made:
        child.send(_keep(device, NewKeys.from_rlp(rlp.decode(made))))
    connection.setblocking(False)
    return child.end()


def _keep(device: Device, made: NewKeys) -> bytes:
    device.store.begin()
    try:
        device.adopt(made)
        device.store.commit()
    except Exception as error:  # the child says it to the client
        log.event("ERROR", "STORAGE", f"new keys not kept: {error}")
        device.store.rollback()
        device.load()
        return _FAILED
    return _DURABLE


def _work(device: Device, connection: socket.socket, parent: socket.socket) -> None:
    """The child's part."""
    number = 0
    try:
        number, command, fields = decode_request(connection.recv(MAX_MESSAGE + 1))
        answer, made = _make(device, Command(command), fields)
        parent.send(rlp.encode(made.to_rlp()))
        kept = parent.recv(1)
        if not kept:
            return  # the parent is dead: whether the keys are durable is unknown, so say nothing
        if kept == _FAILED:
            raise SecureWorldRefused(ErrorCode.STORAGE, "keys not kept, expected a writable disk")
        reply = encode_response(number, answer)
    except FieldInvalid as error:
        reply = encode_refusal(number, SecureWorldRefused(ErrorCode.MALFORMED, str(error)))
    except SecureWorldRefused as error:
        log.refused(Role.ADMIN, error.code, error.message)
        reply = encode_refusal(number, error)
    connection.send(reply)


def _make(device: Device, command: Command, fields: rlp.Item) -> tuple[Message, NewKeys]:
    if command is Command.PROVISION:
        wanted = Provision.from_rlp(fields)
        _check_words(wanted.words)
        _check_stage(device)
        mnemonic, stage = derivation.new_mnemonic(wanted.words), Stage.PENDING
        made, keys = _keys(device, mnemonic, wanted, stage)
        return Provisioned(mnemonic, keys.account, keys.meter), made
    given = Restore.from_rlp(fields)
    _check_stage(device)
    derivation.check_mnemonic(given.mnemonic)
    made, keys = _keys(device, given.mnemonic, given, Stage.PROVISIONED)
    return Restored(keys.account, keys.meter), made


def _keys(
    device: Device, mnemonic: str, request: Provision | Restore, stage: Stage
) -> tuple[NewKeys, Keys]:
    account = derivation.account_key(mnemonic, request.passphrase)
    meter = derivation.meter_key()
    sealed = vault.seal(vault.device_secret(device.secret_path), account + meter)
    made = NewKeys(account, meter, sealed, request.rated_power_w, stage)
    return made, Keys.of(account + meter)


def _check_words(words: int) -> None:
    if words not in WORDS:
        raise FieldInvalid(f"words: {words}, expected 12, 15, 18, 21 or 24")


def _check_stage(device: Device) -> None:
    if device.stage is Stage.PROVISIONED:
        text = "this device has its keys, expected a new one (or its state folder removed)"
        raise SecureWorldRefused(ErrorCode.ALREADY_PROVISIONED, text)
