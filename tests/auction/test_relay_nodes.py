"""Nodes that hand their orders to a relay: one `place` for all; no bad relay loses an order."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from normal_world.auction.packing import BUY, SELL
from normal_world.auction.relay.handover import MISSES
from normal_world.auction.results import EQUAL, Ledger
from normal_world.chain.address_book import AddressBook
from tests.auction.conftest import Build
from tests.auction.relays import Desk, placed
from tests.auction.street import WINDOW, WINDOWS, House, Miner, next_slot, pass_to
from tests.chain.tools import mine

MORE, AFTER = 100_000, 5
HALF = WINDOW // 2
NOBODY = "http://127.0.0.1:9"
Network = tuple[Miner, AddressBook]
Answer = Callable[[str, list[Any]], dict[str, Any] | bytes]


@pytest.fixture
def relay(network: Network, tmp_path: Path) -> Iterator[tuple[Desk, str]]:
    operator, book = network
    folder = tmp_path / "desk"
    folder.mkdir()
    desk = Desk(operator.chain, book, folder).start()
    service = desk.serve()
    yield desk, service.url
    service.close()
    desk.stop()


@pytest.fixture
def lying() -> Iterator[Callable[[Answer], tuple[str, list[str]]]]:
    """A server that answers what it is told to; its URL, and the methods it was asked."""
    servers = []

    def serve(answer: Answer) -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                asked.append(body["method"])
                found = answer(body["method"], body["params"])
                reply = found if isinstance(found, bytes) else json.dumps(found).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}", asked

    yield serve
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


def street(build: Build, url: str, count: int = 2, **more: Any) -> tuple[list[House], int]:
    """Houses with energy to order; the chain stands just after their slot's end."""
    houses = [build(f"h{number}", relay=url, **more) for number in range(count)]
    for one in houses:
        one.start()
    slot = next_slot(houses[0].chain)
    pass_to(houses, WINDOWS.ends(slot - 1) + 7)
    for number, one in enumerate(houses):
        one.meter.registers[(SELL, BUY)[number % 2]] += MORE
    pass_to(houses, WINDOWS.place_from(slot))
    return houses, slot


def go_on(houses: list[House], block: int, desk: Desk | None = None) -> None:
    chain = houses[0].chain
    while chain.head() + 1 < block:
        for one in houses:
            one.turn()
        if desk is not None:
            desk.relay.step()
        mine(chain)
    for one in houses:
        one.turn()


def own_places(one: House) -> list[str]:
    return [outcome.state for outcome in one.outbox.outcomes() if outcome.description == "place"]


def is_whole(houses: list[House], slot: int) -> bool:
    told = Ledger(houses[0].chain, houses[0].book).told(slot)
    states = {one.state(slot) for one in houses}
    done = (told["stage"], told["against_chain"], len(told["orders"]))
    return states == {"placed"} and done == ("done", EQUAL, len(houses))


def test_orders_of_all_nodes_come_in_one_place(build: Build, relay: tuple[Desk, str]) -> None:
    desk, url = relay
    houses, slot = street(build, url, 4, relay_blocks=4)
    go_on(houses, WINDOWS.clear_from(slot) + AFTER, desk)
    ((_, meters),) = placed(desk.chain, desk.book, slot).items()
    assert sorted(meters) == sorted(one.id for one in houses)
    assert is_whole(houses, slot)
    assert all(own_places(one) == [] for one in houses)
    assert asyncio.run(houses[0].worker.told())["relay"].startswith(url)


def test_nothing_is_handed_over_before_the_window(build: Build, lying: Any) -> None:
    url, asked = lying(lambda *_: {"result": {"state": "waiting", "reason": ""}})
    houses, slot = street(build, url)
    assert houses[0].chain.head() + 1 == WINDOWS.place_from(slot)
    assert {one.state(slot) for one in houses} == {"committed"}
    assert asked == []
    go_on(houses, WINDOWS.place_from(slot) + 1)
    assert asked == ["relay_place"] * len(houses)


def test_a_relay_that_withholds_costs_half_a_window(build: Build, lying: Any) -> None:
    url, asked = lying(lambda *_: {"result": {"state": "sent", "reason": "", "transaction": "0x"}})
    houses, slot = street(build, url)
    go_on(houses, WINDOWS.place_from(slot) + HALF)
    assert asked
    assert [own_places(one) for one in houses] == [[], []]
    go_on(houses, WINDOWS.clear_from(slot) + AFTER)
    assert is_whole(houses, slot)
    assert [own_places(one) for one in houses] == [["settled"], ["settled"]]


LIES: list[dict[str, Any] | bytes] = [
    {"result": {"state": "placed", "reason": "", "transaction": "0x12"}},
    {"result": {"state": "refused", "reason": "PLACE-LATE"}},
    {"result": {"state": 7}},
    {"result": None},
    {"result": ["x"] * 1000},
    {"error": {"code": -32011, "message": "PLACE-PURSE too small"}},
    {"error": {"code": -32011, "message": "PLACE-WINDOW not yet"}},
    {"error": {"code": -32011}},
    {"error": "no"},
    {"error": 5},
    b"not JSON",
    b"\xff\xfe",
    b"[" * 5000,
    b"",
]


@pytest.mark.parametrize("lie", LIES, ids=range(len(LIES)))
def test_whatever_a_relay_says_no_order_is_lost(build: Build, lying: Any, lie: Any) -> None:
    url, _ = lying(lambda *_: lie)
    houses, slot = street(build, url, 1)
    go_on(houses, WINDOWS.clear_from(slot) + AFTER)
    assert is_whole(houses, slot)


def test_a_relay_that_is_away_is_asked_for_some_blocks(build: Build) -> None:
    houses, slot = street(build, NOBODY, relay_blocks=WINDOW)
    go_on(houses, WINDOWS.place_from(slot) + MISSES - 1)
    assert own_places(houses[0]) == []
    go_on(houses, WINDOWS.clear_from(slot) + AFTER)
    assert is_whole(houses, slot)
    told = asyncio.run(houses[0].worker.told())
    assert "CHAIN-UNREACHABLE" in told["relay"] or "in time" in told["relay"]


def test_a_refusal_is_taken_at_its_word_at_once(build: Build, lying: Any) -> None:
    answer = {"error": {"code": -32011, "message": "PLACE-METER not of this feeder"}}
    url, asked = lying(lambda *_: answer)
    houses, slot = street(build, url)
    go_on(houses, WINDOWS.place_from(slot) + 2)
    assert asked == ["relay_place"] * len(houses)
    assert all(own_places(one) for one in houses)


def test_an_order_that_both_place_is_placed_once(build: Build, relay: tuple[Desk, str]) -> None:
    """The node lost patience before the relay sent: the batch goes on without its order."""
    desk, url = relay
    houses, slot = street(build, url, 4)
    houses[1].stop()
    houses[1].config = type(houses[1].config)(**{**vars(houses[1].config), "relay_blocks": 1})
    houses[1].start()
    go_on(houses, WINDOWS.clear_from(slot) + AFTER, desk)
    assert is_whole(houses, slot)
    assert own_places(houses[1])
    meters = [meter for batch in placed(desk.chain, desk.book, slot).values() for meter in batch]
    assert sorted(meters) == sorted(one.id for one in houses)


def test_a_node_killed_after_the_handover_finds_its_order_placed(
    build: Build, relay: tuple[Desk, str]
) -> None:
    desk, url = relay
    houses, slot = street(build, url, 3, relay_blocks=4)
    go_on(houses, WINDOWS.place_from(slot) + 1)
    houses[0].stop()
    go_on(houses[1:], WINDOWS.place_from(slot) + 3, desk)
    houses[0].start()
    go_on(houses, WINDOWS.clear_from(slot) + AFTER, desk)
    assert is_whole(houses, slot)
    assert own_places(houses[0]) == []
