"""Whole numbers beyond 64 bits in numpy: limbs of uint64, the lowest first; no float decides.

A Wide has the shape (limbs, count). One limb is enough for prices below 18.4 tokens a kWh; a uint96
has two; what a uint64 of energy at a uint96 of price costs has three.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
Index = NDArray[np.intp]
Wide = U64
LIMB = 64
DIGIT = 32
MASK = np.uint64(2**DIGIT - 1)
SHIFT = np.uint64(DIGIT)
ONE = np.uint64(1)
UWH_PER_KWH = 10**9
_KWH = np.uint64(UWH_PER_KWH)
TOP = np.uint64(LIMB - 1)
FEW = 8_192  # up to here numpy's own sort is as fast as digits of 16 bits


def limbs(values: Sequence[int]) -> Wide:
    """As few limbs as the largest value needs; values from 0, of any size."""
    count = limbs_of(max(values, default=0))
    mask = 2**LIMB - 1
    parts = [[value >> (LIMB * limb) & mask for value in values] for limb in range(count)]
    return np.array(parts, dtype=np.uint64).reshape(count, len(values))


def limbs_of(largest: int) -> int:
    """How many limbs a number needs: one at least."""
    return max(1, -(-largest.bit_length() // LIMB))


def integers(values: Wide) -> list[int]:
    """The same as Python integers."""
    found: list[int] = values[-1].tolist()
    for limb in reversed(values[:-1]):
        found = [high << LIMB | low for high, low in zip(found, limb.tolist(), strict=True)]
    return found


def at(values: Wide, index: int) -> int:
    """One of them as a Python integer."""
    if len(values) == 1:
        return int(values[0, index])
    return sum(int(limb[index]) << (LIMB * place) for place, limb in enumerate(values))


def total(values: Wide) -> int:
    """The exact sum: halves of 32 bits cannot overflow below 2^32 values."""
    return sum(
        (int((limb & MASK).sum()) + (int((limb >> SHIFT).sum()) << DIGIT)) << (LIMB * place)
        for place, limb in enumerate(values)
    )


def largest(values: Wide) -> int:
    """The greatest of them, or a bound that has as many bits; 0 of none."""
    if values.shape[1] == 0:
        return 0
    rest = (1 << (LIMB * (len(values) - 1))) - 1
    return int(values[-1].max()) << (LIMB * (len(values) - 1)) | rest


def ascending(values: Wide) -> Index:
    """Indices by (value, index): equal values stay in their order."""
    if values.shape[1] <= FEW:
        return np.lexsort(values)
    order = np.arange(values.shape[1], dtype=np.intp)
    for limb in values:
        for place in range(0, LIMB, 16):
            digit = (limb >> np.uint64(place)).astype(np.uint16)
            if digit.size and (digit != digit[0]).any():
                order = order[np.argsort(digit[order], kind="stable")]
    return order


def descending(values: Wide) -> Index:
    """Indices by (value falling, index rising)."""
    return ascending(~values)


def mean_rounded_down(first: Wide, second: Wide) -> Wide:
    """floor((a + b) / 2), as a & b plus half of a ^ b: nothing overflows. Two limbs at most."""
    count = max(len(first), len(second))
    first, second = _padded(first, count), _padded(second, count)
    half = first ^ second
    lowest = half & ONE
    half >>= ONE
    for limb in range(count - 1):
        half[limb] |= (lowest[limb + 1]) << TOP
    return _sum(first & second, half)


def payment_rounded_down(energy_uwh: U64, price: Wide) -> Wide:
    """floor(energy × price / 10⁹), base units: against the one who is paid."""
    most_uwh = int(energy_uwh.max(initial=0))
    most = most_uwh * largest(price) // UWH_PER_KWH
    if len(price) == 1 and limbs_of(most) == 1 and most_uwh < 2**34:
        # price = q × 10⁹ + r: energy × q is whole, and energy × r stays below 2⁶⁴.
        whole = price[0] // _KWH
        rest = price[0] - whole * _KWH
        found: Wide = energy_uwh * whole + energy_uwh * rest // _KWH
        return found[np.newaxis]
    digits = _product(_digits(energy_uwh[np.newaxis]), _digits(price))
    return _joined(_divided(digits))[: limbs_of(most)]


def _digits(values: Wide) -> list[U64]:
    """Base 2³², the lowest first."""
    return [part for limb in values for part in (limb & MASK, limb >> SHIFT)]


def _product(first: list[U64], second: list[U64]) -> list[U64]:
    """All digits of first × second: a column holds a few products' halves, far from 2⁶⁴."""
    columns = [np.zeros_like(first[0]) for _ in range(len(first) + len(second))]
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            product = one * other
            columns[i + j] += product & MASK
            columns[i + j + 1] += product >> SHIFT
    for low, high in pairwise(columns):
        high += low >> SHIFT
        low &= MASK
    return columns


def _divided(digits: list[U64]) -> list[U64]:
    """By 10⁹, rounded down, as by hand: a remainder below 2³⁰ and a digit make less than 2⁶²."""
    rest = np.zeros_like(digits[0])
    quotient = []
    for digit in reversed(digits):
        rest = rest << SHIFT | digit
        found = rest // _KWH
        rest -= found * _KWH
        quotient.append(found)
    return quotient[::-1]


def _joined(digits: list[U64]) -> Wide:
    pairs = zip(digits[::2], digits[1::2], strict=True)
    return np.array([low | high << SHIFT for low, high in pairs], dtype=np.uint64)


def _padded(values: Wide, count: int) -> Wide:
    missing = count - len(values)
    if missing == 0:
        return values
    return np.concatenate([values, np.zeros((missing, values.shape[1]), dtype=np.uint64)])


def _sum(first: Wide, second: Wide) -> Wide:
    """With the carry; of two limbs at most."""
    found = first + second
    for limb in range(len(found) - 1):
        found[limb + 1] += found[limb] < first[limb]
    return found
