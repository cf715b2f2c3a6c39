"""The JSON form of what meters sign: one strict form, every fault names its field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_world.protocol import (
    FieldInvalid,
    SignedReading,
    SignedReady,
    Terms,
)
from tests.secure_world.test_structures import signed, terms


@given(terms)
def test_json_there_and_back(given_terms: Terms) -> None:
    assert Terms.from_json(given_terms.to_json()) == given_terms


def test_json_shape_of_the_wire() -> None:
    ready = SignedReady(b"\1" * 32, b"\2" * 20, 5, b"\3" * 32, b"\4" * 64)
    assert ready.to_json() == {
        "trade": "0x" + "01" * 32,
        "meter": "0x" + "02" * 20,
        "from": 5,
        "self_check": "0x" + "03" * 32,
        "signature": "0x" + "04" * 64,
    }
    assert list(signed().to_json()) == [
        "trade",
        "meter",
        "from",
        "to",
        "sequence",
        "state",
        "signature",
    ]


BAD_FIELDS: list[tuple[str, Any]] = [
    ("trade", "01" * 32),
    ("trade", "0x" + "01" * 31),
    ("trade", "0x" + "0A" * 32),
    ("trade", "0x0"),
    ("trade", 5),
    ("trade", None),
    ("meter", "0x" + "zz" * 20),
    ("meter", "0x" + "01 " * 20),
    ("from", "5"),
    ("from", 5.0),
    ("from", True),
    ("from", -1),
    ("from", 2**64),
    ("to", 4),
    ("sequence", 2**32),
    ("state", 2),
    ("signature", "0x" + "01" * 65),
]


@pytest.mark.parametrize(("name", "value"), BAD_FIELDS, ids=str)
def test_json_of_the_wrong_form_names_the_field(name: str, value: Any) -> None:
    with pytest.raises(FieldInvalid, match=f"^{name}: ") as caught:
        SignedReading.from_json({**signed().to_json(), name: value})
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_json_with_missing_or_unknown_keys_is_refused() -> None:
    good = signed().to_json()
    without = {key: value for key, value in good.items() if key != "sequence"}
    with pytest.raises(FieldInvalid, match="sequence: missing"):
        SignedReading.from_json(without)
    with pytest.raises(FieldInvalid, match="'extra': unknown"):
        SignedReading.from_json({**good, "extra": 1})


@pytest.mark.parametrize("value", [[], None, "x", 3])
def test_json_that_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(FieldInvalid, match="expected an object"):
        SignedReading.from_json(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["trade", "meter", "from", "to", "sequence"]), json_values))
def test_any_json_is_either_the_message_or_a_field_error(changes: dict[str, Any]) -> None:
    try:
        read = SignedReading.from_json({**signed().to_json(), **changes})
    except FieldInvalid:
        return
    assert read.to_json() == {**signed().to_json(), **changes}
