"""Never two payloads for one nonce, but for a fee bump of the same call."""

from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.store import Store
from secure_world.transactions import Unsigned

MAX_BUMPS = 64


def claim(store: Store, transaction: Unsigned) -> None:
    """Record the payload for its nonce; one recorded before passes. Raises NONCE-USED."""
    nonce = transaction.nonce.to_bytes(8, "big")
    earlier = store.rows(
        "SELECT digest, call, max_fee, tip FROM payload WHERE chain_id = ? AND nonce = ?",
        transaction.chain_id,
        nonce,
    )
    if any(digest == transaction.digest for digest, *_ in earlier):
        return
    if earlier and not _is_bump(transaction, earlier):
        text = f"nonce {transaction.nonce} has signed another payload, expected that or a fee bump"
        raise SecureWorldRefused(ErrorCode.NONCE_USED, text)
    store.write(
        "INSERT INTO payload (chain_id, nonce, digest, call, max_fee, tip) VALUES (?,?,?,?,?,?)",
        transaction.chain_id,
        nonce,
        transaction.digest,
        transaction.call,
        transaction.max_fee.to_bytes(32, "big"),
        transaction.tip.to_bytes(32, "big"),
    )


def _is_bump(transaction: Unsigned, earlier: list[tuple[bytes, bytes, bytes, bytes]]) -> bool:
    """The same call, and both fees above all that were signed for it."""
    if len(earlier) > MAX_BUMPS or any(call != transaction.call for _, call, _, _ in earlier):
        return False
    top = max(int.from_bytes(max_fee, "big") for _, _, max_fee, _ in earlier)
    tip = max(int.from_bytes(tip, "big") for _, _, _, tip in earlier)
    return transaction.max_fee > top and transaction.tip > tip
