"""evlock operator: prices, trust, rewards for signed production, energy for tokens."""

from collections.abc import Iterator
from typing import Any

import pytest

from normal_world.cli.main import run
from normal_world.scenario.claims import sign_production
from tests.cli.chain import ETHER, Network, Typed

PRICE, REWARD = 3 * 10**17, 8 * 10**16
UINT96 = 2**96 - 1


@pytest.fixture(scope="module")
def meter(deployed: Network) -> Iterator[str]:
    """A meter whose account is its own key's."""
    account = deployed.person("meter")
    book = str(deployed.folder / "contracts.json")
    words = ["contracts", "enroll", "--meter", account, "--account", account, "--json"]
    words += ["--rated-power-w", "2300", "--rpc", deployed.url, "--book", book]
    assert run(words) == 0
    yield account


def report(deployed: Network, **changes: Any) -> str:
    """Words that report a production that the meter's key signed."""
    book = deployed.book
    signed: dict[str, Any] = {"number": 1, "min_reward": 0, "consumer": book.operator}
    signed |= {"interval_uwh": (0, 1_000_000), "chain_id": deployed.chain.chain_id}
    signed |= {"registry": book.registry, "by": "meter"}
    signed |= changes
    key = deployed.key(signed.pop("by"))
    r, vs = sign_production(key, **signed)
    begin, end = signed["interval_uwh"]
    return (
        f"operator report-production --meter {deployed.key('meter').public_key.to_address()} "
        f"--from-uwh {begin} --to-uwh {end} --number {signed['number']} "
        f"--min-reward {signed['min_reward']} --signature 0x{(r + vs).hex()}"
    )


def test_prices_are_the_owner_s_to_set(deployed: Network, evlock: Typed) -> None:
    assert evlock("operator show")["price"] == PRICE
    assert evlock(f"operator set-price --price {PRICE + 1}")["price"] == PRICE + 1
    assert evlock("operator show")["price"] == PRICE + 1
    evlock(f"operator set-price --price {PRICE}")
    evlock(f"operator set-reward --reward {REWARD}")
    deployed.person("stranger")
    for words in ("set-price --price 1", "set-reward --reward 1", "trust", "untrust"):
        evlock.refused(f"operator {words}", 5, "OwnableUnauthorizedAccount", by="stranger")
        assert "owner's key" in evlock.error


def test_production_is_rewarded_once(deployed: Network, evlock: Typed, meter: str) -> None:
    evlock.refused(report(deployed), 5, "ReserveShort")
    assert "evlock operator fund" in evlock.error
    evlock(f"token buy --amount {ETHER}")
    assert evlock(f"operator fund --amount {ETHER}")["reserve"] == ETHER
    told = evlock(report(deployed))
    assert (told["energy_uwh"], told["paid"]) == (1_000_000, REWARD // 1000)
    assert evlock(f"token balance --account {meter}")["base_units"] == REWARD // 1000
    evlock.refused(report(deployed), 5, "IntervalClaimed")  # replayed
    assert "claimedUpTo" in evlock.error


@pytest.mark.parametrize(
    ("changes", "told", "advice"),
    [
        ({"by": "stranger"}, "ClaimSignatureInvalid", "another key"),
        ({"chain_id": 8217}, "ClaimSignatureInvalid", "chain"),
        ({"registry": "0x" + "77" * 20}, "ClaimSignatureInvalid", "registry"),
        ({"consumer": "0x" + "77" * 20}, "ClaimSignatureInvalid", "another use"),
        ({"min_reward": UINT96}, "RewardBelowBound", "better reward"),
        ({"interval_uwh": (2_000_000, 2**63)}, "ClaimTooLarge", "more blocks"),
        ({"interval_uwh": (9_000_000, 9_000_000)}, "NothingProduced", "exported"),
        ({"interval_uwh": (9_000_000, 8_000_000)}, "NothingProduced", "exported"),
    ],
)
def test_reports_that_are_refused(
    deployed: Network, evlock: Typed, meter: str, changes: dict[str, Any], told: str, advice: str
) -> None:
    deployed.person("stranger")
    evlock.refused(report(deployed, **changes), 5, told)
    assert advice in evlock.error


def test_an_operator_that_trusts_nobody_rewards_nobody(
    deployed: Network, evlock: Typed, meter: str
) -> None:
    evlock("operator untrust")
    assert evlock("operator show")["trusted"] is False
    evlock.refused(report(deployed, interval_uwh=(1_000_000, 1_000_001)), 5, "NotTrusted")
    assert "evlock operator trust" in evlock.error
    evlock.refused("operator untrust", 5, "NotTrusted")
    evlock("operator trust")
    evlock.refused("operator trust", 5, "AlreadyTrusted")


def test_energy_is_bought_at_no_more_than_the_bound(deployed: Network, evlock: Typed) -> None:
    deployed.person("buyer")
    words = f"operator buy-energy --energy-uwh 1000 --max-price {PRICE}"
    evlock.refused(words, 7, "STATE-TOKENS", by="buyer")
    evlock(f"token buy --amount {ETHER}", by="buyer")
    told = evlock(words, by="buyer")
    assert told["paid"] == 1000 * PRICE // 10**9
    words = f"operator buy-energy --energy-uwh 1000 --max-price {PRICE - 1}"
    evlock.refused(words, 5, "PriceAboveBound", by="buyer")
    evlock("operator set-price --price 0")
    evlock.refused(words, 5, "PriceUnset", by="buyer")
    assert "evlock operator set-price" in evlock.error
    evlock(f"operator set-price --price {PRICE}")


def test_the_reserve_is_the_owner_s(deployed: Network, evlock: Typed) -> None:
    account = deployed.person("owner's friend")
    evlock("token buy --amount 50")
    evlock("operator fund --amount 50")
    assert evlock(f"operator withdraw --to {account} --amount 50")["withdrawn"] == 50
    evlock.refused(
        f"operator withdraw --to {account} --amount {2**128 - 1}", 5, "ERC20InsufficientBalance"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (f"operator set-price --price {UINT96 + 1}", "--price"),
        ("operator set-reward --reward -1", "--reward"),
        ("operator buy-energy --energy-uwh 0 --max-price 1", "--energy-uwh"),
        (f"operator buy-energy --energy-uwh {2**64} --max-price 1", "--energy-uwh"),
        ("operator trust --smart-meter nobody", "smart_meter"),
    ],
)
def test_what_cannot_be_meant(evlock: Typed, words: str, told: str) -> None:
    evlock.refused(words, 2, told)


def test_the_demo_earns_what_it_spends(evlock: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["operator", "demo"]) == 0
    out = capsys.readouterr().out
    for words in ("IntervalClaimed", "ClaimSignatureInvalid", "made for this demo"):
        assert words in out
    assert max(map(len, out.splitlines())) <= 80
