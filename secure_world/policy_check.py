"""Whether the rules of a policy allow a transaction, and what it spends. Pure.

A call's data are its selector and argument words of 32 bytes, and nothing else. Of several rows
for a function the first one that fits whole counts; if none does, the row that got furthest tells.
"""

from typing import NamedTuple

from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.policy_rules import FEES, NATIVE, ONE, Bound, Call, Charge, Rules
from secure_world.transactions import KAIA_DELEGATED_CALL, Unsigned

PRICE_SCALE = 10**9  # µWh in a kWh
_SELECTOR, _WORD = 4, 32

Charges = dict[bytes, int]  # base units by asset
Ranges = tuple[tuple[int, int], ...]


class Unfit(NamedTuple):
    """Why a row does not fit; codes further on mean that more of it did."""

    code: ErrorCode
    text: str


# What is looked at in a row, in this order.
_STEPS = (
    ErrorCode.POLICY_VALUE,
    ErrorCode.POLICY_SIZE,
    ErrorCode.POLICY_ARGUMENT,
    ErrorCode.POLICY_AMOUNT,
)


class Row:
    """A call that is allowed, made ready to be looked at in a few microseconds."""

    __slots__ = ("bounds", "charges", "max_value", "max_words", "min_words")

    def __init__(self, call: Call) -> None:
        self.max_value, self.max_words = call.max_value, call.max_words
        words = [bound.word for bound in call.bounds] + [charge.word for charge in call.charges]
        words += [charge.times for charge in call.charges if charge.times != ONE]
        self.min_words = max(words, default=-1) + 1
        self.bounds = tuple(_by_word(call.bounds).items())
        self.charges = call.charges


class Law:
    """The rules about transactions, by contract and function."""

    __slots__ = ("chain_id", "contracts", "max_fee_wei", "rows")

    def __init__(self, rules: Rules) -> None:
        self.chain_id, self.max_fee_wei = rules.chain_id, rules.max_fee_wei
        self.contracts = frozenset(call.to for call in rules.calls)
        self.rows: dict[bytes, tuple[Row, ...]] = {}
        for call in rules.calls:
            key = call.to + call.selector
            self.rows[key] = (*self.rows.get(key, ()), Row(call))

    def charges(self, transaction: Unsigned) -> Charges:
        """What a transaction that is allowed spends. Raises POLICY-… of the first bound passed."""
        rows = self._rows(transaction)
        fee_wei = transaction.most_fee
        if fee_wei > self.max_fee_wei:
            text = f"fee up to {fee_wei} wei, expected at most {self.max_fee_wei}"
            raise SecureWorldRefused(ErrorCode.POLICY_FEE, text)
        found = _first_fit(rows, transaction)
        if transaction.kind != KAIA_DELEGATED_CALL:  # else another pays it
            _add(found, FEES, fee_wei)
        return found

    def _rows(self, transaction: Unsigned) -> tuple[Row, ...]:
        if transaction.chain_id != self.chain_id:
            text = f"chain {transaction.chain_id}, expected {self.chain_id}"
            raise SecureWorldRefused(ErrorCode.POLICY_CHAIN, text)
        selector = transaction.data[:_SELECTOR]
        rows = self.rows.get(transaction.to + selector)
        if rows is not None:
            return rows
        if transaction.to not in self.contracts:
            text = f"contract 0x{transaction.to.hex()}, expected one that the policy names"
            raise SecureWorldRefused(ErrorCode.POLICY_CONTRACT, text)
        text = f"selector 0x{selector.hex()}, expected one that the policy names"
        raise SecureWorldRefused(ErrorCode.POLICY_SELECTOR, text)


def _first_fit(rows: tuple[Row, ...], transaction: Unsigned) -> Charges:
    furthest = None
    for row in rows:
        found = _fit(row, transaction)
        if not isinstance(found, Unfit):
            return found
        if furthest is None or _STEPS.index(found.code) > _STEPS.index(furthest.code):
            furthest = found
    assert furthest is not None
    raise SecureWorldRefused(furthest.code, furthest.text)


def _fit(row: Row, transaction: Unsigned) -> Charges | Unfit:
    """What the call spends by this row, without its fee."""
    value, data = transaction.value, transaction.data
    if value > row.max_value:
        text = f"value {value} wei, expected at most {row.max_value}"
        return Unfit(ErrorCode.POLICY_VALUE, text)
    count, rest = divmod(len(data) - _SELECTOR, _WORD)
    if rest or not row.min_words <= count <= row.max_words:
        text = f"{len(data)} bytes of data, expected a selector and "
        text += f"{row.min_words} to {row.max_words} words of {_WORD} bytes"
        return Unfit(ErrorCode.POLICY_SIZE, text)
    for word, ranges in row.bounds:
        argument = _argument(data, word)
        if not any(low <= argument <= high for low, high in ranges):
            text = f"argument {word} is {_told(argument)}, expected {_told_ranges(ranges)}"
            return Unfit(ErrorCode.POLICY_ARGUMENT, text)
    return _spent(row.charges, data, value)


def _spent(wanted: tuple[Charge, ...], data: bytes, value: int) -> Charges | Unfit:
    found: Charges = {}
    _add(found, NATIVE, value)
    for charge in wanted:
        amount = _argument(data, charge.word)
        if charge.times != ONE:
            amount = -(-amount * _argument(data, charge.times) // PRICE_SCALE)  # rounded up
        if amount > charge.most:
            text = f"argument {charge.word} spends {_told(amount)} of 0x{charge.asset.hex()}"
            return Unfit(ErrorCode.POLICY_AMOUNT, f"{text}, expected at most {charge.most} a call")
        _add(found, charge.asset, amount)
    return found


def _add(charges: Charges, asset: bytes, amount: int) -> None:
    if amount:
        charges[asset] = charges.get(asset, 0) + amount


def _argument(data: bytes, word: int) -> int:
    start = _SELECTOR + _WORD * word
    return int.from_bytes(data[start : start + _WORD], "big")


def _by_word(bounds: tuple[Bound, ...]) -> dict[int, Ranges]:
    found: dict[int, Ranges] = {}
    for bound in bounds:
        found[bound.word] = (*found.get(bound.word, ()), (bound.low, bound.high))
    return found


def _told(number: int) -> str:
    """Small numbers as they are, addresses and hashes in hexadecimal."""
    return str(number) if number < 1 << 128 else f"{number:#x}"


def _told_ranges(ranges: Ranges) -> str:
    words = [
        _told(low) if low == high else f"{_told(low)} to {_told(high)}" for low, high in ranges
    ]
    return " or ".join(words[:4]) + (" or others" if len(words) > 4 else "")
