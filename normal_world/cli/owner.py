"""owner: the key of the one who says what the device may do; it is never on the device."""

from pathlib import Path
from typing import Annotated

import typer

from normal_world.cli import secret_input
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, pairs, show

app = typer.Typer(help="Make the owner's key, off the device.")

ADVICE = "Keep the file where the meter is not. Who has it says what the meter may sign."


@app.command()
def new(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A file that is not there.")],
    passphrase_file: secret_input.PassphraseFile = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="A plain file, for trials.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an owner's key: a keystore (V3) with a passphrase.

    \b
    Example:
      evlock owner new --out owner.json
    """
    from normal_world.cli import owner_keys

    if no_passphrase and passphrase_file is not None:
        raise UsageInvalid("--no-passphrase: without --passphrase-file expected")
    if out.exists():
        raise UsageInvalid(f"--out {out}: exists, a new file expected")
    secret = None
    if not no_passphrase:
        secret = secret_input.passphrase(passphrase_file, None, confirm=True, of=str(out))
        if not secret:
            raise UsageInvalid("passphrase: empty, some words or --no-passphrase expected")
    key = owner_keys.make(out, secret)
    if not as_json:
        note(ADVICE)
    _tell(owner_keys.public(key), as_json)


@app.command()
def address(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The owner's key.")],
    passphrase_file: secret_input.PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Show address and public key.

    The public key is what a device is claimed with.

    \b
    Example:
      evlock owner address owner.json
    """
    from normal_world.cli import owner_keys

    _tell(owner_keys.public(owner_keys.opened(file, passphrase_file)), as_json)


def _tell(public_key: bytes, as_json: bool) -> None:
    from normal_world.cli import owner_keys

    told = {"address": owner_keys.address_of(public_key), "public_key": "0x" + public_key.hex()}
    show(told, as_json=as_json, text=pairs(told))
