"""Both ways of dispatch.py give the same bytes, and neither takes what the other does not."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from secure_world import dispatch, quick
from secure_world.commands import (
    LAYOUTS,
    Command,
    Count,
    Empty,
    OpenTrade,
    Register,
    Role,
    SignReading,
)
from secure_world.envelope import decode_request, decode_response, encode_request
from secure_world.errors import SecureWorldRefused
from secure_world.protocol import EXPORT, Reading
from secure_world.rlp import encode
from tests.secure_world.rig import CHAIN, MARKET, Rig
from tests.secure_world.temporary import fresh_folder
from tests.secure_world.test_trades import TRADE, opened, read

U64 = st.integers(0, 2**64 - 1) | st.integers(0, 300)
IN_RIG = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def reading(number: int, *totals: int) -> bytes:
    return encode_request(Command.SIGN_READING, number, SignReading(TRADE.trade, False, *totals))


@IN_RIG
@given(number=U64, session=U64, imported=U64, exported=U64)
@example(number=0, session=0, imported=0, exported=0)
@example(number=2**64 - 1, session=2**64 - 1, imported=2**64 - 1, exported=2**64 - 1)
def test_what_is_served_quickly_is_what_the_layouts_say(
    rig: Rig, number: int, session: int, imported: int, exported: int
) -> None:
    """The register is out of the way: here a request's numbers count, not what they do."""
    rig.clock.pass_s(10**6)
    known = rig.device.register.read()
    request = encode_request(Command.COUNT, number, Count(session, imported, exported))
    quickly = quick.answer(rig.device, request)
    rig.device.undo()
    (slowly,) = dispatch.answers(rig.device, [(Role.ADMIN, request)])
    assert decode_response(slowly, number)[0] == 5  # another role: the general way refuses it
    if quickly is None:
        with pytest.raises(SecureWorldRefused):
            rig.ask(Role.METER, Command.COUNT, Count(session, imported, exported))
        return
    status, fields = decode_response(quickly, number)
    assert status == 0
    assert Register.from_rlp(fields) == Register(
        known.import_uwh + imported, known.export_uwh + exported
    )


@given(
    from_uwh=st.integers(0, 2**63 - 1),
    more_uwh=st.integers(0, 2**40),
    sequence=st.integers(1, 2**32 - 1),
    chain=st.integers(1, 2**63 - 1),
    market=st.binary(min_size=20, max_size=20),
    trade=st.binary(min_size=32, max_size=32),
)
def test_the_digest_is_that_of_the_structure(
    from_uwh: int, more_uwh: int, sequence: int, chain: int, market: bytes, trade: bytes
) -> None:
    from secure_world.device import Keys
    from secure_world.trades import Trade
    from tests.secure_world.rig import BUNDLE

    keys = Keys.of(BUNDLE)
    terms = OpenTrade(chain, market, trade, EXPORT, 1, b"\1" * 20, b"\2" * 32)
    paper = quick.Paper(Trade(None, terms, from_uwh, 1), keys)  # type: ignore[arg-type]
    whole = Reading(trade, keys.meter, from_uwh, from_uwh + more_uwh, sequence, 0)
    assert paper.digest(from_uwh + more_uwh, sequence) == whole.digest(chain, market)


def test_a_quick_reading_is_a_good_one(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(rig)
    first = read(rig, 5)  # verified by its signature there
    monkeypatch.setattr(quick, "answer", lambda device, data: None)
    second = read(rig, 5)
    assert first.replace(sequence=2, signature=second.signature) == second


@pytest.mark.parametrize("why", ["locked", "ended", "unknown", "no keys"])
def test_what_would_be_refused_is_not_served_quickly(why: str) -> None:
    rig = Rig(fresh_folder(), provisioned=why != "no keys")
    if why != "no keys":
        opened(rig)
    if why == "locked":
        rig.device.lock(True)
    elif why == "ended":
        read(rig, 1, final=True)
    elif why == "unknown":
        rig.device.trades.load()
        rig.device.store.write("DELETE FROM trade")
        rig.device.trades.load()
    before = rig.device.register.read()
    assert quick.answer(rig.device, reading(1, 1, 0, 7)) is None
    assert rig.device.register.read() == before
    rig.device.close()


USUAL = [reading(300, 2**40, 3, 2**20), encode_request(Command.COUNT, 7, Count(1, 2, 2**33))]


@settings(parent=IN_RIG, max_examples=1500)
@given(base=st.sampled_from(USUAL), at=st.integers(0, 90), cut=st.integers(0, 3), put=st.binary())
@example(base=USUAL[1], at=3, cut=1, put=b"\x81\x07")  # a small integer in two bytes
@example(base=USUAL[1], at=3, cut=1, put=b"\x00")
@example(base=USUAL[1], at=1, cut=1, put=b"\x81\x03")
def test_no_other_form_is_taken(rig: Rig, base: bytes, at: int, cut: int, put: bytes) -> None:
    """Whatever the quick way takes, the general way reads, and writes again as the same bytes."""
    opened(rig) if rig.device.trades.get(TRADE.trade) is None else None
    rig.clock.pass_s(10**6)
    changed = base[:at] + put[:3] + base[at + cut :]
    if quick.answer(rig.device, changed) is None:
        return
    number, code, fields = decode_request(changed)
    request = LAYOUTS[Command(code)].request.from_rlp(fields)
    assert encode_request(Command(code), number, request) == changed


@IN_RIG
@given(items=st.recursive(st.binary(max_size=9), lambda inner: st.lists(inner, max_size=6)))
def test_no_list_at_all_disturbs_it(rig: Rig, items: list[bytes]) -> None:
    for command in (Command.COUNT, Command.SIGN_READING):
        quick.answer(rig.device, encode([b"\3", bytes([command]), b"", items]))
        quick.answer(rig.device, encode(items))
    assert rig.ask(Role.NODE, Command.INFO, Empty()).provisioned


def test_the_chain_and_market_are_the_trades(rig: Rig) -> None:
    ready = opened(rig)
    ready.verify(CHAIN, MARKET)
    read(rig, 1).verify(CHAIN, MARKET)
