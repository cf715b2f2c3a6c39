"""Settings, device secret, chain, certificate and counterparts."""

from collections.abc import Iterator
from typing import Any

from normal_world.cli import units
from normal_world.diagnosis.result import Facts, Result, age, fail, ok, skipped, warn

GAS_WARN, GAS_FAIL = 10, 1  # purchases that the account's coins pay for
CERTIFICATE_DAYS = 14
SECRETS = {
    "file": "a file: who copies the card has the keys",
    "rpi-otp": "the chip's one-time memory",
    "optee-huk": "the chip's hardware key",
}


def board_file(facts: Facts) -> Iterator[Result]:
    file = facts["files"]["board"]
    yield from _file("board-file", file, f"correct it: evlock board check {file['path']}")


def node_file(facts: Facts) -> Iterator[Result]:
    yield from _file("node-file", facts["files"]["node"], "correct it: docs/operations.md")


def _file(name: str, file: dict[str, Any], do: str) -> Iterator[Result]:
    problems = file["problems"]
    if not problems:
        yield ok(name, file["told"])
        return
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    yield fail(name, problems[0] + more, do if file["there"] else "make it: evlock setup")


def device_secret(facts: Facts) -> Iterator[Result]:
    kind = facts["files"]["device_secret"]
    if kind is None:
        yield skipped("device-secret", "board.toml cannot be read")
    else:
        yield ok("device-secret", SECRETS.get(kind, kind))


def chain(facts: Facts) -> Iterator[Result]:
    found = facts["chain"]
    if found["skipped"]:
        for name in ("chain", "contracts", "account", "enrolled"):
            yield skipped(name, found["skipped"])
        return
    if found["error"]:
        do = "is the network up? `rpc` under [chain] in node.toml right?"
        yield fail("chain", found["error"], do)
        for name in ("contracts", "account", "enrolled"):
            yield skipped(name, "the chain does not answer")
        return
    yield from _head(found)
    if found["id"] != found["book_id"]:
        for name in ("contracts", "account", "enrolled"):
            yield skipped(name, "another chain")
        return
    yield from _contracts(found)
    yield from _account(found)
    yield from _enrolled(found, facts["secured"])


def _head(found: dict[str, Any]) -> Iterator[Result]:
    text = f"block {found['head']} of chain {found['id']}"
    if found["id"] != found["book_id"]:
        do = "`rpc` of another network? Else take the address book of this one"
        yield fail("chain", f"chain id {found['id']}, contracts.json: {found['book_id']}", do)
    elif not found["advances"]:
        do = "the chain's node answers, but makes no blocks: is it synchronised?"
        yield warn("chain", f"{text}, no new block in {found['waited_s']:.0f} s", do)
    else:
        yield ok("chain", text)


def _contracts(found: dict[str, Any]) -> Iterator[Result]:
    missing = [name for name, there in found["contracts"].items() if not there]
    if missing:
        do = "ask the grid operator for the contracts.json of this network"
        yield fail("contracts", f"no contract at the address of: {', '.join(missing)}", do)
    else:
        yield ok("contracts", ", ".join(found["contracts"]))


def _account(found: dict[str, Any]) -> Iterator[Result]:
    if found["wei"] is None:
        yield skipped("account", "no keys yet")
        return
    purchases = found["wei"] // max(1, found["purchase_wei"])
    coins = found["wei"] / 1e18
    do = f"send coins to {found['account']}"
    if purchases < GAS_FAIL:
        yield fail("account", f"{coins:.6g} coins: too few for the fees of one trade", do)
    elif purchases < GAS_WARN:
        yield warn("account", f"{coins:.6g} coins: the fees of about {purchases} trades", do)
    else:
        yield ok("account", f"{coins:.6g} coins for fees{_money(found)}")


def _money(found: dict[str, Any]) -> str:
    """What can be spent; nothing where the contracts did not say."""
    if found.get("tokens") is None or found.get("purse") is None:
        return ""
    held, purse = (units.tokens(found[place]) for place in ("tokens", "purse"))
    return f"; {held} in the account, {purse} in the purse"


def _enrolled(found: dict[str, Any], world: dict[str, Any] | None) -> Iterator[Result]:
    if world is None or not world["meter"] or found["feeder"] is None:
        yield skipped("enrolled", "no keys yet, or the registry is not there")
    elif found["feeder"] == 0:
        do = f"ask the grid operator to enrol meter {world['meter']}"
        yield fail("enrolled", "the registry does not know this meter", do)
    elif found["owner"].lower() != world["account"].lower():
        do = "ask the grid operator: enrolled with another account than this device's"
        yield fail("enrolled", f"as the meter of account {found['owner']}", do)
    else:
        yield ok("enrolled", f"feeder {found['feeder']}, {found['rated_power_w']} W")


def certificate(facts: Facts) -> Iterator[Result]:
    found = facts["certificate"]
    renew = "give the operator another: evlock secure-world link-request"
    if found["skipped"]:
        yield skipped("certificate", found["skipped"])
        return
    if found["error"]:
        yield fail("certificate", found["error"], renew)
        return
    left_s = found["not_after_s"] - facts["now_s"]
    world = facts["secured"]
    if found["not_before_s"] > facts["now_s"]:
        yield fail("certificate", "not valid yet", "is the clock right? date")
    elif left_s < 0:
        yield fail("certificate", f"expired {age(-left_s)} ago", renew)
    elif not found["issued_by_ca"]:
        do = "ca.pem is not the one that signed it: take both from one authority"
        yield fail("certificate", "not of the authority in ca.pem", do)
    elif world and world["meter"] and found["meter"] != world["meter"]:
        do = f"issue it for meter {world['meter']}"
        yield fail("certificate", f"names meter {found['meter']}", do)
    elif world and world["link_key"] and found["link_key"] != world["link_key"]:
        yield fail("certificate", "of another link key than this device's", renew)
    elif found["list_problem"]:
        do = "ask the operator: for the current revoked.pem, or why this device is on it"
        yield fail("certificate", found["list_problem"], do)
    elif left_s < CERTIFICATE_DAYS * 86_400:
        yield warn("certificate", f"expires in {age(left_s)}", renew)
    else:
        yield ok("certificate", f"valid for {age(left_s)}")


def peers(facts: Facts) -> Iterator[Result]:
    found = facts["peers"]
    if not found:
        yield skipped("peers", "no counterpart in node.toml, or it cannot be read")
    for peer in found:
        where = f"{peer['meter'][:10]}… at {peer['address']}"
        if peer["linked"]:
            yield ok("peers", f"{where}: connected")
        elif peer["linked"] is None:
            yield skipped("peers", f"{where}: noded does not answer")
        elif peer["tcp"]:
            do = "does it list this meter? Certificate, enrolment: evlock logs noded"
            yield warn("peers", f"{where}: answers, but is not connected", do)
        else:
            do = "is it switched on? name and port right? firewall?"
            yield warn("peers", f"{where}: {peer['why']}", do)
