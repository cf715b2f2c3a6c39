"""Keys at rest: measurement, manifests, passphrase; what is refused while they are closed."""

import pytest

from tests.conformance.kit import EXPORT, OWNER, PIN, RULES, Kit, trade, trade_id
from tests.conformance.owner import Owner, Rules
from tests.conformance.rlp import Value
from tests.conformance.transactions import Tx
from tests.conformance.wire import Code, Command

PASSPHRASE, OTHER = "correct horse é", "battery staple"
STRANGER = Owner(b"\x78" * 32)
CLOSED: tuple[tuple[Command, list[Value]], ...] = (
    (Command.SIGN_TRANSACTION, [Tx().raw()]),
    (Command.OPEN_TRADE, trade(7)),
    (Command.ATTEST, [b"\1" * 32]),
    (Command.SIGN_LINK, [False, b"\1" * 32, b"\2" * 32, b"\3" * 32, b"\4" * 32]),
    (Command.LINK_REQUEST, []),
    (Command.BACKUP, [PIN]),
)


def is_closed(kit: Kit, code: Code) -> None:
    """No use of keys, but counting, policies and the log go on."""
    for command, fields in CLOSED:
        assert kit.refused(command, *fields) is code, command
    info = kit.info()
    assert info.sealed and info.provisioned
    session = 1000 + info.boot_count
    assert kit.count(0, 5, session=session).export_uwh == info.export_uwh + 5
    assert kit.ask(Command.GET_POLICY) and kit.ask(Command.AUDIT, 1)


def unseal(kit: Kit, passphrase: str) -> Code:
    try:
        kit.ask(Command.UNSEAL, passphrase)
    except Exception as error:
        return getattr(error, "code", Code.OK)
    return Code.OK


def test_the_first_code_is_enrolled_and_known(kit: Kit) -> None:
    info = kit.info()
    assert info.enrolled and not info.sealed
    assert len(info.measurement) == 32 and any(info.measurement)
    kit.restart()
    assert kit.info().measurement == info.measurement


def test_a_passphrase_is_asked_for_after_each_start(kit: Kit) -> None:
    kit.ask(Command.SET_PASSPHRASE, PIN, PASSPHRASE)
    tx = Tx(nonce=1)
    first = kit.sign(tx)  # open until the next start
    for how in (kit.home.kill, kit.home.stop):
        kit.restart(how)
        is_closed(kit, Code.SEALED)
        assert kit.info().enrolled
        assert unseal(kit, OTHER) is Code.PASSPHRASE
        assert kit.refused_tx(tx) is Code.SEALED
        assert unseal(kit, PASSPHRASE) is Code.OK
        assert not kit.info().sealed
        assert unseal(kit, OTHER) is Code.OK  # open already: nothing is tried
        assert kit.sign(tx) == first
    kit.restart()
    assert unseal(kit, "correct horse e\u0301") is Code.OK  # one phrase, two spellings (NFKD)


def test_changing_and_taking_away_the_passphrase(kit: Kit) -> None:
    kit.ask(Command.SET_PASSPHRASE, PIN, PASSPHRASE)
    assert kit.refused(Command.SET_PASSPHRASE, "wrong one", OTHER) is Code.PIN_WRONG
    kit.ask(Command.SET_PASSPHRASE, PIN, OTHER)
    kit.restart()
    assert kit.refused(Command.SET_PASSPHRASE, PIN, "") is Code.SEALED
    assert unseal(kit, PASSPHRASE) is Code.PASSPHRASE
    assert unseal(kit, OTHER) is Code.OK
    kit.ask(Command.SET_PASSPHRASE, PIN, "")
    kit.restart()
    assert not kit.info().sealed
    kit.sign(Tx(nonce=1))


def test_guesses_at_the_passphrase_are_slowed_down(kit: Kit) -> None:
    kit.ask(Command.SET_PASSPHRASE, PIN, PASSPHRASE)
    kit.restart()
    found = [unseal(kit, f"guess {number}") for number in range(6)]
    assert found == [Code.PASSPHRASE] * 5 + [Code.PIN_WAIT]
    kit.restart()
    assert unseal(kit, PASSPHRASE) is Code.PIN_WAIT
    kit.home.pass_s(60)
    assert unseal(kit, PASSPHRASE) is Code.OK


def test_other_code_may_not_use_the_keys(kit: Kit) -> None:
    known = kit.info().measurement
    kit.sign(Tx(nonce=1))
    kit.home.alter_code("altered")
    kit.restart()
    info = kit.info()
    assert not info.enrolled and info.measurement != known
    is_closed(kit, Code.MEASUREMENT)
    assert kit.refused(Command.SET_PASSPHRASE, PIN, PASSPHRASE) is Code.MEASUREMENT
    enrol = OWNER.manifest(1, 0, info.measurement)  # it cannot enrol itself
    assert kit.refused(Command.ENROLL_MANIFEST, *enrol) is Code.MEASUREMENT
    kit.home.alter_code("")
    kit.restart()
    assert kit.info().measurement == known
    kit.sign(Tx(nonce=1))


def test_a_manifest_lets_the_next_version_in(kit: Kit) -> None:
    kit.home.alter_code("next")
    kit.restart()
    following = kit.info().measurement
    kit.home.alter_code("")
    kit.restart()
    kit.ask(Command.ENROLL_MANIFEST, *OWNER.manifest(2, 0, following))
    kit.open(trade(1, EXPORT))
    for mark in ("next", "", "next"):  # both may, until a floor shuts one out
        kit.home.alter_code(mark)
        kit.restart()
        assert kit.info().enrolled
        kit.read(trade_id(1))
    kit.ask(Command.ENROLL_MANIFEST, *OWNER.manifest(2, 2, following))
    kit.home.alter_code("")
    kit.restart()
    assert not kit.info().enrolled
    is_closed(kit, Code.MEASUREMENT)
    kit.home.alter_code("next")
    kit.restart()
    kit.read(trade_id(1), final=True)


def test_manifests_that_do_not_count(kit: Kit) -> None:
    one = b"\x11" * 32
    assert kit.refused(Command.ENROLL_MANIFEST, *STRANGER.manifest(1, 0, one)) is (
        Code.MANIFEST_SIGNER
    )
    good = OWNER.manifest(3, 2, one)
    for index, value in ((0, 4), (1, 1), (2, b"\x12" * 32), (3, b"\1" * 64)):
        altered = [*good[:index], value, *good[index + 1 :]]
        assert kit.refused(Command.ENROLL_MANIFEST, *altered) is Code.MANIFEST_SIGNER
    assert kit.refused(Command.ENROLL_MANIFEST, *OWNER.manifest(1, 2, one)) is (
        Code.MANIFEST_VERSION
    )
    kit.ask(Command.ENROLL_MANIFEST, *good)
    kit.ask(Command.ENROLL_MANIFEST, *good)
    for version, floor in ((1, 0), (0, 0), (1, 1)):
        found = kit.refused(Command.ENROLL_MANIFEST, *OWNER.manifest(version, floor, one))
        assert found is Code.MANIFEST_VERSION
    kit.sign(Tx(nonce=1))  # the running version stays until the next one has run
    kit.restart()
    kit.sign(Tx(nonce=1))


def test_without_a_release_key_there_are_no_manifests(blank: Kit) -> None:
    blank.prepare(Rules(**{**RULES.__dict__, "release": None}))
    found = blank.refused(Command.ENROLL_MANIFEST, *OWNER.manifest(1, 0, b"\1" * 32))
    assert found is Code.MANIFEST_SIGNER


@pytest.mark.parametrize("moment", ["provision", "restore"])
def test_stuck_noise_makes_no_keys(blank: Kit, moment: str) -> None:
    blank.home.break_entropy()
    blank.restart()
    if moment == "provision":
        assert blank.refused(Command.PROVISION, 24, "", 3600) is Code.ENTROPY
    else:
        assert blank.refused(Command.RESTORE_KEY, b"\1" * 32, 3600) is Code.ENTROPY
    assert not blank.info().provisioned


def test_a_full_disk_is_refused_and_nothing_of_it_happened(kit: Kit) -> None:
    kit.open(trade(1))
    before = kit.info()
    kit.home.fill_disk(full=True)
    assert kit.refused(Command.COUNT, 1, 0, 700) is Code.STORAGE
    assert kit.refused_tx(Tx(nonce=5)) is Code.STORAGE
    assert kit.refused(Command.LOCK) is Code.STORAGE
    assert kit.refused(Command.BACKUP, PIN) is Code.STORAGE
    assert kit.info()._replace(audit_count=0, audit_head=b"") == before._replace(
        audit_count=0, audit_head=b""
    )
    kit.home.fill_disk(full=False)
    assert kit.count(0, 700).export_uwh == 700
    other = Tx(nonce=5, value=1)
    kit.sign(other)  # the nonce was not taken
    kit.restart()
    assert kit.info().export_uwh == 700 and not kit.info().locked
