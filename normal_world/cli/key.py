"""key: make or restore the keys of this node; show their addresses."""

from typing import Annotated, Any

import typer

from normal_world.cli import secret_input
from normal_world.cli.output import Json, note, show
from normal_world.cli.programs import secure_world
from normal_world.errors import StateError

app = typer.Typer(help="Make, restore and show the keys of this node.")

RatedPower = Annotated[
    int,
    typer.Option(
        "--rated-power-w", min=1, max=16_777_215, help="The most that the line carries, W."
    ),
]

BACKUP = """\
These words are the account's money. They are shown now and never again.
  1. Write them on paper, in this order. Take no photograph, store no file.
  2. Put the paper where the meter is not.
  3. Whoever has the words and the passphrase has the money.
"""


@app.command()
def provision(
    rated_power_w: RatedPower,
    words: Annotated[int, typer.Option("--words", help="12 or 24 words of backup.")] = 24,
    passphrase_file: secret_input.PassphraseFile = None,
    passphrase_fd: secret_input.PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Make the keys of a new device and show the backup words, once.

    \b
    Example, a line of 2300 W:
      evlock key provision --rated-power-w 2300
    """
    secret = secret_input.passphrase(passphrase_file, passphrase_fd, confirm=True)
    with secure_world("admin") as client:
        made = client.provision(words, secret, rated_power_w)
    told = _addresses(made.account, made.meter)
    if as_json:
        show({"mnemonic": made.mnemonic, **told}, as_json=True)
        return
    note(BACKUP)
    show(told, as_json=False, text=_numbered(made.mnemonic) + f"\n\n{_text(told)}")


@app.command()
def restore(
    rated_power_w: RatedPower,
    mnemonic_file: secret_input.MnemonicFile = None,
    passphrase_file: secret_input.PassphraseFile = None,
    passphrase_fd: secret_input.PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Bring an account back from its words. The meter is new: enrol it again.

    \b
    Example:
      evlock key restore --rated-power-w 2300
    """
    words = secret_input.mnemonic(mnemonic_file)
    secret = secret_input.passphrase(passphrase_file, passphrase_fd, confirm=False)
    with secure_world("admin") as client:
        made = client.restore(words, secret, rated_power_w)
    told = _addresses(made.account, made.meter)
    show(told, as_json=as_json, text=_text(told))


@app.command("address")
def show_address(as_json: Json = False) -> None:
    """Show the account and the meter id of this node.

    \b
    Example:
      evlock key address
    """
    with secure_world("admin") as client:
        info = client.info()
    if info.account is None or info.meter is None:
        raise StateError("no keys yet, made by: evlock key provision", "KEY-MISSING")
    told = _addresses(info.account, info.meter)
    show(told, as_json=as_json, text=_text(told))


@app.command()
def lock(as_json: Json = False) -> None:
    """Sign nothing from now on, not even after a restart. Counting goes on.

    A delivery under way ends within seconds. Only the PIN unlocks.

    \b
    Example:
      evlock key lock
    """
    with secure_world("admin") as client:
        client.lock()
    show({"locked": True}, as_json=as_json, text="locked: nothing is signed")


@app.command()
def unlock(
    pin_file: secret_input.PinFile = None,
    pin_fd: secret_input.PinFd = None,
    as_json: Json = False,
) -> None:
    """Sign again. Asks the PIN of this device.

    \b
    Example:
      evlock key unlock
    """
    pin = secret_input.pin(pin_file, pin_fd)
    with secure_world("admin") as client:
        client.unlock(pin)
    show({"locked": False}, as_json=as_json, text="unlocked")


def _addresses(account: bytes, meter: bytes) -> dict[str, Any]:
    return {"account": "0x" + account.hex(), "meter": "0x" + meter.hex()}


def _text(told: dict[str, Any]) -> str:
    return f"account  {told['account']}\nmeter    {told['meter']}"


def _numbered(mnemonic: str) -> str:
    """The words in rows of four, each with its number."""
    words = [f"{number:2}. {word:<10}" for number, word in enumerate(mnemonic.split(), 1)]
    rows = (words[start : start + 4] for start in range(0, len(words), 4))
    return "\n".join("  " + "  ".join(row).rstrip() for row in rows)
