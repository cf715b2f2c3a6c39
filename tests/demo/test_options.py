"""Bad options are refused in one line before anything is started."""

from pathlib import Path
from typing import Any

import pytest

from normal_world.demo.errors import DemoArgument
from normal_world.demo.home import Home
from tests.demo.test_result import options


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount_uwh": 999}, "1000 to 5000000"),
        ({"amount_uwh": 5_000_001}, "1000 to 5000000"),
        ({"seed": -1}, "--seed"),
        ({"price": 0}, "--price"),
        ({"pause_s": -0.1}, "0 to 60"),
        ({"pause_s": float("nan")}, "0 to 60"),
        ({"chain": "mainnet"}, "embedded or anvil"),
        ({"rpc": "ftp://x"}, "http://HOST:PORT"),
        ({"rpc": "localhost:8545"}, "http://HOST:PORT"),
        ({"crash": ["chain@3"], "chain": "anvil"}, "only the embedded chain"),
        ({"crash": ["chain@3"], "rpc": "http://127.0.0.1:8545"}, "only the embedded chain"),
        ({"funding_key": Path("key")}, "together with --rpc"),
        ({"home": Path("/")}, "exists already"),
    ],
)
def test_a_bad_option_says_what_was_expected(change: dict[str, Any], expected: str) -> None:
    with pytest.raises(DemoArgument, match=expected):
        options(**change)


def test_the_limits_themselves_are_good() -> None:
    assert options(amount_uwh=1_000).amount_uwh == 1_000
    assert options(amount_uwh=5_000_000).limit_s() > 5_000_000 * 0.0036 / 12


def test_a_home_too_deep_for_sockets_is_refused_with_its_path(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    with pytest.raises(ValueError, match="shorter folder"):
        Home.make(deep)
    assert not deep.exists()
