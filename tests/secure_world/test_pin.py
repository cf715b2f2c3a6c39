"""The PIN: wrong ones cost waits that no restart shortens, and no kill is a free try."""

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from secure_world import pin_rules
from secure_world.errors import SecureWorldRefused
from secure_world.pin import Pin, penalty_ms
from secure_world.protocol import SecureWorldUnreachable
from secure_world.store import Store
from tests.secure_world import owner
from tests.secure_world.process import Secured, refusal
from tests.secure_world.rig import StandingClock
from tests.secure_world.temporary import fresh_folder

PIN, OTHER, WRONG = owner.PIN, "pikachu 25", "314159"
DAY_S = 24 * 3600
KILLER = ("-m", "tests.secure_world.pin_killer")
HASH = b"\x01" * pin_rules.HASH_BYTES


def claimed(secured: Secured) -> Secured:
    secured.admin.claim(owner.PUBLIC_KEY, PIN)
    return secured


def test_four_wrong_pins_are_free_and_the_waits_double_up_to_a_day() -> None:
    waits_s = [penalty_ms(failures) / 1000 for failures in range(18)]
    assert waits_s[:5] == [0] * 5
    assert waits_s[5:15] == [60 * 2**step for step in range(10)]
    assert waits_s[16:] == [DAY_S, DAY_S]
    assert penalty_ms(2**31) / 1000 == DAY_S


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "27182",
        "00000000",
        "😀😀😀😀😀😀",
        "123456",
        "4567890",
        "987654",
        "3210987",
        "abcdef",
        "fedcba",
    ],
)
def test_a_weak_pin_is_refused_and_claims_nothing(secured: Secured, weak: str) -> None:
    assert refusal(lambda: secured.admin.claim(owner.PUBLIC_KEY, weak)) == "PIN-WEAK"
    assert secured.admin.info().owner is None


@pytest.mark.parametrize("strong", ["135790", "112345", "010101", "höhlen", "a" * 63 + "b"])
def test_any_other_pin_is_taken(secured: Secured, strong: str) -> None:
    secured.admin.claim(owner.PUBLIC_KEY, strong)
    assert secured.admin.info().owner == owner.OWNER
    secured.admin.unlock(strong)


@pytest.mark.parametrize("key", [b"\x04" + b"\x11" * 32, b"\x02" + b"\xff" * 32, bytes(33)])
def test_what_is_no_point_is_no_owner(secured: Secured, key: bytes) -> None:
    assert refusal(lambda: secured.admin.claim(key, PIN)) == "OWNER-KEY"
    assert secured.admin.info().owner is None


def test_a_device_is_claimed_once(secured: Secured) -> None:
    claimed(secured)
    other = bytes([owner.PUBLIC_KEY[0] ^ 1]) + owner.PUBLIC_KEY[1:]
    assert refusal(lambda: secured.admin.claim(other, OTHER)) == "ALREADY-CLAIMED"
    assert secured.admin.info().owner == owner.OWNER
    secured.admin.unlock(PIN)


def test_without_a_claim_no_pin_is_right(secured: Secured) -> None:
    secured.admin.lock()
    assert refusal(lambda: secured.admin.unlock(PIN)) == "NOT-CLAIMED"
    assert refusal(lambda: secured.admin.change_pin(PIN, OTHER)) == "NOT-CLAIMED"
    assert refusal(lambda: secured.admin.zeroise(PIN)) == "NOT-CLAIMED"
    assert secured.admin.info().locked


def test_the_new_pin_counts_and_the_old_one_does_not(secured: Secured) -> None:
    claimed(secured)
    assert refusal(lambda: secured.admin.change_pin(WRONG, OTHER)) == "PIN-WRONG"
    assert refusal(lambda: secured.admin.change_pin(PIN, "111111")) == "PIN-WEAK"
    secured.admin.change_pin(PIN, OTHER)
    assert refusal(lambda: secured.admin.unlock(PIN)) == "PIN-WRONG"
    secured.kill()
    secured.start()
    secured.admin.unlock(OTHER)


def test_a_lock_asks_no_pin_and_unlocking_does(secured: Secured) -> None:
    claimed(secured).admin.lock()
    assert refusal(lambda: secured.admin.unlock(WRONG)) == "PIN-WRONG"
    assert secured.admin.info().locked
    secured.admin.unlock(PIN)
    assert not secured.admin.info().locked


def test_the_fifth_wrong_pin_shuts_the_right_one_out_over_restarts(secured: Secured) -> None:
    claimed(secured)
    for _ in range(5):
        assert refusal(lambda: secured.admin.unlock(WRONG)) == "PIN-WRONG"
    waits_s = []
    for end in (secured.stop, secured.kill):
        for ask in (secured.admin.unlock, secured.admin.zeroise, secured.admin.backup):
            code = refusal(lambda ask=ask: ask(PIN))  # type: ignore[misc]
            assert code in ("PIN-WAIT", "NOT-PROVISIONED")
        waits_s.append(secured.admin.info().pin_wait_s)
        end()
        secured.start()
    waits_s.append(secured.admin.info().pin_wait_s)
    assert 60 >= waits_s[0] >= waits_s[1] >= waits_s[2] > 0  # those in between did not count


def test_the_right_pin_ends_the_row_of_failures(secured: Secured) -> None:
    claimed(secured)
    for _ in range(3):
        for _ in range(4):
            assert refusal(lambda: secured.admin.unlock(WRONG)) == "PIN-WRONG"
        secured.admin.unlock(PIN)
    assert secured.admin.info().pin_wait_s == 0


def test_a_child_killed_while_it_tries_has_failed(tmp_path: Path) -> None:
    with Secured(tmp_path, KILLER) as secured:
        secured.start()
        claimed(secured)
        for _ in range(5):
            with pytest.raises(SecureWorldUnreachable):
                secured.admin.unlock(PIN)
        assert refusal(lambda: secured.admin.unlock(PIN)) == "PIN-WAIT"
        assert secured.admin.info().pin_wait_s > 0


def test_the_state_holds_no_pin(secured: Secured) -> None:
    claimed(secured)
    secured.stop()
    for file in secured.state.rglob("*"):
        if file.is_file():
            assert PIN.encode() not in file.read_bytes()


class Attempts(RuleBasedStateMachine):
    """A thief with the admin socket, a plug and a clock: the model has no memory but a list."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.path = StandingClock(), fresh_folder() / "state.db"
        self._open()
        self.pin.claim(HASH)
        self.store.commit()
        self.failures, self.left_s = 0, 0.0

    def teardown(self) -> None:
        self.store.close()

    def _open(self) -> None:
        self.store = Store(self.path)
        self.pin = Pin(self.store, self.clock)
        self.pin.load()

    @rule(right=st.booleans())
    def try_one(self, right: bool) -> None:
        heard = self._attempt()
        assert heard == (self.left_s <= 0)
        if not heard:
            return
        self.failures += 1
        self.left_s = penalty_ms(self.failures) / 1000
        if right:
            self.pin.right()
            self.store.commit()
            self.failures, self.left_s = 0, 0.0

    @rule(seconds=st.sampled_from([1.0, 59.0, 61.0, 3600.0, DAY_S + 1.0]))
    def wait(self, seconds: float) -> None:
        self.clock.pass_s(seconds)
        self.left_s = max(0.0, self.left_s - seconds)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self._open()

    @rule(up_s=st.sampled_from([0.0, 30.0, 7200.0]))
    def reboot(self, up_s: float) -> None:
        """The wait begins anew, less what the machine has been up since."""
        self.clock.boot += "+"
        self.clock.time_ns = int(up_s * 10**9)
        self.restart()
        self.left_s = max(0.0, penalty_ms(self.failures) / 1000 - up_s)

    @invariant()
    def says_how_long(self) -> None:
        assert self.pin.wait_s() == round(self.left_s)

    def _attempt(self) -> bool:
        try:
            self.pin.attempt()
        except SecureWorldRefused as error:
            assert error.code == "PIN-WAIT"
            assert not self.store.dirty
            return False
        self.store.commit()
        return True


TestAttempts = Attempts.TestCase
TestAttempts.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
