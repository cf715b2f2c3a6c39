"""The questions of `evlock setup`: one table for the terminal and for the answers file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import board_configs

METER_HEX, OWNER_HEX = 40, 66
SIDES = ("seller", "buyer")


@dataclass(frozen=True)
class Kind:
    """`parse` makes a value of what was typed (ValueError); `good` judges one of a file."""

    type: type
    expected: str
    parse: Callable[[str], Any]
    good: Callable[[Any], bool]


@dataclass(frozen=True)
class Question:
    """`key` is table.key of the answers file; without a default it must be answered.

    `told`: what is expected is said before the question, not only after a wrong answer.
    """

    key: str
    text: str
    kind: Kind
    default: Any = None
    optional: bool = False
    told: bool = False


def _whole(low: int, high: int) -> Kind:
    return Kind(
        int,
        f"a whole number from {low} to {high} expected",
        lambda text: int(text.replace("_", "").replace(" ", "")),
        lambda value: low <= value <= high,
    )


def _number(low: float, high: float) -> Kind:
    expected = f"a number from {low:g} to {high:g} expected"
    return Kind(float, expected, float, lambda value: low <= value <= high)


def _choice(*choices: str) -> Kind:
    expected = f"one of {', '.join(choices)} expected"
    return Kind(str, expected, str, lambda value: value in choices)


def _number_of(*choices: int) -> Kind:
    *first, last = map(str, choices)
    expected = f"{', '.join(first)} or {last} expected"
    return Kind(int, expected, int, lambda value: value in choices)


def _text(expected: str, good: Callable[[str], bool]) -> Kind:
    return Kind(str, expected, str, good)


def _yes(text: str) -> bool:
    words = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def is_place(text: str) -> bool:
    """host:port"""
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal() and 0 < int(port) < 65536


def is_peer(text: str) -> bool:
    """`0x… host:port`"""
    meter, _, place = text.partition(" ")
    digits = meter.removeprefix("0x")
    hexadecimal = len(digits) == METER_HEX and set(digits.lower()) <= set("0123456789abcdef")
    return meter.startswith("0x") and hexadecimal and is_place(place.strip())


def _of_list(expected: str, good: Callable[[str], bool]) -> Kind:
    """Typed with commas between."""
    return Kind(
        list,
        expected,
        lambda text: [part.strip() for part in text.split(",") if part.strip()],
        lambda value: all(isinstance(part, str) and good(part) for part in value),
    )


def _roles(text: str) -> list[str]:
    """`both` is a person's word; in a file of answers it is the list."""
    typed = [part.strip() for part in text.lower().split(",") if part.strip()]
    return list(SIDES) if typed == ["both"] else typed


def _is_there(text: str) -> bool:
    path = Path(text).expanduser()
    return path.exists() and not path.is_dir()


def is_owner(text: str) -> bool:
    """A public key, or a file that is there."""
    digits = text.removeprefix("0x").lower()
    public = digits[:2] in ("02", "03") and set(digits) <= set("0123456789abcdef")
    return (public and len(digits) == OWNER_HEX) or _is_there(text)


NAME = _text("a name of 1 to 64 characters expected", lambda t: 0 < len(t) < 65 and t.isprintable())
URL = _text(
    "an http:// or https:// address expected", lambda t: t.startswith(("http://", "https://"))
)
PLACE = _text("host:port expected", is_place)
FILE = _text("a file that is there expected", _is_there)
PATH = _text("a path expected", lambda t: bool(t) and "\0" not in t)
PEERS = _of_list("a list of '0xMETER host:port' expected", is_peer)
OWNER = _text("a public key (evlock owner address), or the file of a key, expected", is_owner)
ROLES = Kind(
    list,
    "seller, buyer or both expected",
    _roles,
    lambda value: bool(value) and all(part in SIDES for part in value),
)
YES = Kind(bool, "yes or no expected", _yes, lambda _: True)
ENERGY = _whole(1, 2**63 - 1)
PRICE = _whole(1, 2**96)

QUESTIONS = (
    Question("board.name", "Which board is it?", _choice(*board_configs.names()), told=True),
    Question("board.plant", "Socket of the plant", PATH, optional=True),
    Question("board.plant_board", "Which of its boards", _choice("seller", "buyer"), "seller"),
    Question("board.mains", "Mains: dc or ac", _choice("dc", "ac"), optional=True),
    Question(
        "board.variant_a",
        "Current sensor: ACS712 of 5, 20 or 30 A",
        _number_of(5, 20, 30),
        optional=True,
    ),
    Question("board.relay_line", "GPIO line of the relay", _whole(0, 1023), optional=True),
    Question("board.active_low", "Does a low level close the relay?", YES, optional=True),
    Question("node.name", "Name of this node, for people", NAME, "my meter"),
    Question("chain.rpc", "JSON-RPC address of the chain's node", URL, "http://127.0.0.1:8545"),
    Question("chain.address_book", "Address book (contracts.json) of the network", FILE),
    Question("link.listen", "Address and port to listen on", PLACE, "0.0.0.0:7400"),
    Question("link.peers", "Counterparts, as 0xMETER host:port, commas between", PEERS, []),
    Question("limits.max_trade_uwh", "Most energy of one trade, µWh", ENERGY, 1_000_000),
    Question("limits.max_day_uwh", "Most energy of 24 hours, µWh", ENERGY, 10_000_000),
    Question("limits.max_current_a", "Current above which the relay opens, A", _number(0.1, 100)),
    Question("keys.rated_power_w", "Most power that the line carries, W", _whole(1, 16_777_215)),
    Question("keys.words", "Backup of 12 or 24 words", _number_of(12, 24), 24),
    Question("owner.key", "Owner's public key, or the file of the owner's key", OWNER, told=True),
    Question("policy.roles", "Will it be seller, buyer or both", ROLES),
    Question("policy.max_price", "Buy at most at this price a kWh, base units", PRICE, 10**18),
    Question("policy.min_price", "Sell at least at this price a kWh, base units", PRICE, 1),
    Question(
        "policy.max_value_wei",
        "Most for one purchase, base units (10^18: a token)",
        _whole(0, 2**96),
        10**15,
    ),
)
# Asked only at a terminal, or given only in a file: secrets come by the path of a file.
FILE_ONLY = (
    Question("keys.passphrase_file", "", FILE, optional=True),
    Question("keys.words_file", "", PATH, optional=True),
    Question("owner.pin_file", "", FILE, optional=True),
    Question("owner.passphrase_file", "", FILE, optional=True),
    Question("link.certificate_folder", "", PATH, optional=True),
    Question("calibration.instrument", "", PATH, optional=True),
)
BY_KEY = {question.key: question for question in (*QUESTIONS, *FILE_ONLY)}
