"""Numbers as the EVM's words."""


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")
