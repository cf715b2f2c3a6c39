"""Trades: what is pinned at the start, sequences that are never used twice, FINAL once."""

from typing import TYPE_CHECKING

from secure_world import rlp
from secure_world.commands import SEQUENCE_BLOCK, OpenTrade
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.store import Store
from secure_world.structures import EXPORT, SignedReading

if TYPE_CHECKING:
    from secure_world.quick import Paper

KEPT_TRADES = 4096
FIRST_SEQUENCE = 1
_END = 2**32


class Trade:
    """An open trade."""

    __slots__ = ("_next", "_reserved", "_store", "from_uwh", "opened", "paper")

    def __init__(self, store: Store, opened: OpenTrade, from_uwh: int, reserved: int) -> None:
        self._store, self.opened, self.from_uwh = store, opened, from_uwh
        self.paper: Paper | None = None  # quick.py's
        self._next = self._reserved = reserved  # after a start nothing is known to be unspent

    def to_uwh(self, import_uwh: int, export_uwh: int) -> int:
        """The register of the trade's direction; what is received, never beyond the amount.

        What is sent may exceed it: the seller feeds the line's losses too, and says so.
        """
        if self.opened.direction == EXPORT:
            return export_uwh
        return min(import_uwh, self.from_uwh + self.opened.amount_uwh)

    @property
    def may_deliver(self) -> bool:
        """Whether a number is left for a reading that is not the FINAL."""
        return self._next < _END - 1

    def check_sequence(self, *, final: bool) -> None:
        """Whether a number is left; the very last is FINAL's. Raises SEQUENCE-END."""
        if self._next >= (_END if final else _END - 1):
            text = "all 2^32 sequences of this trade are spent, expected fewer readings"
            raise SecureWorldRefused(ErrorCode.SEQUENCE_END, text)

    def take_sequence(self) -> int:
        """A number never taken before for this trade, out of blocks reserved durably."""
        number = self._next
        if number == self._reserved:
            self._reserved = min(number + SEQUENCE_BLOCK, _END)
            self._store.write(
                "UPDATE trade SET reserved = ? WHERE id = ?", self._reserved, self.opened.trade
            )
        self._next = number + 1
        return number


class Trades:
    """The open trades in memory, one a direction; the ended ones in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[bytes, Trade] = {}

    def load(self) -> None:
        """Take the open trades from the store."""
        rows = self._store.rows("SELECT opened, from_uwh, reserved FROM trade WHERE final IS NULL")
        found = [(OpenTrade.from_rlp(rlp.decode(opened)), *rest) for opened, *rest in rows]
        self._open = {
            opened.trade: Trade(self._store, opened, from_uwh, reserved)
            for opened, from_uwh, reserved in found
        }

    def get(self, trade: bytes) -> Trade | None:
        """The open trade of this id."""
        return self._open.get(trade)

    def final(self, trade: bytes) -> SignedReading | None:
        """The FINAL of an ended trade, as long as it is remembered."""
        row = self._store.row("SELECT final FROM trade WHERE id = ?", trade)
        return SignedReading.from_rlp(rlp.decode(row[0])) if row and row[0] is not None else None

    def open_in(self, direction: int) -> bytes | None:
        """Id of the trade that is open in this direction."""
        for trade in self._open.values():
            if trade.opened.direction == direction:
                return trade.opened.trade
        return None

    def add(self, opened: OpenTrade, from_uwh: int) -> Trade:
        """Pin a new trade."""
        self._store.write(
            "INSERT INTO trade (id, direction, opened, from_uwh, reserved) VALUES (?,?,?,?,?)",
            opened.trade,
            opened.direction,
            rlp.encode(opened.to_rlp()),
            from_uwh,
            FIRST_SEQUENCE,
        )
        trade = Trade(self._store, opened, from_uwh, FIRST_SEQUENCE)
        self._open[opened.trade] = trade
        return trade

    def finish(self, final: SignedReading) -> None:
        """Keep the FINAL; of the ended trades the last KEPT_TRADES stay."""
        data = rlp.encode(final.to_rlp())
        self._store.write("UPDATE trade SET final = ? WHERE id = ?", data, final.trade)
        self._store.write(
            "DELETE FROM trade WHERE final IS NOT NULL"
            " AND rowid <= (SELECT max(rowid) FROM trade) - ?",
            KEPT_TRADES,
        )
        del self._open[final.trade]
