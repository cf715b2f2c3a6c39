"""A24: every function called by everyone, compared with what is kept.

If one fails after a change that was meant: `python -m tests.contracts.access --write`.
"""

import pytest

import contracts
from tests.contracts import access
from tests.contracts.abi import NAMES
from tests.contracts.access_states import prepare
from tests.contracts.access_world import Cast


@pytest.fixture(scope="module")
def matrix() -> access.Matrix:
    return access.measure()


def test_everyone_may_what_is_kept(matrix: access.Matrix) -> None:
    assert matrix == access.kept()


def test_the_table_says_what_is_kept() -> None:
    assert access.page_with(access.table(access.kept())) == access.PAGE.read_text(encoding="utf-8")


def test_somebody_may_everything(matrix: access.Matrix) -> None:
    """Each function was called in a state in which it works."""
    for rows in matrix.values():
        for function, row in rows.items():
            assert "ok" in row.values(), function


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_way_in_but_the_functions(name: str) -> None:
    """No fallback and no receive; no two functions of one name, of which one would hide."""
    abi = contracts.load(name)["abi"]
    assert not [e for e in abi if e["type"] in ("fallback", "receive")]
    assert len(access.functions(name)) == len(set(access.functions(name)))
    assert set(access.functions(name)) == set(access.kept()[name])


def test_a_function_without_a_row_is_an_error() -> None:
    """`_put`, as if it were not internal any more."""
    with pytest.raises(KeyError, match="_put"):
        prepare(Cast(), "EnergyMarket", "_put")
