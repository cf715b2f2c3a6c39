"""evlock token: balances, purchases, approvals, purses; and what is refused, with advice."""

from collections.abc import Iterator

import pytest

from tests.cli.chain import Network, Typed

METER, STRANGER = "0x" + "61" * 20, "0x" + "62" * 20


@pytest.fixture(scope="module")
def home(deployed: Network) -> Iterator[str]:
    """Account of a household with a meter."""
    yield deployed.person("home")


@pytest.fixture
def typed(evlock: Typed, home: str) -> Typed:
    if evlock(f"contracts enroll --meter {METER} --account {home} --rated-power-w 9") is None:
        assert "MeterKnown" in evlock.error
    return evlock


def test_coins_become_tokens_and_tokens_move(typed: Typed, home: str, deployed: Network) -> None:
    before = typed("token balance", by="home")
    told = typed("token buy --amount 1000", by="home")
    assert (told["bought"], told["gas_used"] > 21_000) == (1000, True)
    typed(f"token transfer --to {STRANGER} --amount 400", by="home")
    after = typed(f"token balance --account {home} --meter {METER}")
    assert after["base_units"] == before["base_units"] + 600
    assert after["purse_in_market"] == after["purse_in_auction"] == 0
    assert typed(f"token balance --account {STRANGER}")["base_units"] == 400


@pytest.mark.parametrize("where", ["market", "auction"])
def test_a_purse_is_filled_and_emptied(typed: Typed, where: str) -> None:
    typed("token buy --amount 500", by="home")
    told = typed(f"token deposit --meter {METER} --amount 500 --in {where}", by="home")
    assert told["deposited"] == 500
    balance = typed(f"token balance --meter {METER}", by="home")
    assert balance[f"purse_in_{where}"] == 500
    typed(f"token withdraw --meter {METER} --amount 500 --in {where}", by="home")
    typed.refused(
        f"token withdraw --meter {METER} --amount 1 --in {where}", 5, "PurseTooSmall", by="home"
    )
    assert "evlock purse deposit" in typed.error


def test_an_approval_is_of_a_contract_by_its_name(typed: Typed, deployed: Network) -> None:
    told = typed("token approve --spender ledger --amount 7", by="home")
    assert told["spender"] == deployed.book.ledger
    typed.refused("token approve --spender nobody --amount 7", 2, "token, registry, market")


def test_who_has_too_little_is_told_what_to_do(typed: Typed, deployed: Network) -> None:
    deployed.person("thrifty")
    by = "thrifty"
    typed.refused(f"token transfer --to {STRANGER} --amount 5", 5, "ERC20InsufficientBal", by=by)
    assert "evlock token buy" in typed.error
    typed.refused(f"token deposit --meter {METER} --amount 5", 7, "STATE-TOKENS", by=by)
    typed.refused(f"token buy --amount {10**30}", 5, "CHAIN-FUNDS", by=by)


def test_another_s_meter_and_no_meter(typed: Typed, deployed: Network) -> None:
    deployed.person("other")
    words = f"token withdraw --meter {METER} --amount 1"
    typed.refused(words, 5, "NotMeterAccount", by="other")
    assert "the meter's own account" in typed.error
    typed("token buy --amount 5", by="other")
    words = f"token deposit --meter {STRANGER} --amount 5"
    typed.refused(words, 5, "MeterNotEnrolled", by="other")
    assert "evlock contracts enroll" in typed.error


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("token buy --amount 0", "--amount"),
        (f"token deposit --meter {METER} --amount {2**128}", "--amount"),
        (f"token deposit --meter {METER} --amount 1 --in cellar", "market or auction"),
        ("token transfer --to market --amount 1", "tokens sent there are lost"),
        ("token transfer --to registry --amount 1", "tokens sent there are lost"),
        ("token transfer --to smart_meter --amount 1", "tokens sent there are lost"),
        ("token deposit --meter 0x12 --amount 1", "40 hexadecimal"),
    ],
)
def test_what_cannot_be_meant(typed: Typed, words: str, told: str) -> None:
    typed.refused(words, 2, told)
