"""evlock auction orders, results, clear: anybody checks a round, and clears one that was left."""

import json
from pathlib import Path
from typing import Any

import pytest

from normal_world.chain.address_book import write_address_book
from normal_world.cli import auction_slots
from normal_world.cli.main import run
from tests.auction.conftest import Build
from tests.auction.street import CENT, WINDOWS, House, next_slot, pass_to
from tests.chain.tools import mine

MORE, MIDDLE = 100_000, 7
Told = dict[str, Any]


def round_of(build: Build, *, clear: bool) -> tuple[House, int]:
    """A round with a sell and a buy, its windows over."""
    houses = [build("seller", clear=clear), build("buyer", clear=clear)]
    for one in houses:
        one.start()
    slot = next_slot(houses[0].chain)
    pass_to(houses, WINDOWS.ends(slot - 1) + MIDDLE)
    houses[0].meter.registers[1] += 2 * MORE
    houses[1].meter.registers[0] += MORE
    pass_to(houses, WINDOWS.clear_from(slot) + (5 if clear else 1))
    return houses[0], slot


def ask(one: House, words: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    book = folder / "contracts.json"
    write_address_book(book, one.book)
    capsys.readouterr()
    code = run(["auction", *words.split(), "--rpc", one.chain.url, "--book", str(book), "--json"])
    out, err = capsys.readouterr()
    line = (out if code in (0, 1) and out else err).splitlines()[-1]
    return {"code": code, **(json.loads(line) if line.startswith("{") else {"error": line})}


def test_a_round_is_shown_and_equal(
    build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seller, slot = round_of(build, clear=True)
    orders = ask(seller, f"orders {slot}", tmp_path, capsys)["orders"]
    assert sorted((o["direction"], o["energy_uwh"]) for o in orders) == [(0, MORE), (1, 2 * MORE)]
    told = ask(seller, f"results {slot}", tmp_path, capsys)
    assert (told["code"], told["against_chain"], told["stage"]) == (0, "equal", "done")
    (trade,) = told["trades"]
    assert (trade["energy_uwh"], trade["price"]) == (MORE, 15 * CENT)
    text = auction_slots._results(told)
    assert "equal" in text
    assert max(map(len, text.splitlines())) <= 80
    again = ask(seller, f"clear {slot}", tmp_path, capsys)
    assert (again["code"], "AUCTION-DONE" in json.dumps(again)) == (7, True)
    none = ask(seller, f"results {slot + 1}", tmp_path, capsys)
    assert (none["code"], "AUCTION-NO-ORDERS" in json.dumps(none)) == (7, True)


def test_anybody_clears_what_the_nodes_left(
    build: Build,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from normal_world.chain import operator

    seller, slot = round_of(build, clear=False)
    told = ask(seller, f"results {slot}", tmp_path, capsys)
    assert (told["stage"], told["against_chain"]) == ("open", "not cleared yet")
    monkeypatch.setattr(operator, "POLL_S", 0.0)
    submit = operator.Operator.submit

    def mined(self: operator.Operator, *given: Any, **named: Any) -> str:
        sent = submit(self, *given, **named)
        mine(self.chain)
        return sent

    monkeypatch.setattr(operator.Operator, "submit", mined)
    cleared = ask(seller, f"clear {slot} --pay-now 1", tmp_path, capsys)
    assert (cleared["code"], cleared["did"], cleared["stage"]) == (0, "clear", "paying")
    assert cleared["gas_used"] > 50_000
    paid = ask(seller, f"clear {slot}", tmp_path, capsys)
    assert (paid["did"], paid["stage"]) == ("pay", "done")
    told = ask(seller, f"results {slot}", tmp_path, capsys)
    assert (told["against_chain"], told["conservation"]) == ("equal", 0)
