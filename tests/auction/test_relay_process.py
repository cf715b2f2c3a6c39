"""`evlock auction relay` as its own program, killed with SIGKILL between an answer and a batch."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from normal_world.auction.relay.client import RelayClient
from normal_world.chain.address_book import AddressBook, write_address_book
from tests.auction.relays import Desk, bidders, placed
from tests.auction.street import WINDOWS, Miner
from tests.chain.tools import mine
from tests.plant_process import ROOT

PATIENCE_S = 60.0
RELAY = (sys.executable, "-m", "normal_world.cli.main", "auction")


@pytest.fixture
def start(
    network: tuple[Miner, AddressBook], tmp_path: Path
) -> Iterator[Callable[[], tuple[Any, dict[str, Any]]]]:
    """Starts it, and gives the process with what it says when it serves."""
    operator, book = network
    desk = Desk(operator.chain, book, tmp_path)
    key, made = tmp_path / "relay.key", []
    key.touch(mode=0o600)
    key.write_text(desk.account.key.to_bytes().hex(), encoding="ascii")
    write_address_book(tmp_path / "book.json", book)

    def run() -> tuple[Any, dict[str, Any]]:
        options = ["--rpc", operator.chain.url, "--key", str(key), "--port", "0", "--json"]
        options += ["--book", str(tmp_path / "book.json"), "--state", str(tmp_path / "state")]
        with (tmp_path / "log").open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*RELAY, "relay", *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        made.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield run
    for process in made:
        process.kill()
        process.communicate()


def until(is_so: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < limit_s, "it never came to be"


def test_killed_after_its_answer_it_places_the_orders_once(
    network: tuple[Miner, AddressBook],
    tmp_path: Path,
    start: Callable[[], tuple[Any, dict[str, Any]]],
) -> None:
    operator, book = network
    chain = operator.chain
    process, told = start()
    found, slot = bidders(operator, book, tmp_path, 3)
    for one in found:
        assert RelayClient(told["url"]).place(slot, one.placement).state == "waiting"
    process.kill()
    process.wait()
    process, told = start()
    client = RelayClient(told["url"])
    assert {client.state(slot, one.id).state for one in found} <= {"waiting", "sent"}
    mine(chain, WINDOWS.clear_from(slot) - 3 - chain.head())
    until(lambda: chain.nonce(told["address"], "pending") == 1)
    process.kill()
    process.wait()
    mine(chain)
    process, told = start()
    client = RelayClient(told["url"])
    until(lambda: {client.state(slot, one.id).state for one in found} == {"placed"})
    ((_, meters),) = placed(chain, book, slot).items()
    assert meters == [one.id for one in found]
    assert chain.nonce(told["address"]) == 1
    shown = subprocess.run(
        [*RELAY, "relay-show", "--url", told["url"]],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told["address"] in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    process.terminate()
    assert process.wait() == 0
