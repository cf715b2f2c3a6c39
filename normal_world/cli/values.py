"""Values on the command line, checked before anything is asked of a program."""

from normal_world.cli.errors import UsageInvalid


def address(text: str, where: str) -> bytes:
    """Twenty bytes from 0x and 40 hexadecimal digits; raises UsageInvalid."""
    return _hexadecimal(text, where, 20)


def word(text: str, where: str) -> bytes:
    """Thirty-two bytes from 0x and 64 hexadecimal digits; raises UsageInvalid."""
    return _hexadecimal(text, where, 32)


def _hexadecimal(text: str, where: str, size: int) -> bytes:
    digits = text.removeprefix("0x")
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b""
    if not text.startswith("0x") or len(digits) != 2 * size or len(value) != size:
        raise UsageInvalid(f"{where} {text!r}: 0x and {2 * size} hexadecimal digits expected")
    return value
