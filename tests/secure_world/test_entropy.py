"""Random numbers: what a broken source gives is noticed, and then nothing is made of it."""

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from hashlib import sha256
from math import comb
from pathlib import Path
from random import Random

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from secure_world import bundle, derivation, entropy
from secure_world.entropy import BLOCK, KERNEL_BITS, NOISE_BITS, Generator, Source
from secure_world.errors import SecureWorldRefused
from secure_world.health_tests import (
    START_UP_SAMPLES,
    HealthTests,
    proportion_cutoff,
    repetition_cutoff,
    window,
)
from secure_world.keys import sign
from tests.secure_world.process import Secured, refusal

Read = Callable[[int], bytes]
MAKERS: dict[str, Callable[[], object]] = {
    "mnemonic": lambda: derivation.new_mnemonic(24),
    "meter key": derivation.meter_key,
    "P-256 secret": bundle.p256_secret,
}


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Each test settles for itself what random numbers come from."""
    yield
    entropy.use()


def sound(seed: int) -> Read:
    """A source without fault."""
    return Random(seed).randbytes


def stuck(size: int) -> bytes:
    """A line that came off."""
    return b"\xff" * size


def two_values() -> Read:
    """A converter of which one bit moves."""
    chance = Random(1)
    return lambda size: bytes(chance.choices(b"\x40\x41", k=size))


def biased() -> Read:
    """One value a third of the time, never often in a row."""

    chance = Random(2)

    def read(size: int) -> bytes:
        return bytes([7 if chance.random() < 1 / 3 else chance.randrange(256) for _ in range(size)])

    return read


def from_its_seed(size: int) -> bytes:
    """A generator that starts again at every call."""
    return Random(3).randbytes(size)


BROKEN: dict[str, Callable[[], Read]] = {
    "stuck": lambda: stuck,
    "biased": biased,
    "two values": two_values,
    "from its seed": lambda: from_its_seed,
    "counting": lambda: lambda size: bytes(range(size)),
}


def refused(ask: Callable[[], object]) -> str:
    """The sentence of an ENTROPY."""
    with pytest.raises(SecureWorldRefused) as caught:
        ask()
    assert caught.value.code == "ENTROPY"
    return caught.value.message


# Cutoffs: (H, W, -log2 α, C).
KNOWN = [
    (1, 512, 30, 325),  # jitterentropy-library's table
    (0.5, 512, 30, 422),
    (1, 1024, 20, 589),
    (8, 512, 20, 13),
]


@pytest.mark.parametrize(("h", "w", "alpha_bits", "c"), KNOWN)
def test_known_cutoffs_of_the_proportion_test(h: float, w: int, alpha_bits: int, c: int) -> None:
    assert proportion_cutoff(h, w, alpha_bits) == c


@given(
    st.sampled_from([Decimal(h) for h in ("0.1", "0.3", "0.5", "1", "2", "4", "6", "8")]),
    st.sampled_from([512, 1024]),
    st.sampled_from([20, 30, 40]),
)
def test_proportion_cutoff_is_the_definition(h: Decimal, w: int, alpha_bits: int) -> None:
    p = Decimal(2) ** -h
    at_most, k = (1 - p) ** w, 0  # P[X ≤ k]
    while at_most < 1 - Decimal(2) ** -alpha_bits:
        k += 1
        at_most += comb(w, k) * p**k * (1 - p) ** (w - k)
    assert proportion_cutoff(float(h), w, alpha_bits) == 1 + k


def test_repetition_cutoffs() -> None:
    cutoffs = [repetition_cutoff(h, 20) for h in (1, 2, 2.5, 8)]
    assert cutoffs == [21, 11, 9, 4]
    assert [repetition_cutoff(h) for h in (1, 1 / 3, 4, 8)] == [31, 91, 9, 5]


def test_windows() -> None:
    assert [window(bits) for bits in (1, 2, 8)] == [1024, 512, 512]


@pytest.mark.parametrize("h", [NOISE_BITS, KERNEL_BITS])
def test_repetition_is_found_at_the_cutoff_and_not_before(h: float) -> None:
    c = repetition_cutoff(h)
    before = bytes(range(100)) + b"\xee" * (c - 1)
    assert HealthTests(h).fault(before + b"\1") == ""
    assert f"{c} equal" in HealthTests(h).fault(before + b"\xee")


@pytest.mark.parametrize("h", [NOISE_BITS, KERNEL_BITS])
@pytest.mark.parametrize("fits", [True, False])
def test_proportion_is_found_at_the_cutoff_of_one_window(h: float, fits: bool) -> None:
    c, w = proportion_cutoff(h, 512), 512
    others = (bytes([1 + k % 250]) for k in range(w))
    often = c - 1 if fits else c
    samples = b"".join(b"\0" + next(others) for _ in range(often)).ljust(w, b"\xfe")[:w]
    spread = b"".join(bytes([b if b != 0xFE else 1 + k % 250]) for k, b in enumerate(samples))
    assert bool(HealthTests(h).fault(spread)) is not fits


def test_cutoffs_hold_over_chunks_of_any_size() -> None:
    c, tests = repetition_cutoff(NOISE_BITS), HealthTests(NOISE_BITS)
    found = [tests.fault(b"\xaa") for _ in range(c)]
    assert found[:-1] == [""] * (c - 1)
    assert found[-1]


def test_sound_sources_pass_for_long() -> None:
    for seed in range(20):
        assert not HealthTests(KERNEL_BITS).fault(Random(seed).randbytes(20_000))
    source = Source("noise", sound(1), NOISE_BITS)
    assert len({source.take(BLOCK) for _ in range(500)}) == 500


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_source_gives_nothing_ever(name: str) -> None:
    source = Source("noise", BROKEN[name](), NOISE_BITS)
    assert "noise: " in refused(lambda: source.take(BLOCK))
    refused(lambda: source.take(1))


@pytest.mark.parametrize("name", BROKEN)
def test_a_source_that_breaks_later_is_found_at_that_draw(name: str) -> None:
    good, bad, left = sound(5), BROKEN[name](), [START_UP_SAMPLES + 640]

    def read(size: int) -> bytes:
        left[0] -= size
        return good(size) if left[0] >= 0 else bad(size)

    source = Source("noise", read, NOISE_BITS)
    taken = [source.take(64) for _ in range(10)]
    assert len(set(taken)) == 10
    refused(lambda: [source.take(64) for _ in range(64)])


def test_the_start_up_test_takes_its_samples_before_the_first_that_count() -> None:
    asked: list[int] = []

    def read(size: int) -> bytes:
        asked.append(size)
        return os.urandom(size)

    Source("noise", read, NOISE_BITS).take(5)
    assert sum(asked[:-1]) == START_UP_SAMPLES
    assert asked[-1] == 5


def test_short_reads_are_put_together() -> None:
    chance = Random(6)
    source = Source("noise", lambda size: chance.randbytes(min(size, 3)), NOISE_BITS)
    assert len(source.take(BLOCK)) == BLOCK


def test_a_source_that_ends_or_dies_is_a_refusal_for_good() -> None:
    given = [START_UP_SAMPLES + 10]

    def ending(size: int) -> bytes:
        size = min(size, given[0])
        given[0] -= size
        return os.urandom(size)

    def dying(size: int) -> bytes:
        if given[0] < size:
            raise OSError(5, "Input/output error")
        return ending(size)

    for read, text in ((ending, "no more"), (dying, "Input/output")):
        given[0] = START_UP_SAMPLES + 10
        source = Source("noise", read, NOISE_BITS)
        assert text in refused(partial(source.take, BLOCK))
        given[0] = 10**6  # it comes back, and is not trusted any more
        refused(partial(source.take, BLOCK))


def test_noise_changes_every_block_and_never_replaces_the_kernels() -> None:
    mixed = Generator(Source("hwrng", sound(1), NOISE_BITS))
    again = Generator(Source("hwrng", sound(1), NOISE_BITS))
    assert mixed.draw(64) != again.draw(64)  # the same noise: getrandom makes the difference
    assert len(mixed.draw(100)) == 100
    assert len({mixed.draw(BLOCK) for _ in range(200)}) == 200


def test_the_same_kernel_numbers_with_other_noise_are_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def draw(noise: int) -> bytes:
        monkeypatch.setattr(os, "getrandom", sound(9))
        return Generator(Source("hwrng", sound(noise), NOISE_BITS)).draw(BLOCK)

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("name", BROKEN)
def test_no_key_is_made_when_getrandom_is_stubbed(
    name: str, maker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getrandom", BROKEN[name]())
    entropy.use()
    assert "getrandom: " in refused(MAKERS[maker])


@pytest.mark.parametrize("maker", MAKERS)
def test_no_key_is_made_when_the_noise_is_stuck(maker: str, tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(b"\0" * 10_000)
    entropy.use(noise)
    assert "hwrng: 9 equal" in refused(MAKERS[maker])


def test_a_path_that_is_given_is_never_done_without(tmp_path: Path) -> None:
    entropy.use(tmp_path / "none")
    assert entropy.source() == "hwrng+getrandom"
    assert "hwrng: " in refused(lambda: entropy.random_bytes(32))


def test_a_board_without_a_source_has_the_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entropy, "DEVICE", tmp_path / "none")
    entropy.use()
    assert entropy.source() == "getrandom"
    assert len(entropy.random_bytes(33)) == 33


def test_the_boards_own_source_is_used_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = tmp_path / "hwrng"
    noise.write_bytes(Random(7).randbytes(2000))
    monkeypatch.setattr(entropy, "DEVICE", noise)
    entropy.use()
    assert entropy.source() == "hwrng+getrandom"
    assert len(entropy.random_bytes(32)) == 32
    assert "no more" in refused(lambda: entropy.random_bytes(1000))  # it was there: no way back


def test_the_program_refuses_to_make_keys_of_stuck_noise(secured: Secured, tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(b"\x55" * 10_000)
    secured.stop()
    assert secured.start("--noise", str(noise))
    assert secured.admin.info().entropy == "hwrng+getrandom"
    assert refusal(lambda: secured.admin.provision(12, "", 3600)) == "ENTROPY"
    assert not secured.admin.info().provisioned


def test_a_hundred_thousand_signatures_share_no_nonce() -> None:
    key = PrivateKey(b"\x31" * 32)
    seen = {sign(key, sha256(number.to_bytes(4, "big")).digest())[1] for number in range(10**5)}
    assert len(seen) == 10**5  # r is the nonce's point: RFC 6979 gives each digest its own
