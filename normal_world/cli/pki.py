"""pki: the operator's authority, the certificates of devices, the list of revoked ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from normal_world.cli.output import Json, show
from normal_world.cli.secure_world_link import request_pem
from normal_world.cli.values import address

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

app = typer.Typer(help="The operator's authority, and certificates of devices.")

Directory = Annotated[
    Path, typer.Option("--dir", metavar="DIR", help="Folder of the authority (ca.pem, ca.key).")
]


@app.command("create-ca")
def create_ca(
    directory: Directory = Path("pki"),
    name: Annotated[str, typer.Option("--name", help="Common name.")] = "Evlock authority",
    days: Annotated[int, typer.Option("--days", min=1, help="Days until it expires.")] = 3650,
    as_json: Json = False,
) -> None:
    """Make a new authority. Keep ca.key off the boards.

    \b
    Example:
      evlock pki create-ca --dir pki
    """
    from normal_world.link.pki import create_authority

    made = create_authority(directory, name, days)
    show(_plain(vars(made)), as_json=as_json)


@app.command()
def issue(
    request: Annotated[
        Path | None,
        typer.Argument(metavar="REQUEST", help="Made by `evlock secure-world link-request`."),
    ] = None,
    meter: Annotated[
        str | None, typer.Option("--meter", help="Only if it is this meter's, 0x and 40 digits.")
    ] = None,
    directory: Directory = Path("pki"),
    days: Annotated[int, typer.Option("--days", min=1, help="Days until it expires.")] = 365,
    output: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The node's folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Certify a device: device.pem and ca.pem, for its etc/pki.

    Without REQUEST the secure world of this machine is asked for one. Issue again to
    renew; the device keeps its key. You say which meter a request comes from: nothing
    in the request proves it.

    \b
    Example:
      evlock pki issue house-7-request.pem --meter 0x… --out house-7
    """
    from normal_world.link import pki
    from normal_world.link.errors import RequestInvalid
    from normal_world.link.pem import read

    wanted = None if meter is None else address(meter, "--meter")
    asked = pki.read_request(request_pem() if request is None else read(request))
    if wanted not in (None, asked.meter):
        raise RequestInvalid(f"request of meter 0x{asked.meter.hex()}, expected {meter}")
    show(_plain(vars(pki.issue(directory, asked, days, output=output))), as_json=as_json)


@app.command()
def revoke(
    devices: Annotated[
        list[str] | None,
        typer.Argument(metavar="[METER|FILE]...", help="Meter ids, or certificates in PEM form."),
    ] = None,
    directory: Directory = Path("pki"),
    days: Annotated[int, typer.Option("--days", min=1, help="Days until the list ends.")] = 30,
    as_json: Json = False,
) -> None:
    """Revoke devices: a new revoked.pem, to be copied to every node.

    A meter id revokes all certificates that were issued to it. Without any device the
    list is only renewed: nodes that have a list accept nobody after its end.

    \b
    Example:
      evlock pki revoke 0x… --dir pki
    """
    from normal_world.link import revoking

    found = [one for device in devices or () for one in _devices(directory, device)]
    show(_plain(vars(revoking.revoke(directory, found, days))), as_json=as_json)


@app.command("show")
def show_certificate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A certificate or list in PEM form.")
    ],
    as_json: Json = False,
) -> None:
    """Show what a certificate or a list of revoked ones says.

    \b
    Example:
      evlock pki show /etc/evlock/pki/device.pem
    """
    from normal_world.link import pki, revoking

    told = revoking.inspect(file) or pki.inspect(file)
    show(_plain(vars(told)), as_json=as_json)


def _devices(directory: Path, text: str) -> "list[Certificate]":
    from normal_world.link.pem import read_certificate
    from normal_world.link.revoking import issued_to

    if text.startswith("0x"):
        return issued_to(directory, address(text, "METER"))
    return [read_certificate(Path(text))]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple):
        return list(value)
    if value is None or isinstance(value, bool | int):
        return value
    return value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else str(value)
