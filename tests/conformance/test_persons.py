"""The person beside the device: claim, PIN, lock-out, lock, zeroise."""

import pytest

from tests.conformance.conftest import Make
from tests.conformance.kit import OWNER, PIN, RULES, Kit, trade
from tests.conformance.owner import Rules
from tests.conformance.transactions import Tx
from tests.conformance.wire import Client, Code, Command, Gone, Role, answered, request

WRONG, NEW = "wrong pin", "neu & gut"
FREE = 4  # wrong ones in a row that cost nothing
MINUTE_S, DAY_S = 60, 86_400


def unlock(kit: Kit, pin: str) -> Code:
    """OK, or the code with which the PIN is refused."""
    try:
        kit.ask(Command.UNLOCK, pin)
    except Exception as error:
        return getattr(error, "code", Code.OK)
    return Code.OK


def test_claiming(blank: Kit) -> None:
    blank.restore_key()
    assert blank.info().owner == b""
    assert blank.refused(Command.UNLOCK, PIN) is Code.NOT_CLAIMED
    assert blank.refused(Command.BACKUP, PIN) is Code.NOT_CLAIMED
    assert blank.refused(Command.ZEROISE, PIN) is Code.NOT_CLAIMED
    assert blank.refused(Command.CHANGE_PIN, PIN, NEW) is Code.NOT_CLAIMED
    blank.claim()
    assert blank.info().owner == OWNER.address
    for pin in (PIN, NEW):
        found = blank.refused(Command.CLAIM, OWNER.public_key, pin)
        assert found is Code.ALREADY_CLAIMED
    blank.restart()
    assert blank.refused(Command.CLAIM, OWNER.public_key, PIN) is Code.ALREADY_CLAIMED


@pytest.mark.parametrize(
    "point",
    [
        b"\x05" + OWNER.public_key[1:],
        b"\x04" + OWNER.public_key[1:],
        b"\x02" + b"\xff" * 32,  # beyond the field
        b"\x02" + b"\0" * 31 + b"\x05",  # no y for this x
        b"\0" * 33,
    ],
)
def test_owner_keys_that_are_no_point(make: Make, point: bytes) -> None:
    kit = make()
    kit.restore_key()
    assert kit.refused(Command.CLAIM, point, PIN) is Code.OWNER_KEY
    kit.claim()


def test_weak_pins(blank: Kit) -> None:
    blank.restore_key()
    weak = ("", "1", "12345", "123456", "654321", "000000", "aaaaaaaa", "abcdefg", "\0" * 6)
    for pin in weak:
        assert blank.refused(Command.CLAIM, OWNER.public_key, pin) is Code.PIN_WEAK, pin
    blank.claim()
    for pin in weak:
        assert blank.refused(Command.CHANGE_PIN, PIN, pin) is Code.PIN_WEAK, pin


def test_changing_the_pin(kit: Kit) -> None:
    assert kit.refused(Command.CHANGE_PIN, WRONG, NEW) is Code.PIN_WRONG
    kit.ask(Command.CHANGE_PIN, PIN, NEW)
    assert unlock(kit, PIN) is Code.PIN_WRONG
    kit.restart()
    assert unlock(kit, NEW) is Code.OK


def test_wrong_pins_cost_waits_that_double(kit: Kit) -> None:
    kit.ask(Command.LOCK)
    for _ in range(FREE):
        assert unlock(kit, WRONG) is Code.PIN_WRONG
        assert kit.info().pin_wait_s == 0
    wait_s = MINUTE_S
    for _ in range(13):
        assert unlock(kit, WRONG) is Code.PIN_WRONG
        assert kit.info().pin_wait_s == wait_s
        assert unlock(kit, PIN) is Code.PIN_WAIT  # the right one is not heard either
        kit.home.pass_s(wait_s - 1)
        assert unlock(kit, PIN) is Code.PIN_WAIT
        kit.home.pass_s(1)
        assert kit.info().pin_wait_s == 0
        wait_s = min(2 * wait_s, DAY_S)
    assert wait_s == DAY_S
    assert unlock(kit, PIN) is Code.OK
    for _ in range(FREE):  # in a row: forgiven by the right one
        assert unlock(kit, WRONG) is Code.PIN_WRONG
    assert unlock(kit, PIN) is Code.OK


def test_waits_survive_restarts_and_reboots(kit: Kit) -> None:
    for _ in range(FREE + 3):
        assert unlock(kit, WRONG) is Code.PIN_WRONG
        kit.home.pass_s(kit.info().pin_wait_s if _ < FREE + 2 else 0)
    assert kit.info().pin_wait_s == 4 * MINUTE_S
    kit.home.pass_s(60)
    kit.restart()
    assert kit.info().pin_wait_s == 3 * MINUTE_S
    assert unlock(kit, PIN) is Code.PIN_WAIT
    kit.reboot()  # nobody knows how long the machine was off: only this boot's uptime counts
    assert 3 * MINUTE_S - 1 <= kit.info().pin_wait_s <= 4 * MINUTE_S
    assert unlock(kit, PIN) is Code.PIN_WAIT
    kit.home.pass_s(4 * MINUTE_S)
    assert unlock(kit, WRONG) is Code.PIN_WRONG
    assert kit.info().pin_wait_s == 8 * MINUTE_S  # the count went on too


def test_kills_buy_no_guesses(kit: Kit) -> None:
    """Killed at different moments of an attempt: five verdicts, and then the wait, as ever."""
    verdicts = 0
    for number in range(100):
        client = kit.home.client(Role.ADMIN)
        client.send(request(Command.UNLOCK, [WRONG]))
        for _ in range(20 * (number % 12)):
            kit.info()  # meanwhile
        kit.restart()
        verdicts += _is_told_wrong(client)
        if kit.info().pin_wait_s:
            break
    assert verdicts <= FREE + 1
    assert unlock(kit, PIN) is Code.PIN_WAIT


def _is_told_wrong(client: Client) -> bool:
    try:
        return answered(client.receive())[1] is Code.PIN_WRONG
    except Gone:
        return False
    finally:
        client.close()


def test_attempts_on_many_connections_count_one_by_one(kit: Kit) -> None:
    clients = [kit.home.client(Role.ADMIN) for _ in range(12)]
    for client in clients:
        client.send(request(Command.UNLOCK, [WRONG]))
    codes = [answered(client.receive())[1] for client in clients]
    for client in clients:
        client.close()
    assert codes.count(Code.PIN_WRONG) == FREE + 1
    assert codes.count(Code.PIN_WAIT) == 12 - FREE - 1


def test_zeroise(kit: Kit) -> None:
    kit.count(10, 20)
    kit.sign(Tx(nonce=1))
    kit.open(trade(1))
    old = kit.info()
    assert kit.refused(Command.ZEROISE, WRONG) is Code.PIN_WRONG
    kit.ask(Command.ZEROISE, PIN)
    for _ in range(2):
        info = kit.info()
        assert not info.provisioned
        assert (info.account, info.meter, info.owner, info.policy_version) == (b"", b"", b"", 0)
        assert kit.refused_tx(Tx(nonce=1)) is Code.NOT_PROVISIONED
        kit.restart()
    kit.version, kit.previous = 0, b"\0" * 32
    kit.prepare()  # to the same account, as a new meter
    info = kit.info()
    assert (info.account, info.meter != old.meter) == (old.account, True)
    assert info.attestation_key != old.attestation_key and info.link_key != old.link_key
    assert kit.refused_tx(Tx(nonce=1, value=1)) is Code.NONCE_USED  # the guard outlives the key
    assert (info.import_uwh, info.export_uwh) >= (old.import_uwh, old.export_uwh)


def test_tampering_that_the_owner_marks(blank: Kit) -> None:
    blank.prepare(Rules(**{**RULES.__dict__, "tamper_marks": 0b00010}))
    assert blank.ask(Command.TAMPER, 0) == [b""]
    assert blank.info().tampered == 0b1 and blank.info().provisioned
    blank.sign(Tx(nonce=1))
    assert blank.ask(Command.TAMPER, 1) == [b"\1"]
    for _ in range(2):
        assert blank.info().tampered == 0b11
        assert blank.refused_tx(Tx(nonce=1)) is Code.TAMPERED
        assert blank.refused(Command.OPEN_TRADE, *trade(1)) is Code.TAMPERED
        assert blank.refused(Command.RESTORE_KEY, b"\1" * 32, 3600) is Code.TAMPERED
        assert blank.refused(Command.PROVISION, 12, "", 3600) is Code.TAMPERED
        blank.restart()
    blank.ask(Command.ZEROISE, PIN)
    blank.version, blank.previous = 0, b"\0" * 32
    blank.prepare()
    blank.sign(Tx(nonce=2))
