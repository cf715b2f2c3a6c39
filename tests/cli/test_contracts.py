"""evlock contracts: deploy, again, cut off; show and verify; enrol and fund."""

import json
from pathlib import Path

import pytest

from normal_world.chain.deployment_plan import ALL, SETTINGS
from normal_world.chain.operator import node_operator
from normal_world.cli.main import run
from tests.cli.chain import Network, Typed

METER, ACCOUNT = "0x" + "51" * 20, "0x" + "52" * 20


def test_a_deployment_tells_each_step_and_what_it_cost(
    deployed: Network, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "mine.json"
    assert run(["contracts", "deploy", "--rpc", deployed.url, "--book", str(book)]) == 0
    told = capsys.readouterr()
    assert len(told.err.splitlines()) == len(ALL) + len(SETTINGS)
    assert all(line.endswith(" gas") for line in told.err.splitlines())
    assert f"transactions        {len(ALL) + len(SETTINGS)}" in told.out
    assert json.loads(book.read_text())["auction"] in told.out


def test_again_it_says_that_all_is_there(
    deployed: Network, evlock: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    before = deployed.chain.nonce(node_operator(deployed.chain).account)
    assert "all is there, nothing changed" in evlock.text("contracts deploy")
    assert evlock("contracts deploy")["steps"] == []
    assert deployed.chain.nonce(node_operator(deployed.chain).account) == before


def test_shown_contracts_are_verified_byte_for_byte(deployed: Network, evlock: Typed) -> None:
    told = evlock("contracts show")
    assert told["verified_at"] == deployed.url
    path = deployed.folder / "contracts.json"
    honest = path.read_text()
    try:
        path.write_text(json.dumps(json.loads(honest) | {"market": deployed.book.ledger}))
        evlock.refused("contracts show", 5, "CHAIN-CODE-DIFFERS")
        path.write_text(json.dumps(json.loads(honest) | {"trade_blocks": 5}))
        evlock.refused("contracts show", 5, "tradeBlocks is 3600, expected 5")
    finally:
        path.write_text(honest)


def test_a_network_is_not_taken_for_another(evlock: Typed) -> None:
    for words in ("contracts deploy", "contracts fund --wei 1 --account " + ACCOUNT):
        evlock.refused(f"{words} --network kairos", 5, "CHAIN-WRONG-ID")
        evlock.refused(f"{words} --network moon", 2, "mainnet, kairos, private")
    assert evlock("contracts deploy --network dev") is not None


def test_numbers_of_a_network_do_not_change(evlock: Typed) -> None:
    evlock.refused("contracts deploy --report-blocks 77", 2, "--report-blocks 77")


def test_a_meter_is_enrolled_once(evlock: Typed) -> None:
    words = f"contracts enroll --meter {METER} --account {ACCOUNT} --rated-power-w 9"
    told = evlock(f"{words} --fund-wei 5")
    assert (told["meter"], told["gas_used"] > 21_000) == (METER, True)
    evlock.refused(words, 5, "MeterKnown")
    assert "enrolled once for good" in evlock.error


def test_who_is_not_the_owner_is_told_to_sign_as_the_owner(
    deployed: Network, evlock: Typed
) -> None:
    deployed.person("stranger")
    words = f"contracts enroll --meter {ACCOUNT} --account {ACCOUNT} --rated-power-w 9"
    evlock.refused(words, 5, "OwnableUnauthorizedAccount", by="stranger")
    assert "--key" in evlock.error


def test_who_has_no_coins_is_told_so(deployed: Network, evlock: Typed) -> None:
    account = deployed.person("poor", wei=0)
    evlock.refused(f"contracts fund --account {METER} --wei 1", 5, "CHAIN-FUNDS", by="poor")
    assert account in evlock.error
