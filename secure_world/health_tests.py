"""Continuous health tests of a noise source, NIST SP 800-90B section 4.4, in its symbols.

H      min-entropy of a sample that the source is trusted to have, bits
α      probability that a good source fails a test: 2^-30, the strictest that 4.4 recommends
W      window of the adaptive proportion test: 1024 samples of one bit, 512 of any other size
C      cutoff of either test
"""

from math import ceil, exp, lgamma, log, log1p

ALPHA_BITS = 30
START_UP_SAMPLES = 1024  # 4.3, requirement 4


def window(bits_per_sample: int) -> int:
    """W for samples of this size (4.4.2)."""
    return 1024 if bits_per_sample == 1 else 512


def repetition_cutoff(h: float, alpha_bits: int = ALPHA_BITS) -> int:
    """C of the repetition count test: 1 + ⌈-log2 α / H⌉ (4.4.1)."""
    return 1 + ceil(alpha_bits / h)


def proportion_cutoff(h: float, w: int, alpha_bits: int = ALPHA_BITS) -> int:
    """C of the adaptive proportion test: 1 + CRITBINOM(W, 2^-H, 1-α) (4.4.2).

    CRITBINOM is the least k with P[X ≤ k] ≥ 1-α; summed from the top, where the terms are small.
    """
    tail, p, alpha = 0.0, 2.0**-h, 2.0**-alpha_bits
    for k in range(w, 0, -1):
        tail += _binomial(w, k, p)
        if tail > alpha:  # P[X ≥ k]: k is the least
            return 1 + k
    return 1


def _binomial(n: int, k: int, p: float) -> float:
    """P[X = k]; p is below 1, for H is above 0."""
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(ways + k * log(p) + (n - k) * log1p(-p))


class HealthTests:
    """Both tests over one source's samples (bytes), from the first to the last that it gives."""

    def __init__(self, h: float, bits_per_sample: int = 8) -> None:
        self._w = window(bits_per_sample)
        self._most_equal = repetition_cutoff(h)
        self._most_of_window = proportion_cutoff(h, self._w)
        self._last, self._equal = -1, 0
        self._first, self._seen, self._in_window = -1, 0, 0

    def fault(self, samples: bytes) -> str:
        """Take samples; the name of the test that they fail, or nothing."""
        found = ""
        for sample in samples:
            if self._repeats(sample):
                found = f"{self._most_equal} equal samples in a row"
            elif self._prevails(sample) and not found:
                found = f"one value {self._most_of_window} times in {self._w} samples"
        return found

    def _repeats(self, sample: int) -> bool:
        """4.4.1."""
        self._equal = self._equal + 1 if sample == self._last else 1
        self._last = sample
        return self._equal >= self._most_equal

    def _prevails(self, sample: int) -> bool:
        """4.4.2: the first sample of each window is counted in it."""
        if self._seen == 0:
            self._first, self._in_window = sample, 0
        self._in_window += sample == self._first
        self._seen = (self._seen + 1) % self._w
        return self._in_window >= self._most_of_window
