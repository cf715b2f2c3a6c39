"""`--crash` and `--silent` say exactly one thing or are refused with what was expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.demo.errors import DemoArgument
from normal_world.demo.faults import (
    NODES,
    PROGRAMS,
    Crash,
    Moment,
    Silence,
    parse_crash,
    parse_silence,
)
from normal_world.demo.mischief import KINDS, Kind, parse_fault

SECONDS = st.integers(0, 600_000).map(lambda ms: ms / 1000)
ORIGINS = st.sampled_from([("", "delivery"), ("sell+", "sell")])
BOARD_PROGRAMS = [program for program in PROGRAMS if program != "chain"]


@given(st.sampled_from(BOARD_PROGRAMS), st.sampled_from(NODES), SECONDS, ORIGINS)
def test_a_crash_names_program_node_and_moment(
    program: str, node: str, seconds: float, origin: tuple[str, str]
) -> None:
    crash = parse_crash(f"{program}:{node}@{origin[0]}{seconds:.3f}")
    assert (crash.program, crash.node) == (program, node)
    assert (crash.at.seconds, crash.at.origin) == (seconds, origin[1])


@given(st.sampled_from(BOARD_PROGRAMS), SECONDS)
def test_the_seller_is_meant_when_no_node_is_named(program: str, seconds: float) -> None:
    assert parse_crash(f"{program}@{seconds}") == Crash(program, "seller", Moment(seconds))


@given(st.sampled_from(NODES), SECONDS)
def test_a_silence_names_node_and_moment(node: str, seconds: float) -> None:
    assert parse_silence(f"{node}@{seconds}") == Silence(node, Moment(seconds))


def test_only_a_delivery_can_fall_silent() -> None:
    with pytest.raises(DemoArgument, match="only delivery"):
        parse_silence("buyer@sell+2")


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    for parse in (parse_crash, parse_silence):
        try:
            fault = parse(text)
        except DemoArgument as error:
            assert "expected" in str(error)
            assert len(str(error).splitlines()) == 1
        else:
            assert 0 <= fault.at.seconds <= 600


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("meter@4", "secured, meterd, noded, chain"),
        ("meterd:neighbour@4", "seller or buyer"),
        ("meterd:@4", "seller or buyer"),
        ("chain:seller@4", "chain@SECONDS"),
        ("meterd", "PROGRAM"),
        ("meterd@-1", "0 to 600 seconds"),
        ("meterd@1e3", "0 to 600 seconds"),
        ("meterd@601", "0 to 600 seconds"),
        ("meterd@nan", "0 to 600 seconds"),
        ("meterd@١", "0 to 600 seconds"),
    ],
)
def test_a_bad_crash_is_told_what_was_expected(text: str, expected: str) -> None:
    with pytest.raises(DemoArgument, match=expected):
        parse_crash(text)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_mischief_has_a_name_a_node_and_a_moment(kind: Kind) -> None:
    fault = parse_fault(kind.name)
    assert (fault.node, fault.at_s) == (kind.node, kind.at_s)
    assert parse_fault(f"{kind.name}:seller@7.5").at == Moment(7.5)
    assert parse_fault(f"{kind.name}@before").at is None
    assert len(kind.text) <= 44  # the list fits 80 columns


@pytest.mark.parametrize(
    "text",
    ["", "sensor", "sensor-scaled:roof", "sensor-scaled@", "sensor-scaled@-1", "bus-nack@nan",
     "bus-nack@601", "bus-nack@5@5"],
)  # fmt: skip
def test_mischief_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(DemoArgument, match="--fault"):
        parse_fault(text)
