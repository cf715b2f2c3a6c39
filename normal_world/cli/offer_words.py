"""An offer's id as people read and type it: 0xMETER/N, beside the number that the chain has."""

import re

from normal_world.cli.errors import UsageInvalid

NUMBER_BITS = 32  # what follows the meter in an offer's id
SHORT = re.compile(r"0x([0-9a-fA-F]{40})/([0-9]{1,10})")
ID_MAX = (1 << 160 + NUMBER_BITS) - 1


def short(offer_id: int) -> str:
    """0xMETER/N: the meter that sells, and its number for the offer."""
    return f"0x{offer_id >> NUMBER_BITS:040x}/{offer_id & (1 << NUMBER_BITS) - 1}"


def offer_id(text: str) -> int:
    """The id of 0xMETER/N, or of its decimal number; raises UsageInvalid."""
    found = SHORT.fullmatch(text)
    if found and int(found[2]) >> NUMBER_BITS == 0:
        return int(found[1], 16) << NUMBER_BITS | int(found[2])
    if len(text) <= len(str(ID_MAX)) and text.isascii() and text.isdigit() and int(text) <= ID_MAX:
        return int(text)
    raise UsageInvalid(f"--offer {text!r:.80}: 0xMETER/N or the offer's number expected")
