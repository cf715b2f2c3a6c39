"""Passphrases, mnemonics and PINs: asked at the terminal, or read from a file or descriptor.

Never from the command line, where every user of the machine could read them.
"""

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from normal_world.cli.errors import SecretMissing, UsageInvalid

SECRET_MAX_BYTES = 1024

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="First line of FILE is the passphrase; - reads stdin.",
    ),
]
PassphraseFd = Annotated[
    int | None,
    typer.Option("--passphrase-fd", metavar="N", help="Read the passphrase from descriptor N."),
]
MnemonicFile = Annotated[
    Path | None,
    typer.Option(
        "--mnemonic-file", metavar="FILE", help="First line of FILE is the mnemonic; - reads stdin."
    ),
]

PinFile = Annotated[
    Path | None,
    typer.Option(
        "--pin-file", metavar="FILE", help="First line of FILE is the PIN; - reads stdin."
    ),
]
PinFd = Annotated[
    int | None, typer.Option("--pin-fd", metavar="N", help="Read the PIN from descriptor N.")
]
NewPinFile = Annotated[
    Path | None,
    typer.Option("--new-pin-file", metavar="FILE", help="First line of FILE is the new PIN."),
]
NewPinFd = Annotated[
    int | None, typer.Option("--new-pin-fd", metavar="N", help="Read it from descriptor N.")
]


def passphrase(
    file: Path | None, descriptor: int | None, *, confirm: bool, of: str | None = None
) -> str:
    """The passphrase `of` something; without that empty if the owner wants none.

    Raises SecretMissing, UsageInvalid.
    """
    given = _given("passphrase", file, descriptor)
    if given is not None:
        return given
    _need_terminal("passphrase", "--passphrase-file or --passphrase-fd")
    answer = getpass.getpass(f"Passphrase of {of}: " if of else "Passphrase (empty for none): ")
    if confirm and getpass.getpass("Once more: ") != answer:
        raise UsageInvalid("passphrase: the two entries differ, nothing was done")
    return answer


def mnemonic(file: Path | None) -> str:
    """The words of a backup, in any spacing."""
    given = _given("mnemonic", file, None)
    if given is None:
        _need_terminal("mnemonic", "--mnemonic-file")
        given = getpass.getpass("Mnemonic (hidden): ")
    return " ".join(given.split())


def pin(file: Path | None, descriptor: int | None) -> str:
    """The PIN of this device; raises SecretMissing, UsageInvalid."""
    return _pin("PIN", "--pin", file, descriptor, confirm=False)


def new_pin(
    file: Path | None, descriptor: int | None, name: str = "PIN", option: str = "--pin"
) -> str:
    """The PIN from now on, asked twice; raises SecretMissing, UsageInvalid."""
    return _pin(name, option, file, descriptor, confirm=True)


def _pin(
    name: str, option: str, file: Path | None, descriptor: int | None, *, confirm: bool
) -> str:
    given = _given(name, file, descriptor)
    if given is None:
        _need_terminal(name, f"{option}-file or {option}-fd")
        given = getpass.getpass(f"{name}: ")
        if confirm and getpass.getpass("Once more: ") != given:
            raise UsageInvalid(f"{name}: the two entries differ, nothing was done")
    if not given:
        raise UsageInvalid(f"{name}: empty, expected at least 6 characters")
    return given


def _given(name: str, file: Path | None, descriptor: int | None) -> str | None:
    if file is not None and descriptor is not None:
        raise UsageInvalid(f"{name}: a file and a descriptor were given, one of them expected")
    if descriptor is not None:
        return _first_line(name, _read_descriptor(name, descriptor))
    if file is None:
        return None
    if str(file) == "-":
        return _first_line(name, sys.stdin.buffer.readline(SECRET_MAX_BYTES + 1))
    return _first_line(name, file.read_bytes()[: SECRET_MAX_BYTES + 1])


def _read_descriptor(name: str, descriptor: int) -> bytes:
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as source:
            return source.readline(SECRET_MAX_BYTES + 1)
    except OSError as error:
        raise UsageInvalid(f"{name}: descriptor {descriptor}: {error.strerror}") from None


def _first_line(name: str, data: bytes) -> str:
    line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    if len(line) > SECRET_MAX_BYTES:
        raise UsageInvalid(f"{name}: longer than {SECRET_MAX_BYTES} bytes")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageInvalid(f"{name}: not UTF-8 text") from None


def _need_terminal(name: str, options: str) -> None:
    if not sys.stdin.isatty():
        raise SecretMissing(f"{name}: no terminal to ask at, {options} expected")
