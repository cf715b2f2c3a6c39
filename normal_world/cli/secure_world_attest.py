"""attest: the device's word for what it is, fetched here, judged anywhere."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from normal_world.cli import quote_file, values
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, show
from normal_world.cli.programs import secure_world

if TYPE_CHECKING:
    from secure_world.protocol import Quote

HONEST = "It proves which device speaks, not that the root of that machine is honest."


def attest(
    nonce: Annotated[
        str | None,
        typer.Option("--nonce", metavar="HEX", help="0x and 64 digits, of who wants to know."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Keep the quote in a new file.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option("--verify", metavar="FILE", help="Judge this quote instead.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="Attestation key, or info --json in a file."),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option("--expect-measurement", metavar="HEX", help="Of the code, 0x and 64 digits."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Have the device say what it is, or judge what one said.

    Exit code 1: it is not good. The key is known from the day the device was
    enrolled: from the attestation_key of `evlock secure-world info --json`. Without
    --nonce a random one is taken.

    \b
    Examples:
      evlock attest --nonce 0x… --out quote.json
      evlock secure-world attest --verify quote.json --key enrolled.json
    """
    asked = None if nonce is None else values.word(nonce, "--nonce")
    if verify is None:
        if key is not None or expect is not None:
            raise UsageInvalid("--key, --expect-measurement: only with --verify FILE expected")
        _fetch(asked or secrets.token_bytes(32), out, as_json)
        return
    if key is None or out is not None:
        raise UsageInvalid("--verify FILE: --key KEY expected with it, and no --out")
    code = None if expect is None else values.word(expect, "--expect-measurement")
    quote = quote_file.read(verify)
    quote_file.judge(quote, quote_file.key_of(key), asked, code)
    good = f"good: signed by this key\n{_text(quote)}\n{HONEST}"
    show({"good": True, **quote.to_json()}, as_json=as_json, text=good)
    if asked is None and not as_json:
        note("without --nonce this may be an old quote")


def _fetch(nonce: bytes, out: Path | None, as_json: bool) -> None:
    from normal_world.cli import new_file

    if out is not None:
        new_file.check("--out", out)
    with secure_world("admin") as client:
        quote = client.attest(nonce)
    if out is not None:
        new_file.write(out, quote_file.to_json(quote))
    show(quote.to_json(), as_json=as_json, text=_text(quote))


def _text(quote: "Quote") -> str:
    from normal_world.cli.secure_world_words import findings

    told: dict[str, Any] = quote.to_json()
    rows = {
        "nonce": told["nonce"],
        "meter": told["meter"],
        "code": told["measurement"],
        "home": f"{quote.home}, version {quote.version}, start {quote.boot_count}",
        "policy": f"version {quote.policy_version}, {told['policy_digest']}",
        "registers": f"import {quote.import_uwh} µWh, export {quote.export_uwh} µWh",
        "findings": findings(quote.tampered),
        "weakened": quote.isolation or "by nothing",
        "audit": f"{quote.audit_count} entries, {told['audit_head']}",
    }
    return "\n".join(f"{name:10}{value}" for name, value in rows.items())
