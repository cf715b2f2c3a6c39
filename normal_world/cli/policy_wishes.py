"""What the options of `policy propose` say, checked before anything is asked of a program."""

from typing import Any

from normal_world.cli import values
from normal_world.cli.errors import UsageInvalid

MOST = 2**256 - 1


def named(
    counterparts: list[str] | None,
    owner: str | None,
    release: str | None,
    tamper_marks: list[str] | None,
    tokens: tuple[int, int] | None,
    fees: tuple[int, int] | None,
    grids: list[str] | None = None,
) -> dict[str, Any]:
    """Fields of Wishes; raises UsageInvalid."""
    found: dict[str, Any] = {
        "counterparts": tuple(
            values.address(text, "--counterpart") for text in dict.fromkeys(counterparts or ())
        ),
        "grids": tuple(values.address(text, "--grid") for text in dict.fromkeys(grids or ())),
        "release": values.address(release, "--release") if release is not None else None,
        "tamper_marks": mask(tamper_marks or []),
        "token_allowance": _allowance("--token-allowance", tokens),
        "fee_allowance": _allowance("--fee-allowance", fees),
    }
    _few("--counterpart", found["counterparts"])
    _few("--grid", found["grids"])
    return found | ({"owner": values.address(owner, "--owner")} if owner is not None else {})


def mask(names: list[str]) -> int:
    """Bits of the findings of these names; raises UsageInvalid."""
    from normal_world.cli.policy_words import mark_name
    from secure_world.protocol import Finding

    known = {mark_name(finding): finding for finding in Finding}
    found = 0
    for name in names:
        if name not in known:
            raise UsageInvalid(f"--tamper-mark {name!r}: one of {', '.join(known)} expected")
        found |= 1 << known[name]
    return found


def _allowance(option: str, pair: tuple[int, int] | None) -> tuple[int, int] | None:
    if pair is not None and not all(0 <= number <= MOST for number in pair):
        raise UsageInvalid(f"{option} {pair[0]} {pair[1]}: two numbers from 0 expected")
    return pair


def _few(option: str, named: tuple[bytes, ...]) -> None:
    """One bound each, beside those of the call itself."""
    from secure_world.protocol import MAX_BOUNDS

    most = MAX_BOUNDS - (2 if option == "--grid" else 1)
    if len(named) > most:
        raise UsageInvalid(f"{option}: {len(named)}, at most {most} expected")
