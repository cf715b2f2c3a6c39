"""A relay over the real contracts: batches, bad orders among good ones, death at every step."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normal_world.auction.relay import books as states
from normal_world.auction.relay.books import MAX_TRIES, Books, Spent
from normal_world.auction.relay.client import RelayClient
from normal_world.auction.relay.errors import PlacementRefused
from normal_world.auction.relay.placement import packed, read
from normal_world.auction.relay.relay import Limits
from normal_world.chain.address_book import AddressBook
from normal_world.chain.bindings import auction
from normal_world.chain.bindings.auction import Placement
from normal_world.chain.operator import Operator
from normal_world.errors import ChainUnreachable, ConfigError
from tests.auction.relays import Bidder, Desk, bidders, placed
from tests.auction.street import WINDOWS, Miner
from tests.auction.test_worker import Death
from tests.chain.tools import mine

Network = tuple[Miner, AddressBook]
MANY = 24


@pytest.fixture
def desk(network: Network, tmp_path: Path) -> Iterator[Desk]:
    operator, book = network
    made = Desk(operator.chain, book, tmp_path).start()
    yield made
    made.stop()


def pay_alone(desk: Desk, one: Bidder, slot: int) -> None:
    """Its order placed by its own account."""
    hand = Operator(desk.chain, one.account.address, one.account.key)
    hand.submit(desk.book.auction, auction.place(slot, [one.placement]))


def refusal(desk: Desk, slot: int, data: bytes) -> str:
    with pytest.raises(PlacementRefused) as caught:
        desk.relay.place(slot, data)
    return caught.value.code


def test_orders_of_many_go_in_one_transaction(desk: Desk, network: Network) -> None:
    found, slot = bidders(*network, desk.folder, MANY)
    for one in found:
        assert desk.relay.place(slot, one.data).state == "waiting"
    desk.turn(2)
    ((transaction, meters),) = placed(desk.chain, desk.book, slot).items()
    assert meters == [one.id for one in found]
    fate = desk.relay.state(slot, found[3].id)
    assert (fate.state, fate.transaction) == ("sent", None)
    desk.turn()
    assert {desk.relay.state(slot, one.id) for one in found} == {("placed", "", transaction)}
    total = desk.relay.show()["total"]
    receipt = desk.chain.receipt(transaction)
    assert receipt is not None
    assert total == {
        "batches": 1,
        "orders": MANY,
        "gas_used": receipt.gas_used,
        "wei": receipt.gas_used * receipt.gas_price,
    }
    assert receipt.gas_used < 33_000 * MANY
    assert desk.relay.place(slot, found[0].data).state == "placed"  # asked again, much later


def test_a_full_batch_is_sent_at_once_and_the_rest_at_the_margin(
    desk: Desk, network: Network
) -> None:
    desk.stop()
    desk.limits = Limits(batch=3, margin=2)
    desk.start()
    found, slot = bidders(*network, desk.folder, 7)
    for one in found:
        desk.relay.place(slot, one.data)
    desk.turn()
    assert [len(meters) for meters in placed(desk.chain, desk.book, slot).values()] == [3, 3]
    assert desk.relay.state(slot, found[6].id).state == "waiting"
    mine(desk.chain, WINDOWS.clear_from(slot) - 2 - desk.chain.head())
    desk.turn()
    batches = [*placed(desk.chain, desk.book, slot).values()]
    assert [meter for batch in batches for meter in batch] == [one.id for one in found]


def test_one_bad_order_among_many_is_found_and_dropped(desk: Desk, network: Network) -> None:
    """It was good when it came: then its owner placed it alone, in front of the batch."""
    found, slot = bidders(*network, desk.folder, 9)
    for one in found:
        desk.relay.place(slot, one.data)
    pay_alone(desk, found[4], slot)
    mine(desk.chain)
    desk.turn(2)
    own, together = placed(desk.chain, desk.book, slot).values()
    assert own == [found[4].id]
    assert together == [one.id for one in found if one is not found[4]]
    fate = desk.relay.state(slot, found[4].id)
    assert fate.state == "refused"
    assert fate.reason.startswith("PLACE-GIVEN")
    assert "OrderGiven" in fate.reason


def test_a_batch_that_reverts_in_its_block_goes_again_without_the_cause(
    desk: Desk, network: Network
) -> None:
    found, slot = bidders(*network, desk.folder, 4)
    for one in found:
        desk.relay.place(slot, one.data)
    mine(desk.chain)
    _front_run(desk, found[1], slot)
    desk.turn(3)
    placings = list(placed(desk.chain, desk.book, slot).values())
    assert placings == [[found[1].id], [found[0].id, found[2].id, found[3].id]]
    batches = desk.relay.show()["batches"]
    assert [(one["state"], one["orders"]) for one in batches] == [("placed", 3), ("failed", 4)]
    assert batches[1]["gas_used"] > 21_000  # a revert is paid for too


def _front_run(desk: Desk, one: Bidder, slot: int) -> None:
    """Once, right before the relay's transaction reaches the node."""
    send = desk.chain.send_raw

    def first(signed: bytes) -> str:
        desk.chain.__dict__.pop("send_raw", None)
        pay_alone(desk, one, slot)
        return send(signed)

    desk.chain.__dict__["send_raw"] = first


def test_what_cannot_be_placed_is_refused_by_name(desk: Desk, network: Network) -> None:
    (one, other), slot = bidders(*network, desk.folder, 2)

    def changed(**fields: Any) -> bytes:
        return packed(one.placement._replace(**fields))

    assert refusal(desk, slot, b"") == "PLACE-FORM"
    assert refusal(desk, slot, one.data + b"\0") == "PLACE-FORM"
    assert refusal(desk, slot, b"\xff" * 256) == "PLACE-FORM"
    assert refusal(desk, slot, changed(direction=2)) == "PLACE-FORM"
    assert refusal(desk, slot, changed(to=one.placement.from_)) == "PLACE-FORM"
    assert refusal(desk, slot, changed(price=1)) == "PLACE-SIGNATURE"
    assert refusal(desk, slot, changed(meter=other.id)) == "PLACE-SIGNATURE"
    assert refusal(desk, slot + 1, one.data) == "PLACE-SIGNATURE"
    assert refusal(desk, slot, changed(salt=8)) == "PLACE-COMMITMENT"
    assert desk.books.waiting_slots() == []
    assert desk.relay.place(slot, one.data).state == "waiting"
    assert refusal(desk, slot, changed(salt=8)) == "PLACE-OTHER"
    pay_alone(desk, other, slot)
    mine(desk.chain)
    assert refusal(desk, slot, other.data) == "PLACE-GIVEN"


def test_a_stranger_with_a_key_of_its_own_is_not_served(desk: Desk, network: Network) -> None:
    (one,), slot = bidders(*network, desk.folder, 1)
    strange = dataclasses.replace(one.meter, key=one.account.key, claimed=[0, 0], given={})
    at = bytes.fromhex(desk.book.auction[2:])
    claim = strange.sign_claim(desk.book.chain_id, 0, at, slot, 5)
    ends, meter = (claim.from_uwh, claim.to_uwh), one.account.address
    made = Placement(meter, 0, *ends, 5, 0, claim.signature[:32], claim.signature[32:])
    assert refusal(desk, slot, packed(made)) == "PLACE-METER"


def test_outside_the_window_nothing_is_taken(desk: Desk, network: Network) -> None:
    (one,), slot = bidders(*network, desk.folder, 1)
    mine(desk.chain, WINDOWS.clear_from(slot) - 1 - desk.chain.head())
    assert refusal(desk, slot, one.data) == "PLACE-WINDOW"  # a transaction would come too late
    assert desk.relay.state(slot, one.id).state == "unknown"


def test_what_could_not_be_sent_in_time_is_refused(desk: Desk, network: Network) -> None:
    (one,), slot = bidders(*network, desk.folder, 1)
    desk.relay.place(slot, one.data)
    mine(desk.chain, WINDOWS.clear_from(slot) - desk.chain.head())
    desk.turn()
    fate = desk.relay.state(slot, one.id)
    assert (fate.state, fate.reason[:10]) == ("refused", "PLACE-LATE")


class Mortal:
    """Dies once before and once after each call that keeps or sends something."""

    CALLS = frozenset("add make_batch end_batch refuse put step".split())

    def __init__(self, part: Any, died: set[tuple[str, str]]) -> None:
        self._part, self._died = part, died

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name not in self.CALLS:
            return found

        def wrapped(*given: Any, **named: Any) -> Any:
            self._die(name, "before")
            result = found(*given, **named)
            self._die(name, "after")
            return result

        return wrapped

    def _die(self, name: str, when: str) -> None:
        if (name, when) not in self._died:
            self._died.add((name, when))
            raise Death(name)


def test_killed_before_and_after_every_step_it_places_each_order_once(
    desk: Desk, network: Network
) -> None:
    died: set[tuple[str, str]] = set()
    desk.stop()
    desk.wrap = lambda _name, part: Mortal(part, died)
    desk.start()
    found, slot = bidders(*network, desk.folder, 5)

    def until_done(action: Any) -> Any:
        for _ in range(20):
            try:
                return action()
            except Death:
                desk.stop()
                desk.start()
        raise AssertionError("it never gets through")

    for one in found:
        until_done(lambda one=one: desk.relay.place(slot, one.data))
    pay_alone(desk, found[2], slot)
    mine(desk.chain)
    for _ in range(3):
        until_done(lambda: desk.relay.step())
        mine(desk.chain)
    until_done(lambda: desk.relay.step())
    assert {name for name, _ in died} == Mortal.CALLS
    assert len(died) == 2 * len(Mortal.CALLS)
    own, together = placed(desk.chain, desk.book, slot).values()
    assert own == [found[2].id]
    assert together == [one.id for one in found if one is not found[2]]
    assert desk.chain.nonce(desk.account.address) == 1
    assert desk.relay.state(slot, found[0].id).state == "placed"


def test_a_node_that_is_answered_by_an_older_incarnation_is_not_forgotten(
    desk: Desk, network: Network
) -> None:
    (one,), slot = bidders(*network, desk.folder, 1)
    desk.relay.place(slot, one.data)
    desk.stop()
    desk.start()
    assert desk.relay.state(slot, one.id).state == "waiting"
    desk.turn(3)
    assert desk.relay.state(slot, one.id).state == "placed"


def test_the_books_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "MAX_ORDERS", 3)
    books = Books(tmp_path / "orders.sqlite")
    assert [books.add(1, f"0x{number}", b"") for number in range(5)] == [True] * 3 + [False] * 2
    assert books.add(2, "0x0", b"")
    books.forget(2)
    assert len(books.waiting(1, 9)) == 3  # what waits is not forgotten
    for order in books.waiting(1, 9):
        books.refuse(1, order.meter, "PLACE-LATE")
    books.forget(2)
    assert books.find(1, "0x0") is None
    books.close()


def test_an_order_whose_batches_fail_again_and_again_is_given_back(tmp_path: Path) -> None:
    books = Books(tmp_path / "orders.sqlite")
    books.add(1, "0xa", b"")
    for number in range(1, MAX_TRIES + 1):
        assert books.make_batch(1, ["0xa"], b"data").number == number
        books.end_batch(number, "PLACE-BATCH why", Spent(None, 0, 0))
    found = books.find(1, "0xa")
    assert found is not None
    assert (found.state, found.reason) == ("refused", "PLACE-BATCH why")
    assert books.waiting_slots() == []
    books.close()


def test_books_of_a_newer_version_or_none_are_refused(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "orders.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ConfigError, match="newer Evlock"):
        Books(path)
    (tmp_path / "text").write_text("not a database, by far " * 99, encoding="ascii")
    with pytest.raises(ConfigError, match="text"):
        Books(tmp_path / "text")


words = st.tuples(
    st.integers(0, 2**160 - 1), st.integers(0, 1), st.integers(0, 2**63), st.integers(1, 2**62)
)


@given(
    words,
    st.integers(0, 2**96 - 1),
    st.integers(0, 2**128 - 1),
    st.binary(min_size=64, max_size=64),
)
def test_an_order_survives_its_way(
    word: tuple[int, int, int, int], price: int, salt: int, signature: bytes
) -> None:
    meter, direction, from_, more = word
    ends = (from_, from_ + more)
    made = Placement(
        f"0x{meter:040x}", direction, *ends, price, salt, signature[:32], signature[32:]
    )
    assert read(packed(made)) == made


@given(st.binary(max_size=300) | st.binary(min_size=256, max_size=256))
def test_any_bytes_are_an_order_or_refused(data: bytes) -> None:
    try:
        placement = read(data)
    except PlacementRefused as error:
        assert error.code == "PLACE-FORM"
    else:
        assert packed(placement) == data


jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
methods = st.sampled_from(["relay_place", "relay_state", "relay_show", "eth_call", ""])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=99) | jsons | st.tuples(methods, jsons))
def test_garbage_on_the_socket_is_answered_and_kept_nowhere(desk: Desk, body: Any) -> None:
    service = _silent(desk)
    if isinstance(body, tuple):
        body = {"id": 1, "method": body[0], "params": body[1]}
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = json.loads(service.answer(text))
    assert "error" in reply or reply["result"]["address"] == desk.account.address
    assert desk.books.waiting_slots() == []


def _silent(desk: Desk) -> Any:
    if not hasattr(desk, "service"):
        desk.service = desk.serve()  # type: ignore[attr-defined]
        desk.service.close()  # type: ignore[attr-defined]
    return desk.service  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "params",
    [[], [1], [2**64, "0x00"], ["1", "0x00"], [True, "0x00"], [1, "00"], [1, 5], [1, "0xzz"], {}],
)
def test_parameters_of_another_shape_are_named(desk: Desk, params: Any) -> None:
    for method in ("relay_place", "relay_state"):
        asked = {"id": 7, "method": method, "params": params}
        reply = json.loads(_silent(desk).answer(json.dumps(asked).encode()))
        assert reply["id"] == 7
        assert reply["error"]["code"] in (-32600, -32011)
    long = json.dumps({"id": 7, "method": "relay_show", "params": ["x" * 5000]}).encode()
    assert json.loads(_silent(desk).answer(long))["error"]["code"] == -32600


def test_a_client_reads_what_the_service_says(desk: Desk, network: Network) -> None:
    (one,), slot = bidders(*network, desk.folder, 1)
    service = desk.serve()
    client = RelayClient(service.url)
    assert client.state(slot, one.id).state == "unknown"
    assert client.place(slot, one.placement).state == "waiting"
    with pytest.raises(PlacementRefused) as caught:
        client.place(slot, one.placement._replace(salt=8))
    assert caught.value.code == "PLACE-OTHER"
    desk.turn(3)
    assert client.state(slot, one.id).state == "placed"
    assert client.show()["total"]["orders"] == 1
    service.close()
    with pytest.raises(ChainUnreachable):
        RelayClient(service.url).state(slot, one.id)
