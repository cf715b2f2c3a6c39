"""Keys: from words to the account by three ways, and how both keys lie at rest."""

import pytest
from bip_utils import Bip39SeedGenerator, Bip44, Bip44Changes, Bip44Coins
from eth_account import Account
from mnemonic import Mnemonic

from secure_world import derivation, sealing
from secure_world.device import Device
from secure_world.errors import SecureWorldRefused, StateLocked
from secure_world.record import each
from secure_world.sealing import BoxClosed
from tests.secure_world.rig import BUNDLE, Rig, StandingClock

ABANDON = "abandon " * 11 + "about"
# BIP-39's own vector for these words and the passphrase TREZOR.
SEED = (
    "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141"
    "630c7a3c4ab7c81b2f001698e7463b04"
)


def test_seed_vector_of_bip_39() -> None:
    assert Mnemonic.to_seed(ABANDON, "TREZOR").hex() == SEED


@pytest.mark.parametrize("passphrase", ["", "TREZOR", "ğrün"])
def test_account_key_is_eth_accounts(passphrase: str) -> None:
    Account.enable_unaudited_hdwallet_features()
    theirs = Account.from_mnemonic(ABANDON, passphrase, account_path=derivation.PATH)
    assert derivation.account_key(ABANDON, passphrase) == bytes(theirs.key)


def test_path_is_bip_44s_for_ethereum_but_for_the_coin() -> None:
    # bip_utils' own BIP-44 classes have no Kaia; with Ethereum's coin both ways must agree,
    # and the well-known first account of these words shows that neither is off.
    seed = Bip39SeedGenerator(ABANDON).Generate("")
    account = Bip44.FromSeed(seed, Bip44Coins.ETHEREUM).Purpose().Coin().Account(0)
    address = account.Change(Bip44Changes.CHAIN_EXT).AddressIndex(0).PublicKey().ToAddress()
    assert address == "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
    Account.enable_unaudited_hdwallet_features()
    path = derivation.PATH.replace("8217'", "60'")
    assert Account.from_mnemonic(ABANDON, account_path=path).address == address


@pytest.mark.parametrize("words", [12, 15, 18, 21, 24])
def test_new_mnemonics_are_fresh_and_valid(words: int) -> None:
    one, two = derivation.new_mnemonic(words), derivation.new_mnemonic(words)
    assert len(one.split()) == words
    assert one != two
    derivation.check_mnemonic(one)


@pytest.mark.parametrize(
    "words", ["", "abandon " * 12, ABANDON.upper(), ABANDON + " ", ABANDON[:-5], "x" * 40]
)
def test_wrong_mnemonics_are_refused_and_not_repeated(words: str) -> None:
    with pytest.raises(SecureWorldRefused) as caught:
        derivation.check_mnemonic(words)
    assert caught.value.code == "MNEMONIC"
    assert "abandon" not in str(caught.value)


def test_sealed_keys_open_only_with_their_key() -> None:
    sealed = sealing.seal_keys(b"\1" * 32, b"plain")
    assert sealing.open_keys(b"\1" * 32, sealed) == b"plain"
    assert b"plain" not in sealed
    assert sealing.seal_keys(b"\1" * 32, b"plain") != sealed
    for key, data in ((b"\2" * 32, sealed), (b"\1" * 32, sealed[:-1] + b"\0\0")):
        with pytest.raises(BoxClosed):
            sealing.open_keys(key, data)


def test_no_file_but_the_device_secret_gives_the_keys_away(rig: Rig) -> None:
    for path in rig.folder.iterdir():
        for secret in each(BUNDLE):
            assert secret not in path.read_bytes()


def test_a_state_folder_serves_one(rig: Rig) -> None:
    with pytest.raises(StateLocked):
        Device(rig.folder, StandingClock())
