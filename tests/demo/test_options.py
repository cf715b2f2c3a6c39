"""Bad options are refused in one line before anything is started."""

import socket
from pathlib import Path
from typing import Any

import pytest

from normal_world.demo.errors import DemoArgument
from normal_world.demo.home import EPHEMERAL, Home, free_ports
from tests.demo.test_result import options


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount_uwh": 999}, "1000 to 100000000"),
        ({"amount_uwh": 100_000_001}, "1000 to 100000000"),
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


def test_ports_are_different_free_and_never_taken_by_a_connection() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert max(ports) < int(EPHEMERAL.read_text().split()[0])
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()
