"""Why a delivery ended or paused: the meter's own words, a stable code, and words for people."""

from typing import NamedTuple


class Meaning(NamedTuple):
    """`ordinary`: nothing is wrong, the trade ended as it should."""

    code: str
    text: str
    ordinary: bool = False


# In the order in which they are looked for; the first fragment that is found decides.
_MEANINGS = (
    ("tampered", Meaning("TAMPERED", "the keys were destroyed after a finding")),
    ("meters apart", Meaning("METERS-APART", "the two meters disagree by more than is allowed")),
    ("over-current", Meaning("OVER-CURRENT", "more current than the owner's limit, or no sensor")),
    ("frozen", Meaning("SENSOR-FROZEN", "a sensor gives the same value again and again")),
    ("saturated", Meaning("SENSOR-SATURATED", "a sensor stands at the end of its range")),
    ("converter changed", Meaning("ADC-CONFIG", "a converter was reset, put to sleep or set anew")),
    ("relay welded", Meaning("RELAY-WELDED", "current flows through a relay that is open")),
    ("nothing flows", Meaning("NO-FLOW", "the relays are closed and no energy flows")),
    ("self-check", Meaning("SELF-CHECK", "the meter's check of itself failed")),
    ("SELF-CHECK", Meaning("SELF-CHECK", "the meter's check of itself failed")),
    ("no voltage", Meaning("NO-VOLTAGE", "the voltage is gone")),
    ("bus", Meaning("BUS-GONE", "a sensor does not answer any more")),
    ("gap", Meaning("METER-GAP", "samples were missing")),
    ("silence", Meaning("READINGS-MISSING", "no signed readings of one side")),
    ("deadline", Meaning("DEADLINE", "the trade's time is over")),
    ("lost", Meaning("TRADE-LOST", "the meter does not know the trade any more")),
    ("restart", Meaning("RESTARTED", "the meter's program was started again")),
    ("stopped by", Meaning("STOPPED", "stopped by its owner")),
    ("never ready", Meaning("PEER-NOT-READY", "the other meter was never ready")),
    ("counterpart ended", Meaning("PEER-ENDED", "the other meter ended the delivery", True)),
    ("complete", Meaning("COMPLETE", "the agreed energy was delivered", True)),
)
_OTHER = Meaning("ENDED", "the delivery ended")


def meaning(reason: str) -> Meaning:
    """What a delivery's reason stands for."""
    return next((found for fragment, found in _MEANINGS if fragment in reason), _OTHER)
