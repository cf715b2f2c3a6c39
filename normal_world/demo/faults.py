"""What the demo is asked to break, when: `--crash PROGRAM[:NODE]@SECONDS`, `--silent NODE@SECONDS`.

SECONDS count from the moment delivery began (the first contact of a main relay that closes).
`@sell+SECONDS` counts from the seller's `sell` instead, so that every moment of a trade can be hit.
"""

import re
from dataclasses import dataclass
from typing import Literal

from normal_world.demo.errors import DemoArgument

PROGRAMS = ("secured", "meterd", "noded", "chain")
NODES = ("seller", "buyer")
SECONDS_MAX = 600.0

Origin = Literal["delivery", "sell"]
_WHEN = re.compile(r"(?P<sell>sell\+)?(?P<seconds>[0-9]{1,4}(\.[0-9]{1,6})?)", re.ASCII)


@dataclass(frozen=True)
class Moment:
    """Seconds after the origin, on the monotonic clock."""

    seconds: float
    origin: Origin = "delivery"


@dataclass(frozen=True)
class Crash:
    """SIGKILL one program (node is "" for the chain), start it again after the pause."""

    program: str
    node: str
    at: Moment


@dataclass(frozen=True)
class Silence:
    """SIGSTOP the noded of this node for good."""

    node: str
    at: Moment


def parse_crash(text: str) -> Crash:
    """`meterd:buyer@4.5`; raises DemoArgument saying what was expected."""
    who, at = _split(text, "--crash", "PROGRAM[:NODE]@SECONDS")
    program, colon, node = who.partition(":")
    if program not in PROGRAMS:
        raise DemoArgument(
            f"--crash {text!r}: program {program!r}, one of {', '.join(PROGRAMS)} expected"
        )
    if program == "chain":
        if colon:
            raise DemoArgument(
                f"--crash {text!r}: the chain belongs to no node, chain@SECONDS expected"
            )
        return Crash("chain", "", at)
    return Crash(program, _node(node if colon else "seller", "--crash", text), at)


def parse_silence(text: str) -> Silence:
    """`seller@5`; raises DemoArgument saying what was expected."""
    who, at = _split(text, "--silent", "NODE@SECONDS")
    if at.origin != "delivery":
        raise DemoArgument(
            f"--silent {text!r}: NODE@SECONDS expected, only delivery can fall silent"
        )
    return Silence(_node(who, "--silent", text), at)


def _split(text: str, option: str, shape: str) -> tuple[str, Moment]:
    who, at, when = text.rpartition("@")
    found = _WHEN.fullmatch(when)
    if not at or found is None or float(found["seconds"]) > SECONDS_MAX:
        raise DemoArgument(
            f"{option} {text!r}: {shape} with 0 to {SECONDS_MAX:.0f} seconds expected"
        )
    return who, Moment(float(found["seconds"]), "sell" if found["sell"] else "delivery")


def _node(node: str, option: str, text: str) -> str:
    if node not in NODES:
        raise DemoArgument(f"{option} {text!r}: node {node!r}, seller or buyer expected")
    return node
