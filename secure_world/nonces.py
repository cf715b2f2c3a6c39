"""Never two payloads for one (account, chain, nonce), but for a fee bump of the same call.

known = nonces.look(account, transaction)   # raises NONCE-USED, changes nothing
…                                           # charge all, a bump's difference, or nothing
if not known.same:
    nonces.record(account, transaction)     # last of all: writes, durable with the batch
"""

from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.record import Record
from secure_world.store import Store
from secure_world.transactions import Unsigned

MAX_BUMPS = 64
KEPT_PAYLOADS = 65_536  # of an account on a chain; nonces below the lowest kept are used up
_KEPT_IN_MEMORY = 64
# A payload without account was signed before version 3, when a device had one: it counts for all.

Payload = tuple[bytes, bytes, int, int]  # digest, call, maximum fee, tip
Lane = tuple[bytes, int]  # account, chain


class Known(Record):
    """What was signed for a nonce before."""

    same: bool  # this very payload: costs nothing, records nothing
    bump: bool  # the same call for lower fees: its value is charged already
    top_fee_wei: int  # and so much of its fee (gas times the highest fee so far); else 0


_FRESH, _SAME = Known(False, False, 0), Known(True, False, 0)


class _Span:
    """Which nonces of a lane have payloads; `floor` and what is below it has no room any more."""

    def __init__(self, count: int, low: int, high: int) -> None:
        self.count, self.high = count, high
        self.floor = low if count >= KEPT_PAYLOADS else 0


class Nonces:
    """All payloads signed; those of the latest nonces in memory too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.load()

    def load(self) -> None:
        """Keep nothing in memory that the store may not have."""
        self._spans: dict[Lane, _Span] = {}
        self._latest: dict[tuple[Lane, int], list[Payload]] = {}

    def look(self, account: bytes, transaction: Unsigned) -> Known:
        """Whether this may be signed, and what for its nonce was. Raises NONCE-USED."""
        lane = account, transaction.chain_id
        earlier = self._payloads(lane, transaction.nonce)
        if not earlier:
            if transaction.nonce < self._span(lane).floor:
                raise _used(transaction, "a nonce of late")
            return _FRESH
        if any(digest == transaction.digest for digest, *_ in earlier):
            return _SAME
        top = max(max_fee for _, _, max_fee, _ in earlier)
        if not _is_bump(transaction, earlier, top):
            raise _used(transaction, "that or a fee bump of the same call")
        return Known(False, True, transaction.gas * top)

    def record(self, account: bytes, transaction: Unsigned) -> None:
        """Write down a payload that `look` has not seen before."""
        lane, nonce = (account, transaction.chain_id), transaction.nonce
        span, earlier = self._span(lane), self._payloads(lane, nonce)
        payload = (transaction.digest, transaction.call, transaction.max_fee, transaction.tip)
        self._store.write(
            "INSERT INTO payload (account, chain_id, nonce, digest, call, max_fee, tip)"
            " VALUES (?,?,?,?,?,?,?)",
            *(*lane, nonce.to_bytes(8, "big"), *payload[:2]),
            *(fee.to_bytes(32, "big") for fee in payload[2:]),
        )
        self._make_room(lane, span)
        span.high = max(span.high, nonce)
        self._remember((lane, nonce), [*earlier, payload])

    def _payloads(self, lane: Lane, nonce: int) -> list[Payload]:
        if nonce > self._span(lane).high:
            return []
        known = self._latest.get((lane, nonce))
        if known is None:
            rows = self._store.rows(
                "SELECT digest, call, max_fee, tip FROM payload"
                " WHERE account IN (?, x'') AND chain_id = ? AND nonce = ?",
                *(*lane, nonce.to_bytes(8, "big")),
            )
            known = [(digest, call, _number(fee), _number(tip)) for digest, call, fee, tip in rows]
            self._remember((lane, nonce), known)
        return known

    def _remember(self, place: tuple[Lane, int], payloads: list[Payload]) -> None:
        self._latest.pop(place, None)
        self._latest[place] = payloads
        if len(self._latest) > _KEPT_IN_MEMORY:
            del self._latest[next(iter(self._latest))]

    def _span(self, lane: Lane) -> _Span:
        span = self._spans.get(lane)
        if span is None:
            row = self._store.row(
                "SELECT count(*), min(nonce), max(nonce) FROM payload"
                " WHERE account IN (?, x'') AND chain_id = ?",
                *lane,
            )
            assert row is not None
            count, low, high = row
            span = _Span(count, *((_number(low), _number(high)) if count else (0, -1)))
            self._spans[lane] = span
        return span

    def _make_room(self, lane: Lane, span: _Span) -> None:
        """Of too many payloads the lowest nonce goes, its cheapest first; its place stays taken."""
        span.count += 1
        if span.count < KEPT_PAYLOADS:
            return
        if span.count > KEPT_PAYLOADS:
            self._store.write(
                "DELETE FROM payload WHERE account IN (?1, x'') AND chain_id = ?2"
                " AND (nonce, max_fee) = (SELECT nonce, max_fee FROM payload"
                " WHERE account IN (?1, x'') AND chain_id = ?2 ORDER BY nonce, max_fee LIMIT 1)",
                *lane,
            )
            span.count -= 1
        row = self._store.row(
            "SELECT min(nonce) FROM payload WHERE account IN (?, x'') AND chain_id = ?", *lane
        )
        assert row is not None
        span.floor = _number(row[0])


def _is_bump(transaction: Unsigned, earlier: list[Payload], top: int) -> bool:
    """The same call, and both fees above all that were signed for it."""
    if len(earlier) > MAX_BUMPS or earlier[0][1] != transaction.call:
        return False
    tip = max(tip for *_, tip in earlier)
    return transaction.max_fee > top and transaction.tip > tip


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _used(transaction: Unsigned, expected: str) -> SecureWorldRefused:
    text = f"nonce {transaction.nonce} has signed another payload, expected {expected}"
    return SecureWorldRefused(ErrorCode.NONCE_USED, text)
