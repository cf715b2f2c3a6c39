"""kill -9 at every durable step of migration, passphrase, enrolment and zeroise: never a brick.

As test_kill_sweep.py: the client repeats what was not answered, a start repeats nothing.
"""

import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from secure_world.places import SECRET
from secure_world.protocol import Info, SecureWorldRefused, SecureWorldUnreachable
from tests.secure_world import owner
from tests.secure_world.process import Secured
from tests.secure_world.test_manifest import LAW, enroll
from tests.secure_world.version_2 import ACCOUNT, METER, state_of_version_2

LAUNCHER = ("-m", "tests.secure_world.launcher")
PASSPHRASE, CODE = "p", b"\3" * 32


class Person:
    """Starts the program anew when it died, types the passphrase, and tries again."""

    def __init__(self, secured: Secured, kill_at: int, report: Path) -> None:
        self.secured, self._report, self.deaths = secured, report, 0
        self._start(kill_at)

    def insist(self, act: Callable[[], object], done: str = "") -> None:
        """Until it is done; `done` is what the device says to who repeats it."""
        while True:
            try:
                act()
            except SecureWorldUnreachable:
                self._after_death()
            except SecureWorldRefused as error:
                assert error.code == done, error
                return
            else:
                return

    def info(self) -> Info:
        found: list[Info] = []
        self.insist(lambda: found.append(self.secured.admin.info()))
        return found[-1]

    def finish(self) -> int:
        """Stop in order; how many moments the program has counted."""
        assert self.secured.stop() == 0
        return int.from_bytes(self._report.read_bytes(), sys.byteorder)

    def _after_death(self) -> None:
        assert self.secured.wait() == -9
        self.deaths += 1
        self._start(0)
        if self.secured.admin.info().sealed and not self._destroyed():
            self.secured.admin.unseal(PASSPHRASE)

    def _destroyed(self) -> bool:
        return not (self.secured.state / SECRET).exists()

    def _start(self, kill_at: int) -> None:
        settings = {
            "EVLOCK_TEST_KILL_AT": str(kill_at),
            "EVLOCK_TEST_MOMENTS": str(self._report),
            "EVLOCK_TEST_COUNT_FROM": "start",
        }
        if not self.secured.start(**settings):
            self._after_death()


def seal(person: Person) -> None:
    """From state of version 2 to a device with a passphrase and another version enrolled."""
    secured = person.secured
    first = person.info()
    assert (first.account, first.meter, first.sealed) == (ACCOUNT, METER, False)
    person.insist(lambda: secured.admin.claim(owner.PUBLIC_KEY, owner.PIN), "ALREADY-CLAIMED")
    person.insist(lambda: secured.admin.get_policy().version or owner.rule(secured.admin, LAW))
    person.insist(lambda: secured.admin.set_passphrase(owner.PIN, PASSPHRASE))
    person.insist(lambda: enroll(secured, CODE, 1))
    after = person.info()
    assert (after.attestation_key, after.link_key) == (first.attestation_key, first.link_key)
    assert (after.meter, after.policy_version, after.sealed) == (METER, 1, False)


def give_up(person: Person) -> None:
    """Unseal, zeroise; new keys for a device that was interrupted."""
    secured, secret = person.secured, (person.secured.state / SECRET).read_bytes()
    person.insist(lambda: secured.admin.unseal(PASSPHRASE))
    person.insist(lambda: secured.admin.zeroise(owner.PIN), "NOT-CLAIMED")
    assert not person.info().provisioned
    for path in person.secured.state.iterdir():
        assert secret not in path.read_bytes()
    if person.deaths:
        secured.admin.provision(12, "", 5)


def sweep(folder: Path, begin: Callable[[Path], object], play: Callable[[Person], None]) -> int:
    """How many moments there were; the program has died once at each."""

    def run(kill_at: int) -> tuple[int, int]:
        place = folder / f"{play.__name__}-{kill_at}"
        begin(place / "state")
        with Secured(place, LAUNCHER) as secured:
            person = Person(secured, kill_at, place / "moments")
            play(person)
            return person.deaths, person.finish()

    _, moments = run(0)
    for kill_at in range(1, moments + 1):
        deaths, _ = run(kill_at)
        assert deaths == 1, kill_at
    return moments


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a device with a passphrase."""
    folder = tmp_path_factory.mktemp("sealed")
    state_of_version_2(folder / "state")
    with Secured(folder) as secured:
        assert secured.start()
        owner.take(secured.admin, LAW)
        secured.admin.set_passphrase(owner.PIN, PASSPHRASE)
        secured.stop()
    return folder / "state"


def test_migration_passphrase_and_enrolment(tmp_path: Path) -> None:
    assert sweep(tmp_path, state_of_version_2, seal) > 10
    with sqlite3.connect(tmp_path / "seal-1/state/state.db") as db:
        assert len(db.execute("SELECT * FROM slot").fetchall()) == 2
    db.close()


def test_unsealing_and_zeroise(tmp_path: Path, sealed: Path) -> None:
    assert sweep(tmp_path, lambda place: shutil.copytree(sealed, place), give_up) > 10
