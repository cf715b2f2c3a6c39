"""secure-world backup, restore: the account on its way to another board."""

from pathlib import Path
from typing import Annotated, Any

import typer

from normal_world.cli import backup_file, new_file, secret_input
from normal_world.cli.output import Json, note, pairs, show
from normal_world.cli.programs import quick, secure_world

KEPT = """\
Only the owner's key opens it. It holds the account, not the meter: a device that
is restored from it is a new meter."""
NEW_METER = """\
The meter is new. Before it trades:
  1. calibrate it: evlock meter zero, load, gain
  2. have it enrolled: evlock contracts enroll
  3. claim it: evlock secure-world claim
  4. have its policy signed: evlock secure-world policy propose, sign, set
  5. issue its certificate: evlock pki issue
Take the owner's key file off this machine."""
NO_POLICY = bytes(32)


def backup(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A file that is not there.")],
    pin_file: secret_input.PinFile = None,
    pin_fd: secret_input.PinFd = None,
    as_json: Json = False,
) -> None:
    """Write the account's key to a file, sealed to its owner.

    Policy and calibration go with it, in the open. The backup words of "evlock key
    provision" hold the same account.

    \b
    Example:
      evlock secure-world backup --out /media/stick/meter.json
    """
    new_file.check("--out", out)
    pin = secret_input.pin(pin_file, pin_fd)
    with secure_world("admin") as client:
        info, policy = client.info(), client.get_policy()
        sealed = client.backup(pin)
    calibration = _calibration()
    new_file.write(out, backup_file.to_json(sealed, info, policy, calibration))
    if calibration is None:
        note("evlock-meterd did not answer: the calibration is not in the backup")
    told = {
        "file": str(out),
        "account": "0x" + sealed.account.hex(),
        "owner": "0x" + sealed.owner.hex(),
        "policy_version": policy.version,
        "calibration": calibration is not None,
    }
    show(told, as_json=as_json, text=f"{pairs(told)}\n{KEPT}")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    owner_key: Annotated[
        Path, typer.Option("--owner-key", metavar="FILE", help="The owner's key: it opens it.")
    ],
    rated_power_w: Annotated[
        int | None,
        typer.Option(
            "--rated-power-w", min=1, max=16_777_215, help="Of the new line, if it is another."
        ),
    ] = None,
    policy_out: Annotated[
        Path | None,
        typer.Option("--policy-out", metavar="FILE", help="The old rules, for the owner to sign."),
    ] = None,
    passphrase_file: secret_input.PassphraseFile = None,
    passphrase_fd: secret_input.PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Bring an account into a device without keys. The meter is new.

    \b
    Example:
      evlock secure-world restore meter.json --owner-key owner.json
    """
    from normal_world.cli import owner_keys
    from secure_world.protocol import open_backup

    if policy_out is not None:
        new_file.check("--policy-out", policy_out)
    found = backup_file.BackupFile(file)
    passphrase = ""
    if owner_keys.is_sealed(owner_key):
        passphrase = secret_input.passphrase(
            passphrase_file, passphrase_fd, confirm=False, of=str(owner_key)
        )
    account_key = open_backup(found.backup, owner_keys.read(owner_key, passphrase).to_bytes())
    with secure_world("admin") as client:
        made = client.restore_key(account_key, rated_power_w or found.rated_power_w)
    if policy_out is not None and found.rules is not None:
        _propose(policy_out, made.meter, found)
    told = {"account": "0x" + made.account.hex(), "meter": "0x" + made.meter.hex()}
    show(told, as_json=as_json, text=f"{pairs(told)}\n{NEW_METER}")


def _propose(path: Path, meter: bytes, found: backup_file.BackupFile) -> None:
    """The rules of before as the new meter's first policy, not signed yet."""
    from normal_world.cli import policy_file, policy_flow

    assert found.rules is not None
    rules = policy_flow.moved(found.rules, found.meter, meter) if found.meter else found.rules
    policy_file.write(path, policy_file.Proposal(meter, 1, NO_POLICY, rules))
    note(f"{path}: the policy of before, for the owner to read and sign")


def _calibration() -> dict[str, Any] | None:
    """What meterd measures with; None if it does not answer."""
    from firmware.errors import RpcError, RpcFailed

    try:
        told: dict[str, Any] = quick("meterd-admin", "calibration")
    except (RpcError, RpcFailed, OSError):
        return None
    return told
