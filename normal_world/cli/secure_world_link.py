"""link-request: what the operator needs to certify this device for the link."""

from pathlib import Path
from typing import Annotated

import typer

from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, show
from normal_world.cli.programs import secure_world


def link_request(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where the request goes.")
    ] = Path("link-request.pem"),
    as_json: Json = False,
) -> None:
    """Write the request for the device's certificate.

    It is taken to the operator, who gives back device.pem and ca.pem. It is no
    secret, but the operator must know that it comes from this meter.

    \b
    Example:
      evlock secure-world link-request --out house-7.pem
    """
    from normal_world.link.pki import read_request

    if out.exists() and not out.read_bytes().startswith(b"-----BEGIN CERTIFICATE REQUEST"):
        raise UsageInvalid(f"--out {out}: exists and is no request, a new file expected")
    data = request_pem()
    out.write_bytes(data)
    meter = "0x" + read_request(data).meter.hex()
    show({"meter": meter, "request": str(out)}, as_json=as_json)


def request_pem() -> bytes:
    """The request of this machine's secure world."""
    from normal_world.link.pem import request_pem as as_pem

    with secure_world("admin") as client:
        return as_pem(client.link_request())
