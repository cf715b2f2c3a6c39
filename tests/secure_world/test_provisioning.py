"""Keys of the real program: made, shown once, confirmed, restored."""

from pathlib import Path

import pytest

from secure_world.protocol import (
    LAYOUTS,
    MAX_MESSAGE,
    Command,
    OpenTrade,
    ProvisioningUnconfirmed,
    Role,
    SecureWorldRefused,
    SecureWorldUnreachable,
    encode_request,
)
from secure_world.rlp import encode
from tests.secure_world.process import Secured, connection, refusal

MNEMONIC = "abandon " * 11 + "about"


def test_without_keys_nothing_is_signed_or_counted(secured: Secured) -> None:
    info = secured.node.info()
    assert (info.provisioned, info.account, info.meter, info.boot_count) == (False, None, None, 1)
    trade = OpenTrade(1, b"\1" * 20, b"\1" * 32, 1, 5, b"\2" * 20, b"\3" * 32)
    raw = b"\x02" + encode([b"\1", b"", b"", b"", b"", b"\1" * 20, b"", b"", []])
    for ask in (
        lambda: secured.meter.count(1, 0, 0),
        lambda: secured.meter.open_trade(trade),
        lambda: secured.meter.sign_reading(b"\1" * 32, True, 1, 0, 0),
        lambda: secured.node.sign_transaction(raw),
        lambda: secured.admin.set_policy(1, b"\0" * 32, b"", b"\0" * 64),
        lambda: secured.node.attest(b"\1" * 32),
    ):
        assert refusal(ask) == "NOT-PROVISIONED"


def test_provisioned_keys_outlive_the_process(secured: Secured) -> None:
    made = secured.admin.provision(24, "p", 5000)
    assert len(made.mnemonic.split()) == 24
    assert secured.stop() == 0
    assert secured.start()
    info = secured.admin.info()
    assert (info.account, info.meter, info.rated_power_w) == (made.account, made.meter, 5000)
    assert info.boot_count == 2
    assert refusal(lambda: secured.admin.provision(12, "", 5)) == "ALREADY-PROVISIONED"
    assert refusal(lambda: secured.admin.restore(MNEMONIC, "", 5)) == "ALREADY-PROVISIONED"


def test_restore_brings_the_account_and_a_new_meter(tmp_path: Path, secured: Secured) -> None:
    first = secured.admin.restore(MNEMONIC, "p", 5000)
    other = tmp_path / "other"
    other.mkdir()
    with Secured(other) as second:
        second.start()
        assert refusal(lambda: second.admin.restore(MNEMONIC + "s", "p", 1)) == "MNEMONIC"
        again = second.admin.restore(MNEMONIC, "p", 5000)
    assert again.account == first.account
    assert again.meter != first.meter


def test_unconfirmed_keys_do_not_count_and_can_be_made_anew(secured: Secured) -> None:
    with connection(secured, Role.ADMIN) as client:
        request = LAYOUTS[Command.PROVISION].request
        client.send(encode_request(Command.PROVISION, 1, request(12, "", 5000)))  # type: ignore[call-arg]
        client.recv(MAX_MESSAGE)
    assert not secured.admin.info().provisioned
    assert refusal(lambda: secured.meter.count(1, 0, 0)) == "NOT-PROVISIONED"
    made = secured.admin.provision(12, "", 5000)
    assert secured.admin.info().account == made.account
    secured.admin.confirm(made.account)
    assert refusal(lambda: secured.admin.confirm(b"\1" * 20)) == "ACCOUNT"


def test_an_answer_lost_after_provisioning_carries_the_words(
    secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(account: bytes) -> None:
        raise SecureWorldUnreachable("gone")

    monkeypatch.setattr(secured.admin, "confirm", gone)
    with pytest.raises(ProvisioningUnconfirmed) as caught:
        secured.admin.provision(12, "", 5)
    monkeypatch.undo()
    assert not secured.admin.info().provisioned
    secured.admin.confirm(caught.value.provisioned.account)
    assert secured.admin.info().account == caught.value.provisioned.account


@pytest.mark.parametrize("words", [0, 11, 13, 255])
def test_words_that_bip_39_does_not_know(secured: Secured, words: int) -> None:
    assert refusal(lambda: secured.admin.provision(words, "", 5)) == "MALFORMED"


def test_a_refused_secret_is_not_repeated(secured: Secured) -> None:
    with pytest.raises(SecureWorldRefused) as caught:
        secured.admin.restore("topsecret " * 12, "hunter2", 5)
    secured.stop()
    for text in (str(caught.value), secured.log.read_text()):
        assert "topsecret" not in text
        assert "hunter2" not in text
