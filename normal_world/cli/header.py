"""The 40-pin header of the Raspberry Pi: which pin a BCM line is on (pinout.xyz, `pinout`)."""

# Pins 1 to 40 in order; None: a supply or ground.
_LINES = (
    *(None, None, 2, None, 3, None, 4, 14, None, 15),
    *(17, 18, 27, None, 22, 23, None, 24, 10, None),
    *(9, 25, 11, 8, None, 7, 0, 1, 5, None),
    *(6, 12, 13, None, 19, 16, 26, 20, None, 21),
)


def pin_of(line: int) -> int | None:
    """Pin number, 1 to 40, of a BCM line; None when it is not on the header."""
    return _LINES.index(line) + 1 if line in _LINES else None
