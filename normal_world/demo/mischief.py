"""The faults that `--fault` can mount: what each does, on whom and when unless told otherwise.

Faults of sensors, converters and relays are the plant's: they happen in the physics or in the
chips' registers. A dishonest counterpart is a real one: its meter daemon counts by a factor.
"""

from dataclasses import dataclass

from normal_world.demo.errors import DemoArgument
from normal_world.demo.faults import NODES, SECONDS_MAX, Moment

PLANT, DISHONEST, LOCK = "plant", "dishonest", "lock"
BEFORE = "before"
CASE = "case-opened"  # the one that the owner of its node marks in the policy


@dataclass(frozen=True)
class Kind:
    """`at_s` None: before this node's order, after its calibration; else seconds of delivery."""

    name: str
    text: str
    at_s: float | None = None
    node: str = "buyer"
    part: str = PLANT
    strength: float | None = None


KINDS = (
    Kind("sensor-scaled", "current sensor shunted: sees 80 %"),
    Kind("voltage-scaled", "voltage divider tampered with: sees 90 %"),
    Kind("sensor-noisy", "current sensor twenty times as noisy"),
    Kind("reference-open", "reference load burnt out"),
    Kind("sensor-stuck", "current sensor holds its last value", 5.0),
    Kind("sensor-removed", "current sensor pulled off: its pin floats", 5.0),
    Kind("sensor-saturated", "current sensor's output at its supply", 5.0),
    Kind("relay-welded", "contact welded: conducts when told to open"),
    Kind("relay-stuck-open", "relay does not close when told to"),
    Kind("bus-nack", "converter does not answer on its bus", 5.0),
    Kind("adc-reset", "converter reset: its settings are lost", 5.0),
    Kind("adc-asleep", "converter put to sleep, keeps its last value", 5.0),
    Kind(CASE, "lid lifted; its owner marks that: keys gone", 5.0),
    Kind("counterpart-inflates", "signs 1.5 times what it measures", 3.0, "seller",
         DISHONEST, 1.5),
    Kind("counterpart-deflates", "signs 0.6 times what it measures", 3.0, "buyer",
         DISHONEST, 0.6),
    Kind("secure-world-locked", "secure world locked: nothing is signed", None, "buyer",
         LOCK),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True)
class Fault:
    """One fault to mount; `at_s` as in Kind."""

    kind: Kind
    node: str
    at_s: float | None

    @property
    def at(self) -> Moment | None:
        return None if self.at_s is None else Moment(self.at_s)


def parse_fault(text: str) -> Fault:
    """`NAME[:NODE][@SECONDS|@before]`; raises DemoArgument saying what was expected."""
    who, at, when = text.partition("@")
    name, colon, node = who.partition(":")
    kind = BY_NAME.get(name)
    if kind is None:
        raise DemoArgument(f"--fault {text!r}: no such fault, see `evlock demo --fault help`")
    if colon and node not in NODES:
        raise DemoArgument(f"--fault {text!r}: node {node!r}, seller or buyer expected")
    return Fault(kind, node or kind.node, _moment(text, when) if at else kind.at_s)


def listing() -> list[dict[str, str]]:
    """Every fault for people: name, node, moment, words."""
    return [
        {
            "name": kind.name,
            "node": kind.node,
            "at": BEFORE if kind.at_s is None else f"{kind.at_s:g} s",
            "what": kind.text,
        }
        for kind in KINDS
    ]


def _moment(text: str, when: str) -> float | None:
    if when == BEFORE:
        return None
    try:
        seconds = float(when)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= SECONDS_MAX:
        raise DemoArgument(
            f"--fault {text!r}: @before, or @ and 0 to {SECONDS_MAX:.0f} seconds expected"
        )
    return seconds
