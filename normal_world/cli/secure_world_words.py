"""What the secure world says of itself, in a person's words."""

from typing import TYPE_CHECKING

from normal_world.cli.output import pairs

if TYPE_CHECKING:
    from secure_world.protocol import Info


def of(info: "Info") -> str:
    """The whole of it, a line a fact."""
    return pairs(
        {
            "meter": _hex(info.meter),
            "account": _hex(info.account),
            "home": f"{info.home}, version {info.version}, start {info.boot_count}",
            "keys": keys(info),
            "code": f"{_hex(info.measurement)}",
            "owner": _hex(info.owner) if info.owner else "nobody yet",
            "policy": f"version {info.policy_version}" if info.policy_version else "none",
            "rated power": f"{info.rated_power_w} W" if info.rated_power_w else "–",
            "import": f"{info.import_uwh} µWh{_trade(info.open_import)}",
            "export": f"{info.export_uwh} µWh{_trade(info.open_export)}",
            "findings": findings(info.tampered),
            "weakened": info.isolation.replace(",", ", ") or "by nothing",
            "random": info.entropy,
            "PIN": f"may be tried {f'in {info.pin_wait_s} s' if info.pin_wait_s else 'now'}",
            "audit": f"{info.audit_count} entries, head {_hex(info.audit_head)[:18]}…",
            **_points("attestation", info.attestation_key),
            **_points("link", info.link_key),
        }
    )


def keys(info: "Info") -> str:
    """Whether something can be signed, and what to do if not."""
    if not info.provisioned:
        return "none: evlock key provision"
    if not info.enrolled:
        return "sealed: this code is not enrolled"
    if info.sealed:
        return "sealed: evlock secure-world unseal"
    return "locked by a person: evlock key unlock" if info.locked else "open"


def findings(mask: int) -> str:
    """The names of a mask's findings."""
    from secure_world.protocol import Finding

    names = [one.name.lower().replace("_", " ") for one in Finding if mask >> one & 1]
    return ", ".join(names) or "none"


def _points(name: str, point: bytes | None) -> dict[str, str]:
    """A P-256 point takes two lines: x, y."""
    if point is None:
        return {}
    return {f"{name} key x": point[:32].hex(), f"{name} key y": point[32:].hex()}


def _trade(trade: bytes | None) -> str:
    return f", trade {_hex(trade)[:10]}… open" if trade else ""


def _hex(data: bytes | None) -> str:
    return "–" if data is None else "0x" + data.hex()
