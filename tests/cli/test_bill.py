"""evlock bill: from settled trades and supplies to a bill that anybody can check on the chain."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from normal_world.cli.main import run
from tests.bills.people import PRICE, TARIFF
from tests.bills.stand_in import ipfs_node
from tests.cli.bill_world import (
    TRADED_UWH,
    hand,
    households,
    ledger_file,
    market_file,
    supply,
    trade,
)
from tests.cli.chain import ETHER, Network, Typed

Trades = list[dict[str, Any]]


@pytest.fixture(scope="module")
def trades(deployed: Network) -> Iterator[Trades]:
    """Two settled trades of seller and buyer."""
    households(deployed)
    yield [trade(deployed, 1, 0), trade(deployed, 2, TRADED_UWH)]


@pytest.fixture
def bill(evlock: Typed, trades: Trades, tmp_path: Path) -> Path:
    """A market bill of both trades."""
    out = tmp_path / "bill.json"
    evidence = market_file(tmp_path, trades)
    told = evlock(
        f"bill make --from {evidence} --out {out} --issued 2026-11-21 --grid-tariff {TARIFF}"
    )
    assert told is not None, evlock.error
    assert told["energy_uwh"] == 2 * TRADED_UWH - 3
    return out


def checks(evlock: Typed, words: str) -> dict[str, str]:
    """States by name, whatever the exit code."""
    evlock.capsys.readouterr()
    book = evlock.network.folder / "contracts.json"
    line = f"bill verify {words} --rpc {evlock.network.url} --book {book} --json"
    evlock.exit_code = run(line.split())
    told = evlock.capsys.readouterr()
    evlock.error = told.err.strip()
    return {row["name"]: row["state"] for row in json.loads(told.out)["checks"]}


def test_from_trades_to_the_chain(evlock: Typed, bill: Path, deployed: Network) -> None:
    assert (bill.stat().st_mode & 0o777, bill.with_suffix(".pdf").read_bytes()[:5]) == (
        0o600,
        b"%PDF-",
    )
    found = checks(evlock, str(bill))
    assert evlock.exit_code == 1  # not filed yet
    assert {name for name, state in found.items() if state == "FAIL"} == {"digest on chain"}
    assert "no bill filed" in evlock.error
    evlock.refused(f"bill file {bill}", 7, "BILL-ISSUER", by="buyer")
    told = evlock(f"bill file {bill}", by="seller")
    assert told["gas_used"] < 2 * 60_000
    assert evlock(f"bill file {bill}", by="seller")["transaction"] is None  # nothing twice
    with ipfs_node() as node:
        assert run(["bill", "pin", str(bill), "--ipfs", node.url]) == 0
        found = checks(evlock, f"{bill} --ipfs {node.url}")
        assert evlock.exit_code == 0, evlock.error
        assert set(found.values()) == {"ok"}
    buyer = hand(deployed, "buyer").account
    (one, two) = evlock(f"bill list --purchaser {buyer}")["bills"]
    assert one["cid"] == two["cid"] == told["cid"]
    assert {one["trade"], two["trade"]} == set(told["trades"])


def test_another_bill_of_a_filed_trade_is_refused_by_the_chain(
    evlock: Typed, bill: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.json"
    evidence = tmp_path / "trades.json"
    evlock(f"bill file {bill}", by="seller")
    evlock(f"bill make --from {evidence} --out {again} --issuer-name Other")
    evlock.refused(f"bill file {again}", 5, "BillKnown", by="seller")


def test_a_bill_that_says_other_amounts_than_the_chain(
    evlock: Typed, bill: Path, tmp_path: Path
) -> None:
    """The seller keeps a later, larger reading back, and bills with it: all signatures are good."""
    from normal_world.bills import canonical
    from normal_world.bills.document import read, write
    from normal_world.bills.market_bill import MarketBill, MarketLine
    from tests.bills.people import BUYER

    made = read(canonical.decode(bill.read_bytes()))
    assert isinstance(made, MarketBill)
    line = made.lines[0]
    more = BUYER.sign(line.buyer.trade, line.buyer.from_uwh, line.buyer.to_uwh + 1, made.head.where)
    forged = write(MarketBill(made.head, (MarketLine(line.terms, line.seller, more, line.place),)))
    (tmp_path / "forged.json").write_bytes(forged.document)
    (tmp_path / "forged.pdf").write_bytes(forged.page or b"")
    found = checks(evlock, str(tmp_path / "forged.json"))
    wrong = {name for name, state in found.items() if state == "FAIL"}
    assert wrong == {"settlements", "digest on chain"}
    assert "energy µWh" in evlock.error
    assert evlock.exit_code == 1


def test_offline_and_with_a_dead_node(evlock: Typed, bill: Path, deployed: Network) -> None:
    assert run(["bill", "verify", str(bill)]) == 0
    out = evlock.capsys.readouterr().out
    assert "not checked" in out and "FAIL" not in out
    book = str(deployed.folder / "contracts.json")
    dead = ["--rpc", "http://127.0.0.1:9", "--book", book]
    assert run(["bill", "verify", str(bill), *dead]) == 5
    told = evlock.capsys.readouterr()
    assert "CHAIN-UNREACHABLE" in told.err
    assert "signatures" in told.out  # what could be checked was
    page = bill.with_suffix(".pdf")
    page.write_bytes(page.read_bytes() + b"\n")
    assert run(["bill", "verify", str(bill), *dead]) == 1  # what is wrong outweighs


def test_against_a_book_of_other_contracts(
    evlock: Typed, bill: Path, deployed: Network, tmp_path: Path
) -> None:
    found = json.loads((deployed.folder / "contracts.json").read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps(found | {"market": "0x" + "12" * 20}))
    assert run(["bill", "verify", str(bill), "--book", str(other)]) == 1
    assert "contract of the address book" in evlock.capsys.readouterr().err


def test_without_a_node_it_is_kept_in_a_folder(evlock: Typed, bill: Path, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    assert run(["bill", "pin", str(bill), "--keep", str(keep)]) == 0
    evlock.capsys.readouterr()
    assert sorted(path.read_bytes()[:1] for path in keep.iterdir()) == [b"%", b"{"]
    assert run(["bill", "verify", str(bill), "--keep", str(keep), "--json"]) == 0
    told = json.loads(evlock.capsys.readouterr().out)
    states = {row["name"]: row["state"] for row in told["checks"]}
    assert states["JSON by its CID"] == states["PDF by its CID"] == "ok"
    (keep / told["cid"]).write_bytes(b"{}")
    assert run(["bill", "verify", str(bill), "--keep", str(keep)]) == 1


def test_what_gives_no_bill(evlock: Typed, trades: Trades, tmp_path: Path) -> None:
    def refused(evidence: Trades, told: str) -> None:
        made = market_file(tmp_path, evidence)
        evlock.refused(f"bill make --from {made} --out {tmp_path}/no.json", 2, told)
        assert not (tmp_path / "no.json").exists()

    one = json.loads(json.dumps(trades[0]))
    one["terms"]["salt"] += 1
    refused([one], "a settlement that is final")
    one = json.loads(json.dumps(trades[0]))
    one["seller"]["sequence"] += 1
    refused([one], "signature")
    one = json.loads(json.dumps(trades[0]))
    one["buyer"]["to"] -= 1
    refused([one], "settled")
    refused([trades[0], trades[0]], "twice")
    one = json.loads(json.dumps(trades[0]))
    one["buyer"]["state"] = "final"
    refused([one], "state")
    del one["buyer"]
    refused([one], "buyer missing")


def test_a_grids_bill(evlock: Typed, deployed: Network, tmp_path: Path) -> None:
    grid, customer = deployed.person("grid"), deployed.person("customer")
    evlock(f"token buy --amount {ETHER}", by="customer")
    readings = [supply(deployed, 1, 0)]
    evidence = ledger_file(tmp_path, grid, customer, readings)
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    told = evlock(f"bill make --from {evidence} --out {first} --grid-tariff {TARIFF}")
    assert (told["energy_uwh"], told["payment"]) == (1500, 1500 * (PRICE + 1) // 10**9)
    evlock(f"bill file {first}", by="grid")
    assert set(checks(evlock, str(first)).values()) == {"ok", "not checked"}
    assert evlock.exit_code == 0, evlock.error
    again = f"bill make --from {evidence} --out {second}"
    evlock.refused(again, 2, "purchase, transfer and acknowledgement expected")
    readings.append(supply(deployed, 2, 1500))
    evlock.refused(again, 2, "transfer 2: its meter's reading")
    ledger_file(tmp_path, grid, customer, readings)
    assert len(evlock(again)["trades"]) == 1  # since the bill before
    evlock(f"bill file {second}", by="grid")
    for made in (first, second):  # the first stays provable when the second has replaced it
        assert "FAIL" not in checks(evlock, str(made)).values(), evlock.error
    rows = evlock(f"bill list --purchaser {customer}")["bills"]
    assert [row["kind"] for row in rows] == ["ledger", "ledger"]
    assert grid[:10] in evlock.text(f"bill list --purchaser {customer}")


def test_of_a_nodes_trades_and_filed_by_it(
    evlock: Typed, trades: Trades, deployed: Network, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The node is its control socket here: the record of a trade, and what it would send."""
    from normal_world.bills.head import Head
    from normal_world.chain.bindings import ledger
    from normal_world.cli import programs
    from secure_world.protocol import Terms

    seller, book = hand(deployed, "seller"), deployed.book
    found = trade(deployed, 3, 10 * TRADED_UWH)
    head = Head(book.chain_id, book.market, "", "")
    name = "0x" + Terms.from_json(found["terms"]).trade_id(*head.where).hex()
    record = {"trade": name, "role": "buyer", "terms": found["terms"]}
    record |= {"reading": found["buyer"], "peer_reading": found["seller"]}

    def call(_program: str, method: str, **words: Any) -> Any:
        if method == "trade":
            return record
        assert method == "bill.file"
        digest = bytes.fromhex(words["digest"][2:])
        sent = seller.send(book.ledger, ledger.file_bill(
            purchaser=words["purchaser"], trade=bytes.fromhex(words["trade"][2:]), digest=digest,
        ))  # fmt: skip
        return {"transactions": [{"transaction": sent.transaction, "gas": sent.gas_used}]}

    monkeypatch.setattr(programs, "call", call)
    out = tmp_path / "node.json"
    assert evlock(f"bill make {name} --out {out}")["trades"] == [name]
    evlock.refused(f"bill file {out} --node", 2, "one of them", by="seller")
    assert evlock(f"bill file {out} --node")["gas_used"] < 60_000
    assert evlock(f"bill file {out} --node")["transaction"] is None
    assert "FAIL" not in checks(evlock, str(out)).values()
