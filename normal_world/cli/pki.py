"""pki: the private authority of a set of nodes, and their certificates."""

from pathlib import Path
from typing import Annotated, Any

import typer

from normal_world.cli.output import Json, show
from normal_world.cli.values import address

app = typer.Typer(help="Make the private authority and the certificates of nodes.")

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
    node: Annotated[str, typer.Argument(metavar="NAME", help="Name of the node: a-z, 0-9 and -.")],
    meter: Annotated[
        str | None, typer.Option("--meter", help="Its meter id, 0x and 40 digits.")
    ] = None,
    directory: Directory = Path("pki"),
    days: Annotated[int, typer.Option("--days", min=1, help="Days until it expires.")] = 365,
    output: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The node's folder.")
    ] = None,
    renew: Annotated[bool, typer.Option("--renew", help="New certificate, same key.")] = False,
    as_json: Json = False,
) -> None:
    """Certify a node: NAME.pem, NAME.key and ca.pem.

    \b
    Example:
      evlock pki issue house-7 --meter 0x… --out house-7/etc/pki
    """
    from normal_world.link import pki

    meter_id = None if meter is None else address(meter, "--meter")
    made = pki.issue(directory, node, meter_id, days, renew=renew, output=output)
    show(_plain(vars(made)), as_json=as_json)


@app.command("show")
def show_certificate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A certificate in PEM form.")],
    as_json: Json = False,
) -> None:
    """Show what a certificate says.

    \b
    Example:
      evlock pki show /etc/evlock/pki/node.pem
    """
    from normal_world.link.pki import inspect

    show(_plain(vars(inspect(file))), as_json=as_json)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple):
        return list(value)
    if value is None or isinstance(value, bool | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
