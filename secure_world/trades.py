"""Trades: what is pinned at the start, sequences that are never used twice, FINAL once."""

from dataclasses import dataclass
from functools import lru_cache

from secure_world import rlp
from secure_world.commands import SEQUENCE_BLOCK, OpenTrade
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.store import Store
from secure_world.structures import EXPORT, SignedReading

KEPT_TRADES = 4096
FIRST_SEQUENCE = 1
_END = 2**32


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade as stored; `final` is there once it has ended."""

    opened: OpenTrade
    from_uwh: int
    final: SignedReading | None

    def to_uwh(self, import_uwh: int, export_uwh: int) -> int:
        """The register of the trade's direction; what is received, never beyond the amount.

        What is sent may exceed it: the seller feeds the line's losses too, and says so.
        """
        if self.opened.direction == EXPORT:
            return export_uwh
        return min(import_uwh, self.from_uwh + self.opened.amount_uwh)


def find(store: Store, trade: bytes) -> Trade | None:
    """The trade of this id."""
    row = store.row("SELECT opened, from_uwh, final FROM trade WHERE id = ?", trade)
    if row is None:
        return None
    opened, from_uwh, final = row
    ended = SignedReading.from_rlp(rlp.decode(final)) if final is not None else None
    return Trade(_opened(opened), from_uwh, ended)


@lru_cache(maxsize=4)  # the open trades are read once a second or oftener
def _opened(data: bytes) -> OpenTrade:
    return OpenTrade.from_rlp(rlp.decode(data))


def open_in(store: Store, direction: int) -> bytes | None:
    """Id of the trade that is open in this direction."""
    row = store.row("SELECT id FROM trade WHERE direction = ? AND final IS NULL", direction)
    return None if row is None else row[0]


def add(store: Store, opened: OpenTrade, from_uwh: int) -> None:
    """Pin a new trade."""
    store.write(
        "INSERT INTO trade (id, direction, opened, from_uwh, reserved) VALUES (?,?,?,?,?)",
        opened.trade,
        opened.direction,
        rlp.encode(opened.to_rlp()),
        from_uwh,
        FIRST_SEQUENCE,
    )


def finish(store: Store, final: SignedReading) -> None:
    """Keep the FINAL; of the ended trades the last KEPT_TRADES stay."""
    data = rlp.encode(final.to_rlp())
    store.write("UPDATE trade SET final = ? WHERE id = ?", data, final.trade)
    store.write(
        "DELETE FROM trade WHERE final IS NOT NULL AND rowid <= (SELECT max(rowid) FROM trade) - ?",
        KEPT_TRADES,
    )


class Sequences:
    """Next sequence of a trade, out of blocks reserved durably; gaps are allowed, reuse is not."""

    def __init__(self) -> None:
        self._blocks: dict[bytes, range] = {}

    def forget(self) -> None:
        """After a rollback nothing is known to be reserved."""
        self._blocks.clear()

    def take(self, store: Store, trade: bytes, *, final: bool) -> int:
        """A number never taken before for this trade; the very last is FINAL's. SEQUENCE-END."""
        block = self._blocks.get(trade) or self._reserve(store, trade, _END if final else _END - 1)
        self._blocks[trade] = block[1:]
        return block[0]

    def end(self, trade: bytes) -> None:
        """The trade needs no more."""
        self._blocks.pop(trade, None)

    def _reserve(self, store: Store, trade: bytes, end: int) -> range:
        row = store.row("SELECT reserved FROM trade WHERE id = ?", trade)
        assert row is not None
        block = range(row[0], min(row[0] + SEQUENCE_BLOCK, end))
        if not block:
            text = "all 2^32 sequences of this trade are spent, expected fewer readings"
            raise SecureWorldRefused(ErrorCode.SEQUENCE_END, text)
        store.write("UPDATE trade SET reserved = ? WHERE id = ?", block.stop, trade)
        return block
