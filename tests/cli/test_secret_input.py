"""Passphrases and mnemonics come from a file, a descriptor or the terminal, never otherwise."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.cli import secret_input
from normal_world.cli.errors import SecretMissing, UsageInvalid


def of_descriptor(data: bytes) -> str:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    try:
        return secret_input.passphrase(None, reader, confirm=True)
    finally:
        os.close(reader)


@given(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=200))
def test_the_first_line_of_a_descriptor_is_the_passphrase(text: str) -> None:
    assert of_descriptor(text.encode() + b"\nmore\n") == text


def test_a_file_may_end_with_or_without_a_line_feed(tmp_path: Path) -> None:
    for name, data in (("unix", b"a b \n"), ("bare", b"a b "), ("dos", b"a b \r\n")):
        (tmp_path / name).write_bytes(data)
        assert secret_input.passphrase(tmp_path / name, None, confirm=True) == "a b "


def test_a_mnemonic_may_be_spaced_as_one_likes(tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_text("  zoo   zoo\tabandon \n")
    assert secret_input.mnemonic(file) == "zoo zoo abandon"


def test_without_a_terminal_the_options_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as nothing:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(SecretMissing, match="--passphrase-file"):
            secret_input.passphrase(None, None, confirm=True)
        with pytest.raises(SecretMissing, match="--mnemonic-file"):
            secret_input.mnemonic(None)


@pytest.mark.parametrize("data", [b"\xff\n", b"x" * 1025])
def test_what_cannot_be_a_passphrase_is_refused(data: bytes) -> None:
    with pytest.raises(UsageInvalid, match="passphrase"):
        of_descriptor(data)


def test_two_sources_or_a_closed_descriptor_are_refused() -> None:
    with pytest.raises(UsageInvalid, match="one of them"):
        secret_input.passphrase(Path("x"), 3, confirm=False)
    with pytest.raises(UsageInvalid, match="descriptor 999"):
        secret_input.passphrase(None, 999, confirm=False)


def test_a_mistyped_second_entry_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = iter(["one", "two"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(entries))
    with pytest.raises(UsageInvalid, match="differ"):
        secret_input.passphrase(None, None, confirm=True)
