"""A child's line to the long-running process, which alone may change the state."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

from secure_world import rlp
from secure_world.envelope import refusal
from secure_world.errors import ErrorCode, RlpInvalid, SecureWorldError, SecureWorldRefused
from secure_world.fields import Text
from secure_world.message import Message, Name

MAX_EFFECT = 64 * 1024
MAX_TEXT = 512  # characters


class Parent:
    """What a child may ask: effects (effects.py), each durable when `ask` returns."""

    def __init__(self, channel: socket.socket, ids: Mapping[type[Message], int]) -> None:
        self._channel, self._ids = channel, ids

    def ask(self, effect: Message) -> None:
        """Raises SecureWorldRefused if the parent refuses it, STORAGE if it could not keep it.

        ConnectionError means that the parent is dead: whether it was kept is unknown.
        """
        number = rlp.encode_uint(self._ids[type(effect)])
        self._channel.send(rlp.encode([number, effect.to_rlp()]))
        answer = self._channel.recv(MAX_EFFECT)
        if not answer:
            raise ConnectionResetError("the parent is gone")
        status, fields = numbered(answer)
        if status:
            raise refusal(status, fields)

    def refused(self, role: str, error: SecureWorldRefused) -> None:
        """Have a refusal logged and audited; who does not hear it stops nothing."""
        with suppress(SecureWorldError, OSError):
            self.ask(Refused(role, error.code, error.message[:MAX_TEXT]))


class Refused(Message):
    """Effect: the child refuses the request."""

    role: Name
    code: Name
    message: Annotated[str, Text(4 * MAX_TEXT)]


def encode_answer(error: SecureWorldRefused | None) -> bytes:
    """The parent's answer: done, or why not."""
    if error is None:
        return rlp.encode([b"", []])
    status = ErrorCode[error.code.replace("-", "_")]
    return rlp.encode([rlp.encode_uint(status), [error.message.encode("utf-8", "replace")]])


def numbered(data: bytes) -> tuple[int, rlp.Item]:
    """(number, fields) of a message on the channel. Raises RlpInvalid."""
    item = rlp.decode(data)
    if isinstance(item, bytes) or len(item) != 2:
        raise RlpInvalid("RLP: expected a number and fields")
    return rlp.decode_uint(item[0], 16), item[1]
