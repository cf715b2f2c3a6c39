"""An offer's id on the command line: 0xMETER/N beside the number that the chain has."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.cli import trade
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.main import run
from normal_world.cli.offer_words import offer_id, short
from normal_world.trade import matching

METER = "0x" + "ab" * 20


@given(st.integers(0, 2**160 - 1), st.integers(0, 2**32 - 1))
def test_both_forms_name_the_same_offer(meter: int, number: int) -> None:
    identifier = matching.offer_id(hex(meter), number)
    assert short(identifier) == f"{matching.meter_of(identifier)}/{number}"
    assert offer_id(short(identifier)) == offer_id(str(identifier)) == identifier


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "-1", "+1", "1.0", "1_0", "٣", METER, f"{METER}/", f"{METER}/-1",
        f"{METER}/{2**32}", f"{METER[:-1]}/1", f"{METER[2:]}/1", f"{METER}/1\n", "9" * 5000,
        str(2**192),
    ],
)  # fmt: skip
def test_anything_else_is_no_offer(text: str) -> None:
    with pytest.raises(UsageInvalid, match="expected"):
        offer_id(text)


def test_an_offer_is_sold_and_bought_by_its_short_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[dict[str, Any]] = []
    identifier = matching.offer_id(METER, 7)

    def call(_program: str, method: str, **params: Any) -> dict[str, Any]:
        asked.append(params)
        return {"offer_id": identifier, "block": 3} if method == "sell" else {"trades": []}

    monkeypatch.setattr(trade, "call", call)
    sell = ["sell", "--amount-uwh", "1", "--price", "1"]
    assert run(sell) == 0
    told = capsys.readouterr().out
    assert f"{METER}/7" in told
    assert str(identifier) in told
    assert run([*sell, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"offer": f"{METER}/7", "offer_id": identifier, "block": 3}
    buy = ["buy", "--amount-uwh", "1", "--max-price", "1"]
    assert run([*buy, "--offer", found["offer"], "--offer", str(identifier + 1)]) == 0
    assert asked[-1]["offers"] == [identifier, identifier + 1]
    assert run(buy) == 0
    assert asked[-1]["offers"] is None
