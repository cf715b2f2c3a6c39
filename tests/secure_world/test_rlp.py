"""RLP: the standard's examples, every value there and back, and one encoding for a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_world import rlp
from secure_world.errors import RlpInvalid

LOREM = b"Lorem ipsum dolor sit amet, consectetur adipisicing elit"
# Examples of ethereum.org's page on RLP and of the Yellow Paper's test set.
VECTORS = [
    (b"dog", "83646f67"),
    ([b"cat", b"dog"], "c88363617483646f67"),
    (b"", "80"),
    ([], "c0"),
    (b"\x00", "00"),
    (b"\x0f", "0f"),
    (b"\x7f", "7f"),
    (b"\x80", "8180"),
    (b"\x04\x00", "820400"),
    ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
    (LOREM, "b838" + LOREM.hex()),
    (b"\x00" * 1024, "b90400" + "00" * 1024),
    ([b"a" * 54, b""], "f838b6" + "61" * 54 + "80"),
]
# Every rule of appendix B broken once.
NON_CANONICAL = {
    "nothing": "",
    "wrapped small byte": "8100",
    "wrapped 0x7f": "817f",
    "short string with long prefix": "b801ff",
    "55 bytes with long prefix": "b837" + "ff" * 55,
    "length with a leading zero": "b90038" + "ff" * 56,
    "long prefix without length": "b8",
    "length cut off": "b904",
    "string cut off": "83646f",
    "short list with long prefix": "f800",
    "list of 55 with long prefix": "f837" + "01" * 55,
    "list length with a leading zero": "f90038" + "01" * 56,
    "list cut off": "c883636174",
    "item past the end of its list": "c28363617483646f67",
    "trailing byte": "83646f6700",
    "trailing item": "c0c0",
    "length of eight bytes": "bfffffffffffffffff00",
    "nested too deep": "c7c6c5c4c3c2c1c0",
}

items = st.recursive(
    st.binary(max_size=80), lambda inner: st.lists(inner, max_size=5), max_leaves=30
)


@pytest.mark.parametrize(("item", "data"), VECTORS)
def test_vectors(item: rlp.Item, data: str) -> None:
    assert rlp.encode(item).hex() == data
    assert rlp.decode(bytes.fromhex(data)) == item


@pytest.mark.parametrize("name", NON_CANONICAL)
def test_refuses_what_is_not_canonical(name: str) -> None:
    with pytest.raises(RlpInvalid):
        rlp.decode(bytes.fromhex(NON_CANONICAL[name]))


def depth(item: rlp.Item) -> int:
    return 0 if isinstance(item, bytes) else 1 + max([depth(part) for part in item], default=0)


@given(items)
def test_round_trip(item: rlp.Item) -> None:
    data = rlp.encode(item)
    if depth(item) <= rlp.MAX_DEPTH:
        assert rlp.decode(data) == item
    else:
        with pytest.raises(RlpInvalid, match="nested"):
            rlp.decode(data)


@given(st.binary(max_size=200))
def test_what_is_read_has_no_second_form(data: bytes) -> None:
    try:
        item = rlp.decode(data)
    except RlpInvalid:
        return
    assert rlp.encode(item) == data


@given(items, st.data())
def test_no_changed_byte_reads_as_the_same(item: rlp.Item, data: st.DataObject) -> None:
    good = rlp.encode(item)
    place = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[place] ^= data.draw(st.integers(1, 255))
    try:
        assert rlp.decode(bytes(bad)) != item
    except RlpInvalid:
        return


@given(st.integers(0, 2**256 - 1))
def test_integers_there_and_back(value: int) -> None:
    assert rlp.decode_uint(rlp.encode_uint(value), 256) == value


@pytest.mark.parametrize(
    ("item", "bits"),
    [(b"\0", 8), (b"\0\1", 16), (b"\1\0", 8), (b"\x80", 7), (b"\1" + b"\0" * 32, 256), ([], 8)],
)
def test_refuses_integers_out_of_form_or_range(item: rlp.Item, bits: int) -> None:
    with pytest.raises(RlpInvalid):
        rlp.decode_uint(item, bits)
