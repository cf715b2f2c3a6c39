"""The envelope of a message, and nothing else.

request  = RLP [version, command, request id, fields]
response = RLP [version, request id, status, fields]     status 0, or an ErrorCode and [message]
"""

from collections.abc import Sequence

from secure_world import rlp
from secure_world.commands import MAX_MESSAGE, PROTOCOL_VERSION, Command
from secure_world.errors import ErrorCode, FieldInvalid, RlpInvalid, SecureWorldRefused
from secure_world.message import Message

_VERSION = rlp.encode_uint(PROTOCOL_VERSION)
_MAX_TEXT = 512


def encode_request(command: Command, number: int, fields: Message) -> bytes:
    """Raises FieldInvalid."""
    request = rlp.encode([_VERSION, *_uints(command, number), fields.to_rlp()])
    if len(request) > MAX_MESSAGE:
        raise FieldInvalid(f"{command.name}: {len(request)} bytes, expected at most {MAX_MESSAGE}")
    return request


def decode_request(data: bytes) -> tuple[int, int, rlp.Item]:
    """(request id, command, fields) of a request in this version. Raises SecureWorldRefused."""
    if len(data) > MAX_MESSAGE:
        raise SecureWorldRefused(ErrorCode.TOO_LARGE, f"expected at most {MAX_MESSAGE} bytes")
    try:
        version, command, number, fields = _parts(data)
        code, request_id = rlp.decode_uint(command, 16), rlp.decode_uint(number, 64)
    except RlpInvalid as error:
        raise SecureWorldRefused(ErrorCode.MALFORMED, str(error)) from error
    if version != _VERSION:
        raise SecureWorldRefused(ErrorCode.VERSION, f"expected version {PROTOCOL_VERSION}")
    return request_id, code, fields


def encode_response(number: int, fields: Message) -> bytes:
    """A success."""
    return rlp.encode([_VERSION, *_uints(number, ErrorCode.OK), fields.to_rlp()])


def encode_refusal(number: int, error: SecureWorldRefused) -> bytes:
    """A refusal: its code's number and its sentence."""
    status = ErrorCode[error.code.replace("-", "_")]
    text = error.message.encode("utf-8", "replace")[:_MAX_TEXT]
    return rlp.encode([_VERSION, *_uints(number, status), [text]])


def decode_response(data: bytes, expected: int) -> tuple[int, rlp.Item]:
    """(status, fields) of the response to request `expected`. Raises RlpInvalid, FieldInvalid.

    A refusal with request id 0 answers a request whose id could not be read.
    """
    version, answered, code, fields = _parts(data)
    number, status = rlp.decode_uint(answered, 64), rlp.decode_uint(code, 16)
    if version != _VERSION or (number != expected and not (status and number == 0)):
        raise FieldInvalid(f"answer to another request or version, expected {expected}")
    return status, fields


def refusal(status: int, fields: rlp.Item) -> SecureWorldRefused:
    """The error of a response with a status other than 0."""
    known = status in ErrorCode.__members__.values()
    code = ErrorCode(status).text if known else f"CODE-{status}"
    text = fields[0] if not isinstance(fields, bytes) and fields else b""
    message = text.decode("utf-8", "replace") if isinstance(text, bytes) else ""
    return SecureWorldRefused(code, message)


def _parts(data: bytes) -> Sequence[rlp.Item]:
    item = rlp.decode(data)
    if isinstance(item, bytes) or len(item) != 4:
        raise RlpInvalid("RLP: expected a list of four items")
    return item


def _uints(*values: int) -> list[bytes]:
    return [rlp.encode_uint(value) for value in values]
