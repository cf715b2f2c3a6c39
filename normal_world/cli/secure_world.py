"""secure-world: the policy, the person and the code that the secure world goes by."""

import typer

from normal_world.cli import (
    secure_world_attest,
    secure_world_audit,
    secure_world_backup,
    secure_world_link,
    secure_world_manifest,
    secure_world_persons,
    secure_world_policy,
    secure_world_seal,
)

app = typer.Typer(help="The secure world: its owner, its policy, its keys.")
app.command("info")(secure_world_seal.info)
app.add_typer(secure_world_policy.app, name="policy")
app.command("claim")(secure_world_persons.claim)
app.command("pin")(secure_world_persons.change_pin)
app.command("audit")(secure_world_audit.audit)
app.command("backup")(secure_world_backup.backup)
app.command("restore")(secure_world_backup.restore)
app.command("zeroise")(secure_world_persons.zeroise)
app.command("attest")(secure_world_attest.attest)
app.command("link-request")(secure_world_link.link_request)
app.command("passphrase")(secure_world_seal.passphrase)
app.command("unseal")(secure_world_seal.unseal)
app.add_typer(secure_world_manifest.app, name="manifest")
