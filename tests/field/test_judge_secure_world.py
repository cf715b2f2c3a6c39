"""What the doctor says of keys, owner, policy and tampering, and what it has one do."""

from typing import Any

import pytest

from normal_world.diagnosis import judge_secure_world
from normal_world.diagnosis.judge_secure_world import FINDINGS
from normal_world.diagnosis.result import FAIL, OK, SKIPPED, Result
from secure_world.protocol import Finding

WORLD: dict[str, Any] = {
    "provisioned": True, "enrolled": True, "sealed": False, "locked": False, "tampered": 0,
    "meter": "0x" + "22" * 20, "owner": "0x" + "33" * 20, "policy_version": 4,
    "measurement": "0x" + "44" * 32,
}  # fmt: skip
JUDGES = (
    judge_secure_world.keys,
    judge_secure_world.owner,
    judge_secure_world.policy,
    judge_secure_world.tampering,
)


def judged(world: dict[str, Any] | None) -> dict[str, Result]:
    facts = {"secured": world}
    return {result.name: result for judge in JUDGES for result in judge(facts)}


def test_a_sound_secure_world() -> None:
    assert {result.state for result in judged(WORLD).values()} == {OK}


def test_without_an_answer_nothing_is_said() -> None:
    assert {result.state for result in judged(None).values()} == {SKIPPED}


@pytest.mark.parametrize(
    ("change", "name", "found", "do"),
    [
        ({"provisioned": False}, "keys", "none yet", "evlock key provision"),
        (
            {"provisioned": False, "tampered": 1},
            "keys",
            "case opened",
            "evlock secure-world zeroise",
        ),
        ({"enrolled": False, "sealed": True}, "keys", "not enrolled", "manifest compare"),
        ({"sealed": True}, "keys", "passphrase", "evlock secure-world unseal"),
        ({"locked": True}, "keys", "locked", "evlock key unlock"),
        ({"owner": None}, "owner", "not claimed", "evlock secure-world claim"),
        ({"policy_version": 0}, "policy", "none", "evlock secure-world policy"),
        ({"tampered": 0b110}, "tampering", "debugger, rewired", "evlock secure-world audit"),
    ],
)
def test_every_fault_is_said_with_what_to_do(
    change: dict[str, Any], name: str, found: str, do: str
) -> None:
    result = judged({**WORLD, **change})[name]
    assert result.state == FAIL
    assert found in result.found
    assert do in result.do


def test_the_names_are_those_of_the_secure_world() -> None:
    assert tuple(one.name.lower().replace("_", " ") for one in Finding) == FINDINGS
