"""The JSON object of the demo, computed from the record alone."""

from typing import Any

from firmware.domain.reasons import meaning
from normal_world.cli import units
from normal_world.demo.record import Movement, Record, Transaction

NODES = ("seller", "buyer")
CUT_REASON = "ENDED the chain closed the trade before the whole energy was delivered"


def build(record: Record) -> dict[str, Any]:
    """All keys, whatever happened; times of the relays count from the beginning of delivery."""
    state, reason = verdict(record)
    chain = record.chain
    result: dict[str, Any] = {
        "state": state,
        "seed": record.seed,
        "energy": _energy(record),
        "money": {
            "escrowed": chain.escrowed,
            "paid": chain.paid,
            "refunded": chain.refunded,
            "price": record.price,
        },
        "tokens": {node: _tokens(chain.tokens.get(node)) for node in NODES},
        "credit": {node: chain.credit.get(node, [None, None]) for node in NODES},
        "self_check": {node: record.meters[node].self_check for node in NODES},
        "readings": {
            "signed": sum(meter.signed for meter in record.meters.values()),
            "exchanged": sum(meter.exchanged for meter in record.meters.values()),
        },
        "transactions": [_transaction(item) for item in chain.transactions],
        "setup_transactions": [_transaction(item) for item in chain.setup_transactions],
        "escrow_block": chain.escrow_block,
        "relay": _relay(record),
        "unpaid_uwh": max(0, record.delivered_true_uwh - chain.paid_uwh),
        "processes": [vars(process) for process in record.processes],
        "duration_s": round(record.ended_s - record.started_s, 2),
    }
    if reason is not None:
        result["reason"], result["reason_code"] = reason, reason.split(" ", 1)[0]
    if record.crashed is not None:
        result["crashed"] = record.crashed
    if record.silent_at_s is not None:
        result |= _silence(record)
    if record.mounted:
        result |= _mounted(record)
    return result


def verdict(record: Record) -> tuple[str, str | None]:
    """`settled`, or `cut`, `refused`, `failed` with the reason: a code and words."""
    if record.failure is not None:
        return "failed", record.failure
    if record.refused is not None:
        return "refused", record.refused
    reason = _reason(record)
    if record.chain.ended_by == "settle":
        return ("settled", None) if reason is None else ("cut", reason)
    if record.chain.ended_by == "close":
        return "cut", reason or CUT_REASON
    return "failed", reason or "ENDED the trade was never settled nor closed"


def began_s(record: Record) -> float | None:
    """When the first main relay closed its contact."""
    return min((move.time_s for move in record.movements if move.closed), default=None)


def _reason(record: Record) -> str | None:
    """What ended the delivery out of the ordinary, as the meter that ended it says."""
    for told in (record.trades.get(node, {}).get("reason") for node in reversed(NODES)):
        found = meaning(told or "")
        if told and not found.ordinary:
            return f"{found.code} {found.text} ({told})"
    return None


def _energy(record: Record) -> dict[str, Any]:
    signed = {node: _signed(record, node) for node in NODES}
    register = {node: _grown(record, node) for node in NODES}
    delivered, sent = record.delivered_true_uwh, record.sent_true_uwh
    return {
        "offered_uwh": record.amount_uwh,
        "delivered_true_uwh": delivered,
        "sent_true_uwh": sent,
        "seller_uwh": signed["seller"],
        "buyer_uwh": signed["buyer"],
        "paid_uwh": record.chain.paid_uwh,
        "seller_register_uwh": register["seller"],
        "buyer_register_uwh": register["buyer"],
        "seller_error_percent": units.error_percent(register["seller"], sent),
        "buyer_error_percent": units.error_percent(register["buyer"], delivered),
    }


def _tokens(held: tuple[int, int] | None) -> dict[str, int | None]:
    """Base units at the end; None where the chain did not say."""
    account, purse = held or (None, None)
    return {"account": account, "purse": purse}


def _signed(record: Record, node: str) -> int:
    return max(record.chain.signed_uwh.get(node, 0), record.meters[node].energy_uwh)


def _grown(record: Record, node: str) -> int | None:
    """What the secure world's register grew by: all that was measured, also beyond the amount."""
    pair = record.register_uwh.get(node)
    return None if pair is None else pair[1] - pair[0]


def _relay(record: Record) -> dict[str, Any]:
    origin = began_s(record)
    relay: dict[str, Any] = {}
    for node in NODES:
        moves = [move for move in record.movements if move.node == node]
        closed = min((move.time_s for move in moves if move.closed), default=None)
        opened = _last_opening(moves)
        relay[f"{node}_closed_s"] = _since(origin, closed)
        relay[f"{node}_open_s"] = _since(origin, opened)
        relay[f"{node}_closed_block"] = _head_at(record, closed)
    return relay


def _last_opening(moves: list[Movement]) -> float | None:
    return max((move.time_s for move in moves if not move.closed), default=None)


def _silence(record: Record) -> dict[str, Any]:
    origin, opened = began_s(record), _last_opening(record.movements)
    return {
        "silent_at_s": _since(origin, record.silent_at_s),
        "relay_open_at_s": _since(origin, opened),
    }


def _mounted(record: Record) -> dict[str, Any]:
    """Faults and the opening after the first; without any delivery counted from that fault."""
    first_s = record.mounted[0].time_s
    origin = began_s(record)
    opened = _last_opening([move for move in record.movements if move.time_s >= first_s])
    base = first_s if origin is None else origin
    return {
        "faults": [
            {"name": m.name, "node": m.node, "at_s": _since(base, m.time_s)} for m in record.mounted
        ],
        "fault_at_s": _since(base, first_s),
        "relay_open_at_s": _since(base, first_s if opened is None else opened),
    }


def _since(origin: float | None, moment: float | None) -> float | None:
    return None if origin is None or moment is None else round(moment - origin, 3)


def _head_at(record: Record, moment: float | None) -> int | None:
    """The newest block seen before the moment: the contact closed after this block."""
    if moment is None:
        return None
    return max((block for seen_s, block in record.heads if seen_s <= moment), default=None)


def _transaction(item: Transaction) -> dict[str, Any]:
    return vars(item)
