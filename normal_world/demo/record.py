"""Everything that was observed of one demo before it is judged: plain data."""

from dataclasses import dataclass, field
from typing import Any

from normal_world.demo.scene import MeterScene


@dataclass(frozen=True)
class Movement:
    """A main relay's contact moved; monotonic seconds, after the mechanical delay."""

    time_s: float
    node: str
    closed: bool


@dataclass(frozen=True)
class Transaction:
    """One transaction of the two traders, or of the operator's set-up."""

    function: str
    gas: int
    block: int
    succeeded: bool
    sender: str


@dataclass
class ChainRecord:
    """What the chain holds of the trade, read from receipts and logs."""

    transactions: list[Transaction] = field(default_factory=list)
    setup_transactions: list[Transaction] = field(default_factory=list)
    escrow_block: int | None = None
    escrowed: int = 0
    ended_by: str | None = None  # "settle" or "close"
    paid: int = 0
    refunded: int = 0
    paid_uwh: int = 0
    signed_uwh: dict[str, int] = field(default_factory=dict)  # node: energy of its last reading
    credit: dict[str, list[int]] = field(default_factory=dict)  # node: [before, after]
    tokens: dict[str, tuple[int, int]] = field(default_factory=dict)  # node: (account, purse)


@dataclass(frozen=True)
class Mounted:
    """A fault that was mounted; monotonic seconds."""

    name: str
    node: str
    time_s: float


@dataclass
class Process:
    """One program as /proc and its own status told."""

    program: str
    node: str | None
    rss_mib: float
    first_sample_s: float | None = None


@dataclass
class Record:
    """The demo's whole observation; times are monotonic seconds."""

    seed: int
    amount_uwh: int
    price: int
    started_s: float
    ended_s: float = 0.0
    movements: list[Movement] = field(default_factory=list)
    heads: list[tuple[float, int]] = field(default_factory=list)  # (seen at, block number)
    sent_true_uwh: int = 0
    delivered_true_uwh: int = 0
    meters: dict[str, MeterScene] = field(default_factory=dict)
    chain: ChainRecord = field(default_factory=ChainRecord)
    processes: list[Process] = field(default_factory=list)
    register_uwh: dict[str, list[int]] = field(default_factory=dict)  # node: [before, after]
    trades: dict[str, dict[str, Any]] = field(default_factory=dict)  # node: noded's own record
    crashed: list[str] | None = None  # None: no crash was asked for
    silent_at_s: float | None = None
    mounted: list[Mounted] = field(default_factory=list)
    refused: str | None = None  # "CODE one line" of the meter or node that would not trade
    failure: str | None = None  # "CODE one line" when the demo itself could not go on
