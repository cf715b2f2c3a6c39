"""A bill by its files alone: what is right passes, and any changed byte is found."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normal_world.bills import canonical
from normal_world.bills.checks import FAIL, OK, Checks
from normal_world.bills.cid import cid_of
from normal_world.bills.document import Bill, Files, write
from normal_world.bills.errors import PageMissing
from normal_world.bills.head import Labels
from normal_world.bills.market_bill import MarketBill
from normal_world.bills.verify import check_files
from secure_world.protocol import DELIVERING
from tests.bills.people import KWH, PRICE, SELLER, head, ledger_bill, market_bill

BILLS: dict[str, Bill] = {"market": market_bill(KWH // 2, KWH + 1), "ledger": ledger_bill()}
FILES: dict[str, Files] = {name: write(bill) for name, bill in BILLS.items()}


def states(document: bytes, page: bytes | None) -> dict[str, str]:
    checks = Checks()
    check_files(document, page, checks)
    return {row.name: row.state for row in checks.rows}


def failing(document: bytes, page: bytes | None) -> set[str]:
    return {name for name, state in states(document, page).items() if state == FAIL}


@pytest.mark.parametrize("kind", FILES)
def test_a_bill_as_it_was_made(kind: str) -> None:
    made = FILES[kind]
    checks = Checks()
    assert check_files(made.document, made.page, checks) == BILLS[kind]
    assert {row.state for row in checks.rows} == {OK}
    assert len(checks.rows) == 10
    assert write(BILLS[kind]) == made  # the same bytes again


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_changed_byte_of_the_json_is_found(data: st.DataObject) -> None:
    made = FILES[data.draw(st.sampled_from(sorted(FILES)))]
    raw = made.document
    at = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != raw[at]))
    other = raw[:at] + bytes((byte,)) + raw[at + 1 :]
    assert failing(other, made.page), other[max(0, at - 40) : at + 40]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_changed_byte_of_the_pdf_is_found(data: st.DataObject) -> None:
    made = FILES[data.draw(st.sampled_from(sorted(FILES)))]
    raw = made.page or b""
    at = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != raw[at]))
    other = raw[:at] + bytes((byte,)) + raw[at + 1 :]
    assert "page's CID" in failing(made.document, other)


Change = Callable[[dict[str, Any]], None]


def put(*path: str | int, value: object) -> Change:
    def change(found: Any) -> None:
        for name in path[:-1]:
            found = found[name]
        assert found[path[-1]] != value
        found[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("kind", "change", "check"),
    [
        ("market", put("lines", 0, "payment", value=1), "energy and payments"),
        ("market", put("lines", 1, "energy_uwh", value=KWH), "energy and payments"),
        ("market", put("lines", 0, "trade", value="0x" + "00" * 32), "trade ids"),
        ("market", put("totals", "payment", value="999999999999999999"), "totals"),
        ("market", put("totals", "saved", value=None), "totals"),
        ("market", put("grid_tariff", value=None), "totals"),
        ("market", put("lines", 0, "terms", "price", value=str(PRICE + 1)), "signatures"),
        ("market", put("lines", 0, "buyer", "to", value=1), "canonical form"),
        ("market", put("lines", 0, "buyer", "to", value=KWH), "signatures"),
        ("market", put("lines", 0, "buyer", "sequence", value=8), "signatures"),
        ("market", put("lines", 0, "buyer", "state", value=0), "readings are FINAL"),
        ("market", put("chain_id", value=1), "signatures"),
        ("market", put("contract", value="0x" + "34" * 20), "trade ids"),
        ("market", put("evlock_bill", value=2), "canonical form"),
        ("market", put("kind", value="ledger"), "canonical form"),
        ("market", put("kind", value=["market"]), "canonical form"),
        ("market", put("labels", "issuer", value="Łukasz"), "canonical form"),
        ("market", put("labels", "issuer", value="Family Miller"), "page names the bill"),
        ("market", put("lines", 0, "block", value=99), "page names the bill"),
        ("market", put("pdf", value="Qm"), "canonical form"),
        ("market", put("pdf", value=None), "page's CID"),
        ("market", put("lines", value=[]), "canonical form"),
        ("market", put("lines", 0, "block", value=1.5), "canonical form"),
        ("market", put("lines", 0, "block", value=True), "canonical form"),
        ("market", put("issuer", value="0x" + "AA" * 20), "canonical form"),
        ("ledger", put("purchases", 0, "cost", value=1), "energy and payments"),
        ("ledger", put("purchases", 0, "energy_uwh", value=1), "energy and payments"),
        ("ledger", put("lines", 0, "number", value=2), "signatures"),
        ("ledger", put("lines", 0, "reading", "from", value=4), "signatures"),
        ("ledger", put("acknowledgements", 0, "energy_uwh", value=4), "totals"),
        ("ledger", put("purchaser", value="0x" + "cc" * 20), "signatures"),
        ("ledger", put("storage", "latitude_e6", value=10**8), "canonical form"),
    ],
)
def test_it_says_what_does_not_match(kind: str, change: Change, check: str) -> None:
    made = FILES[kind]
    found = json.loads(made.document)
    change(found)
    assert check in failing(canonical.encode(found), made.page)


def test_a_page_of_other_numbers_is_found_though_its_cid_fits() -> None:
    other = write(market_bill(KWH))
    found = json.loads(FILES["market"].document)
    assert other.page is not None
    found["pdf"] = cid_of(other.page)
    assert failing(canonical.encode(found), other.page) == {
        "page names the bill",
        "page drawn anew",
    }


def test_a_page_that_names_the_bill_and_shows_other_numbers_is_found() -> None:
    made = FILES["market"]
    assert made.page is not None
    forged = made.page.replace(b"token for 1.5", b"token for 2.5")
    assert forged != made.page
    found = json.loads(made.document)
    found["pdf"] = cid_of(forged)
    assert failing(canonical.encode(found), forged) == {"page drawn anew"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"kind":"market","evlock_bill":1}',
        b"[" * 100_000,
        b'{"evlock_bill":1,"kind":"market","lines":' + b"9" * 10_000 + b"}",
        b" " * 200_000,
        b'{"kind":NaN}',
    ],
)
def test_what_is_no_bill(raw: bytes) -> None:
    assert failing(raw, None) == {"canonical form"}


def test_other_json_of_the_same_bill_is_not_canonical() -> None:
    made = FILES["market"]
    spaced = json.dumps(json.loads(made.document)).encode()
    twice = made.document.replace(b'{"chain_id":31337,', b'{"chain_id":31337,"chain_id":31337,', 1)
    for other in (spaced, twice):
        assert "canonical form" in failing(other, made.page)


def test_a_reading_that_is_not_final_and_one_of_another_meter() -> None:
    bill = market_bill()
    (line,) = bill.lines
    trade = bill.trades()[0]
    early = SELLER.sign(trade, 1, 9, bill.head.where, DELIVERING)
    made = write(MarketBill(bill.head, (replace(line, seller=early),)))
    assert failing(made.document, made.page) == {"readings are FINAL"}
    other = SELLER.sign(trade, 1, 9, bill.head.where)
    made = write(MarketBill(bill.head, (replace(line, buyer=other),)))
    assert failing(made.document, made.page) == {"signatures"}


def test_no_trade_is_billed_twice() -> None:
    bill = market_bill()
    made = write(MarketBill(bill.head, bill.lines * 2))
    assert failing(made.document, made.page) == {"each trade once"}


def test_without_its_page_that_is_not_checked() -> None:
    found = states(FILES["market"].document, None)
    assert {found[name] for name in found if name.startswith("page")} == {"not checked"}
    assert FAIL not in found.values()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 2**63), min_size=1, max_size=16),
    st.none() | st.integers(0, 2**96 - 1),
    st.text("aä€-z ", max_size=60),
)
def test_whatever_was_traded(energies: list[int], tariff: int | None, name: str) -> None:
    labels = Labels("2026-11-21", name, name)
    made = write(market_bill(*energies, top=head(labels, tariff)))
    assert not failing(made.document, made.page)


@pytest.mark.parametrize("kind", FILES)
def test_numbers_beyond_doubles_are_texts(kind: str) -> None:
    totals = json.loads(FILES[kind].document)["totals"]
    assert isinstance(totals["payment"], str) and isinstance(totals["energy_uwh"], int)
    assert int(totals["at_tariff"]) - int(totals["payment"]) == int(totals["saved"])


def test_without_the_library_there_is_no_page_and_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("reportlab", "reportlab.pdfgen.canvas"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(PageMissing, match="evlock\\[bills\\]"):
        write(BILLS["market"])
    bare = write(BILLS["market"], with_page=False)
    assert bare.page_cid is None
    assert set(states(bare.document, None).values()) == {OK, "not checked"}
    assert "page's CID" in failing(bare.document, FILES["market"].page)
