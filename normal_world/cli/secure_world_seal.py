"""secure-world info, passphrase, unseal: how the secure world stands, and its sealed keys."""

from typing import Annotated

import typer

from normal_world.cli import secret_input
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, show
from normal_world.cli.programs import secure_world

SCRYPT_LIMIT_S = 30.0  # some seconds on a small board
KEPT = """\
After every start somebody has to type it: evlock secure-world unseal. Until then
energy is counted and nothing is signed. Forgotten, the keys are lost; the backup
words or a backup then bring the account to a zeroised device."""
GONE = "no passphrase any more: the keys open at the start, by the device secret alone"


def info(as_json: Json = False) -> None:
    """Show keys, code, owner, policy, registers and findings.

    \b
    Example:
      evlock secure-world info
    """
    from normal_world.cli import secure_world_words

    with secure_world("admin") as client:
        found = client.info()
    show(found.to_json(), as_json=as_json, text=secure_world_words.of(found))


def passphrase(
    pin_file: secret_input.PinFile = None,
    pin_fd: secret_input.PinFd = None,
    passphrase_file: secret_input.PassphraseFile = None,
    passphrase_fd: secret_input.PassphraseFd = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Open the keys without one from now on.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Have the keys wait for a passphrase after every start.

    Again, to change it. On boards whose device secret is a file: without a passphrase a copy of the
    card is a copy of the keys.

    \b
    Examples:
      evlock secure-world passphrase
      evlock secure-world passphrase --remove
    """
    if remove and (passphrase_file is not None or passphrase_fd is not None):
        raise UsageInvalid("--remove: no passphrase expected with it")
    pin = secret_input.pin(pin_file, pin_fd)
    chosen = "" if remove else _chosen(passphrase_file, passphrase_fd)
    with secure_world("admin", SCRYPT_LIMIT_S) as client:
        client.set_passphrase(pin, chosen)
    if chosen and not as_json:
        note(KEPT)
    show({"passphrase": bool(chosen)}, as_json=as_json, text="set" if chosen else GONE)


def unseal(
    passphrase_file: secret_input.PassphraseFile = None,
    passphrase_fd: secret_input.PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Open the keys with the passphrase, after a start.

    A wrong one costs what a wrong PIN costs: see evlock secure-world pin --help.

    \b
    Example:
      evlock secure-world unseal
    """
    given = secret_input.passphrase(passphrase_file, passphrase_fd, confirm=False, of="this device")
    with secure_world("admin", SCRYPT_LIMIT_S) as client:
        client.unseal(given)
    show({"sealed": False}, as_json=as_json, text="the keys are open until secured ends")


def _chosen(file: secret_input.PassphraseFile, descriptor: secret_input.PassphraseFd) -> str:
    chosen = secret_input.passphrase(file, descriptor, confirm=True, of="this device, a new one")
    if not chosen:
        raise UsageInvalid("passphrase: empty, some words or --remove expected")
    return chosen
