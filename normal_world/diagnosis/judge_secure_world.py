"""Keys, owner, policy and signs of tampering, by the secure world's own word."""

from collections.abc import Iterator
from typing import Any

from normal_world.diagnosis.result import Facts, Result, fail, ok, skipped

SILENT = "secured does not answer"
# In the order of the mask's bits (secure_world's Finding).
FINDINGS = ("case opened", "debugger", "rewired", "sensor changed", "converter changed")


def keys(facts: Facts) -> Iterator[Result]:
    world = facts["secured"]
    if world is None:
        yield skipped("keys", SILENT)
    elif not world["provisioned"]:
        yield _without_keys(world)
    elif not world["enrolled"]:
        do = (
            "put the enrolled files back (evlock secure-world manifest compare FILE names those"
            " that differ), or run that version and enrol the manifest of this one"
        )
        code = world["measurement"][:18]
        yield fail("keys", f"sealed away: code {code}… is not enrolled, nothing is signed", do)
    elif world["sealed"]:
        do = "type the passphrase: evlock secure-world unseal"
        yield fail("keys", "sealed: they wait for the passphrase of this start", do)
    elif world["locked"]:
        do = "who locked it, and why? Then: evlock key unlock"
        yield fail("keys", "locked by a person: nothing is signed", do)
    else:
        yield ok("keys", f"meter {world['meter']}")


def owner(facts: Facts) -> Iterator[Result]:
    world = facts["secured"]
    if world is None:
        yield skipped("owner", SILENT)
    elif world["owner"] is None:
        do = "evlock secure-world claim --owner-key KEY"
        yield fail("owner", "not claimed: nobody can sign a policy for it", do)
    else:
        yield ok("owner", world["owner"])


def policy(facts: Facts) -> Iterator[Result]:
    world = facts["secured"]
    if world is None:
        yield skipped("policy", SILENT)
    elif not world["policy_version"]:
        do = "evlock secure-world policy propose, sign, set"
        yield fail("policy", "none: nothing is signed", do)
    else:
        yield ok("policy", f"version {world['policy_version']}")


def tampering(facts: Facts) -> Iterator[Result]:
    world = facts["secured"]
    if world is None:
        yield skipped("tampering", SILENT)
    elif world["tampered"]:
        do = (
            "look at the meter and its wiring, and who was there: evlock secure-world audit."
            " Only zeroise forgets it"
        )
        yield fail("tampering", f"found: {findings(world['tampered'])}", do)
    else:
        yield ok("tampering", "no findings")


def _without_keys(world: dict[str, Any]) -> Result:
    if world["tampered"]:
        do = "after a look at the meter: evlock secure-world zeroise, then new keys"
        return fail("keys", f"destroyed or never made; found: {findings(world['tampered'])}", do)
    return fail("keys", "none yet", "evlock key provision --rated-power-w WATTS")


def findings(mask: int) -> str:
    """Words for the findings of a mask."""
    return ", ".join(name for bit, name in enumerate(FINDINGS) if mask >> bit & 1) or f"{mask:#x}"
