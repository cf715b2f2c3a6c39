"""What a proposal changes of the policy in force: nothing is loosened unseen."""

from collections.abc import Iterator, Mapping
from typing import Any

from normal_world.cli import claim_words


def text(version: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Both as `policy_words.words`; a line for each fact that goes or comes."""
    old, new = list(_facts(before)), list(_facts(after))
    lines = [f"  - {fact}" for fact in old if fact not in new]
    lines += [f"  + {fact}" for fact in new if fact not in old]
    return "\n".join([f"against policy {version}, in force now", *(lines or ["  the same"])])


def _facts(told: Mapping[str, Any]) -> Iterator[str]:
    """Each of them whole in itself."""
    yield f"owner {told['owner']}"
    yield f"updates signed by {told['updates_signed_by']}"
    yield f"chain {told['chain']}"
    yield from (f"{name} {address}" for name, address in told["contracts"].items())
    for call in told["calls"]:
        name = f"{call['contract']}: {call['function']}"
        yield name
        yield from (f"{name}: {limit}" for limit in (*call["bounds"], *call["spends"]))
        yield f"{name}: at most {call['most_words']} arguments"
        if call["value"]:
            yield f"{name}: carries {call['value']}"
    yield from (f"claims of {claim_words.fact(claim)}" for claim in told.get("claims", ()))
    yield from (f"{key} {told[key]}" for key in ("registry",) if key in told)
    yield from (f"{name}: {amount}" for name, amount in told["allowances"].items())
    yield f"fee {told['fee']}"
    yield f"energy {told['energy']}"
    yield f"a finding of {', '.join(told['destroys_the_keys'])} destroys the keys"
