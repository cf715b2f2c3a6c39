"""secure-world claim, pin, zeroise: what only the person beside the device does."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from normal_world.cli import secret_input
from normal_world.cli.errors import SecretMissing, UsageInvalid
from normal_world.cli.output import Json, note, show
from normal_world.cli.programs import secure_world

if TYPE_CHECKING:
    from secure_world.protocol import Info

PIN_ADVICE = """\
Keep the PIN: without it there is no backup, no unlocking and no zeroising, and
nobody can set another, not even with the owner's key."""
GONE = """\
Keys, owner, PIN, policy and trades are destroyed. The registers, the audit log and the
record of used nonces stay: energy that was counted stays counted."""


def claim(
    owner_key: Annotated[
        str,
        typer.Option(
            "--owner-key", metavar="KEY", help="The owner's public key, or a file with it."
        ),
    ],
    pin_file: secret_input.PinFile = None,
    pin_fd: secret_input.PinFd = None,
    as_json: Json = False,
) -> None:
    """Name the owner of this device and choose its PIN; once.

    The owner's key is made elsewhere (evlock owner new) and stays there; what
    is typed here is its public key (evlock owner address).

    \b
    Example:
      evlock secure-world claim --owner-key 0x02c6047f…
    """
    from normal_world.cli import owner_keys

    key = _public_key(owner_key)
    pin = secret_input.new_pin(pin_file, pin_fd)
    with secure_world("admin") as client:
        client.claim(key, pin)
    if not as_json:
        note(PIN_ADVICE)
    owner = owner_keys.address_of(key)
    show({"owner": owner}, as_json=as_json, text=f"owner  {owner}")


def change_pin(
    pin_file: secret_input.PinFile = None,
    pin_fd: secret_input.PinFd = None,
    new_pin_file: secret_input.NewPinFile = None,
    new_pin_fd: secret_input.NewPinFd = None,
    as_json: Json = False,
) -> None:
    """Change the PIN of this device.

    It asks for the old one, then twice for the new one. After four wrong PINs in a
    row every further one costs a wait: a minute, then twice as long each time, up
    to a day of running.

    \b
    Example:
      evlock secure-world pin
    """
    pin = secret_input.pin(pin_file, pin_fd)
    new_pin = secret_input.new_pin(new_pin_file, new_pin_fd, "new PIN", "--new-pin")
    with secure_world("admin") as client:
        client.change_pin(pin, new_pin)
    show({"changed": True}, as_json=as_json, text="the PIN is changed")


def zeroise(
    pin_file: secret_input.PinFile = None,
    pin_fd: secret_input.PinFd = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Destroy all keys, for ever.

    Before the device is sold or sent in. The account lives on in its backup words
    or in a backup; the meter does not. Let open trades end first.

    \b
    Example:
      evlock secure-world zeroise
    """
    with secure_world("admin") as client:
        if not yes:
            _ask(client.info())
        client.zeroise(secret_input.pin(pin_file, pin_fd))
        info = client.info()
    kept = {"import_uwh": info.import_uwh, "export_uwh": info.export_uwh}
    show({"zeroised": True, **kept}, as_json=as_json, text=GONE)


def _public_key(text: str) -> bytes:
    """Of 66 hexadecimal digits, or of a file with them or with the owner's own key in plain."""
    from normal_world.cli import owner_keys

    found = owner_keys.public_of(text)
    if found is not None:
        return found
    path = Path(text)
    if not path.is_file():
        expected = "66 hexadecimal digits that begin with 02 or 03, or a file, expected"
        raise UsageInvalid(f"--owner-key {text!r:.80}: {expected}")
    if owner_keys.is_sealed(path):
        told = f"the public key that `evlock owner address {text}` shows expected"
        raise UsageInvalid(f"--owner-key {text}: a keystore, {told}")
    found = owner_keys.public_of(path.read_text(encoding="utf-8").strip())
    return found or owner_keys.public(owner_keys.read(path))


def _ask(info: "Info") -> None:
    """The last four digits of the meter id, typed; raises UsageInvalid, SecretMissing."""
    name, known = ("meter id", info.meter) if info.meter else ("owner's address", info.owner)
    if known is None:
        return  # nothing that a person could know; the device refuses without a PIN anyway
    if not sys.stdin.isatty():
        raise SecretMissing("zeroise: no terminal to ask at, --yes expected")
    note(f"All keys of 0x{known.hex()} will be destroyed.")
    digits = input(f"Type the last four digits of the {name}: ").strip().lower()
    if digits != known.hex()[-4:]:
        raise UsageInvalid(f"zeroise: other digits than the {name}'s last, nothing was done")
