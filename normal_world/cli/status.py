"""status: what the three programs of this node say of themselves."""

from textwrap import wrap
from typing import Any

from normal_world.cli import units
from normal_world.cli.errors import ProgramsMissing
from normal_world.cli.output import Json, show
from normal_world.cli.programs import quick, secure_world
from normal_world.diagnosis.judge_secure_world import findings

COLUMNS, INDENT = 80, 9
SAFE_MODE = "safe mode after failed starts: it will not trade (evlock safe-mode)"


def status(as_json: Json = False) -> None:
    """Show what the programs of this node are doing.

    \b
    Example:
      evlock status
    """
    told: dict[str, Any] = {}
    missing: list[str] = []
    for name, ask in (("secured", _secured), ("meterd", _meterd), ("noded", _noded)):
        try:
            told[name] = ask()
        except ConnectionError as error:
            told[name] = None
            missing.append(f"{name} ({error})")
    show(told, as_json=as_json, text=_text(told))
    if missing:
        raise ProgramsMissing(f"no answer from {'; '.join(missing)}")


def _secured() -> dict[str, Any]:
    with secure_world("admin") as client:
        return client.info().to_json()


def _meterd() -> Any:
    return quick("meterd-admin", "status")


def _noded() -> Any:
    return quick("noded", "status")


def _text(told: dict[str, Any]) -> str:
    """A block a program: its name, then what matters to the person at the meter."""
    blocks = []
    for name, lines in (("secured", _keys), ("meterd", _meter), ("noded", _node)):
        answer = told[name]
        found = ["no answer"] if answer is None else lines(answer)
        found = [part for line in found for part in wrap(line, COLUMNS - INDENT)]
        blocks += [f"{name if n == 0 else '':<{INDENT}}{line}" for n, line in enumerate(found)]
    return "\n".join(blocks)


def _keys(info: dict[str, Any]) -> list[str]:
    home = f"{info['home']} home, version {info['version']}"
    found = [f"found: {findings(mask)} (evlock doctor)"] if (mask := info.get("tampered")) else []
    if info["account"] is None:
        what = "no keys any more" if found else "no keys yet (evlock key provision)"
        return [f"{home}: {what}", *found]
    locked = ["locked: nothing is signed (evlock key unlock)"] if info.get("locked") else []
    if info.get("sealed"):
        locked.append("sealed: nothing is signed (evlock doctor --only keys)")
    registers = (units.energy(info[f"{way}_uwh"]) for way in ("import", "export"))
    return [
        f"{home}, policy {info['policy_version']}, start {info['boot_count']}",
        f"account {info['account']}",
        f"meter   {info['meter']}",
        "register import {}, export {}".format(*registers),
        *locked,
        *found,
    ]


def _meter(meter: dict[str, Any]) -> list[str]:
    relay = "closed" if meter["relay_closed"] else "open"
    kinds = (("voltage_v", "V", 3), ("current_a", "A", 3), ("power_w", "W", 2))
    values = "   ".join(units.number(meter[key], unit, digits) for key, unit, digits in kinds)
    lines = [f"{meter['state']}, relay {relay}", meter["fault"] or values]
    if meter.get("safe_mode"):
        lines.append(SAFE_MODE)
    if meter.get("case_opened"):
        lines.append("the case is open")
    if not meter["calibrated"]:
        lines.append("not calibrated: it will not trade")
    return lines + [f"finding: {finding}" for finding in meter["findings"]]


def _node(node: dict[str, Any]) -> list[str]:
    chain = node["chain"]
    head = chain["fault"] or f"block {chain['head']} of chain {chain['id']}"
    money = f"{units.tokens(node.get('tokens'))}, {units.tokens(node.get('purse'))} in the purse"
    links = [SAFE_MODE] if node.get("safe_mode") else []
    links += [f"link {meter} {'up' if up else 'down'}" for meter, up in node["links"].items()]
    trades = f"{node['open_trades']} open trades, credit {node.get('credit', units.DASH)}"
    return [f"{node['node']}: {head}", trades, money, *_strategy(node.get("strategy")), *links]


def _strategy(told: dict[str, Any] | None) -> list[str]:
    """Nothing when the node trades by hand."""
    if not told or told["state"] == "by hand":
        return []
    last = f": {told['last']['decision']}" if told["last"] and told["state"] == "on" else ""
    return [f"strategy {told['name']} is {told['state']}{last} (evlock strategy show)"]
