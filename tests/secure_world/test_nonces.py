"""The nonce guard: one payload for a nonce, or fee bumps of one call, over restarts; bounded."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secure_world import nonces
from secure_world.errors import SecureWorldRefused
from secure_world.nonces import Known, Nonces
from secure_world.places import DATABASE
from secure_world.store import Store
from secure_world.transactions import Unsigned, parse
from tests.secure_world.calls import unsigned

MINE, OTHER = b"\x0a" * 20, b"\x0b" * 20
FRESH = Known(same=False, bump=False, top_fee_wei=0)
SAME = Known(same=True, bump=False, top_fee_wei=0)


class Guard:
    """Nonces over a store, asked as the handler does."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / DATABASE
        self.open()

    def open(self) -> None:
        self.store = Store(self.path)
        self.nonces = Nonces(self.store)

    def restart(self) -> None:
        self.store.close()
        self.open()

    def sign(self, transaction: Unsigned, account: bytes = MINE) -> Known:
        known = self.nonces.look(account, transaction)
        if not known.same:
            self.nonces.record(account, transaction)
        self.store.commit()
        return known

    def refused(self, transaction: Unsigned, account: bytes = MINE) -> bool:
        changes = self.store.changes
        with pytest.raises(SecureWorldRefused) as caught:
            self.sign(transaction, account)
        assert caught.value.code == "NONCE-USED"
        return self.store.changes == changes


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    made = Guard(tmp_path)
    yield made
    made.store.close()


def call(
    nonce: int = 0, fee: int = 10, value: int = 0, chain: int = 31337, tip: int = 1
) -> Unsigned:
    return parse(unsigned(nonce, max_fee=fee, tip=tip, value=value, chain=chain))


def test_a_fresh_nonce_then_the_same_payload_again(guard: Guard) -> None:
    assert guard.sign(call()) == FRESH
    assert guard.sign(call()) == SAME
    guard.restart()
    assert guard.sign(call()) == SAME


def test_another_payload_is_refused_and_leaves_no_trace(guard: Guard) -> None:
    guard.sign(call(value=1))
    for other in (
        call(value=2),
        call(value=2, fee=99, tip=9),
        call(value=1, fee=9),
        call(value=1, fee=11),
    ):
        assert guard.refused(other)
    guard.restart()
    assert guard.refused(call(value=2, fee=99, tip=9))
    assert guard.sign(call(value=1)) == SAME


def test_a_bump_tells_what_was_charged_before(guard: Guard) -> None:
    guard.sign(call(fee=10, tip=1))
    gas = call().gas
    assert guard.sign(call(fee=20, tip=2)) == Known(False, True, 10 * gas)
    assert guard.sign(call(fee=50, tip=3)) == Known(False, True, 20 * gas)
    guard.restart()
    assert guard.sign(call(fee=51, tip=4)) == Known(False, True, 50 * gas)
    assert guard.sign(call(fee=10, tip=1)) == SAME


def test_a_bump_of_a_free_call_is_told_from_a_fresh_one(guard: Guard) -> None:
    guard.sign(call(fee=0, tip=0))
    assert guard.sign(call(fee=1, tip=1)) == Known(False, True, 0)


def test_bumps_end(guard: Guard) -> None:
    for bump in range(nonces.MAX_BUMPS + 1):
        guard.sign(call(fee=bump, tip=bump))
    assert guard.refused(call(fee=1000, tip=1000))


def test_accounts_and_chains_do_not_meet(guard: Guard) -> None:
    guard.sign(call(value=1))
    assert guard.sign(call(value=2), OTHER) == FRESH
    assert guard.sign(call(value=2, chain=8217)) == FRESH
    assert guard.refused(call(value=2))


def test_a_payload_of_a_batch_that_failed_was_never_signed(guard: Guard) -> None:
    transaction = call(value=1)
    guard.nonces.record(MINE, transaction)
    guard.store.rollback()
    guard.nonces.load()
    assert guard.sign(call(value=2)) == FRESH


def test_a_payload_of_before_accounts_were_written_down_counts_for_any(guard: Guard) -> None:
    guard.sign(call(nonce=3, value=1), b"")
    guard.sign(call(nonce=5, value=1))
    guard.nonces.load()
    for account in (MINE, OTHER):
        assert guard.refused(call(nonce=3, value=2), account)
    assert guard.sign(call(nonce=3, value=1)) == SAME


def test_what_has_no_room_stays_used(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "KEPT_PAYLOADS", 8)
    for nonce in range(0, 40, 2):
        assert guard.sign(call(nonce)) == FRESH
    for again in (False, True):
        if again:
            guard.restart()
        for nonce in range(24):  # signed, or passed over: nobody knows any more
            assert guard.refused(call(nonce, value=9))
        assert guard.refused(call(26, value=9))
        assert guard.sign(call(38)) == SAME
    assert guard.store.rows("SELECT count(*) FROM payload") == [(8,)]
    assert guard.sign(call(31)) == FRESH  # above the lowest kept there is still room


def test_a_bump_of_the_lowest_keeps_its_call(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "KEPT_PAYLOADS", 4)
    for nonce in range(4):
        guard.sign(call(nonce))
    assert guard.sign(call(0, fee=20, tip=2)).bump
    assert guard.refused(call(0, value=1, fee=99, tip=9))
    guard.restart()
    assert guard.refused(call(0))  # the cheaper one went, and it is no bump


def test_a_fresh_nonce_is_known_without_a_look_at_the_store(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.sign(call(0))
    asked: list[str] = []
    monkeypatch.setattr(guard.store, "rows", lambda sql, *_: asked.append(sql))
    monkeypatch.setattr(guard.store, "row", lambda sql, *_: asked.append(sql))
    for nonce in range(1, 50):
        assert guard.sign(call(nonce)) == FRESH
        assert guard.sign(call(nonce)) == SAME
    assert not asked


steps = st.lists(
    st.one_of(
        st.none(),  # a restart
        st.builds(
            call,
            st.integers(0, 3),
            fee=st.integers(1, 4),
            value=st.integers(0, 1),
            tip=st.integers(0, 1),
            chain=st.sampled_from([1, 2]),
        ),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_no_nonce_ever_has_two_calls_nor_a_cheaper_second_payload(
    asked: list[Unsigned | None],
) -> None:
    signed: dict[tuple[int, int], list[Unsigned]] = {}
    with TemporaryDirectory() as folder:
        guard = Guard(Path(folder))
        for transaction in asked:
            if transaction is None:
                guard.restart()
                continue
            before = signed.setdefault((transaction.chain_id, transaction.nonce), [])
            try:
                guard.sign(transaction)
            except SecureWorldRefused:
                assert before
                assert transaction not in before
                continue
            if transaction not in before:
                assert all(old.call == transaction.call for old in before)
                assert all(old.max_fee < transaction.max_fee for old in before)
                before.append(transaction)
        guard.store.close()
