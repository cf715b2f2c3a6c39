"""The client: values or named errors, whatever the node says."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from normal_world.chain import abi
from normal_world.chain.bytecode import creation
from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain, free_port
from normal_world.chain.finality import EMBEDDED
from normal_world.chain.operator import node_operator
from normal_world.errors import (
    ChainRejected,
    ChainUnreachable,
    ChainWrongId,
    ConfigError,
    ContractReverted,
)
from tests.chain.tools import COUNTER, RICH, Account, deploy, mine
from tests.chain.words import word

STRANGER = "0x" + "77" * 20
SPEAKER = bytes.fromhex("5f355f526020" + "5fa0" + "00")  # emits its argument as a log


class Scripted(BaseHTTPRequestHandler):
    """Answers every request with the same status and bytes."""

    status, body = 200, b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent."""


@pytest.fixture
def node() -> Iterator[type[Scripted]]:
    script = type("Script", (Scripted,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), script)
    script.url = f"http://127.0.0.1:{server.server_address[1]}"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield script
    server.shutdown()
    thread.join()
    server.server_close()


def test_nobody_listens() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ChainUnreachable, match="eth_blockNumber: Connection refused") as caught:
        Chain(url).head()
    assert isinstance(caught.value, ConnectionError)
    assert (caught.value.code, caught.value.exit_code) == ("CHAIN-UNREACHABLE", 5)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, b"<html>bad gateway</html>"),
        (200, b""),
        (200, b"[]"),
        (200, b'"0x1"'),
        (200, b"{}"),
        (200, b'{"result": null}'),
        (200, b'{"result": 7}'),
        (200, b'{"result": "twelve"}'),
        (200, b"[" * 100_000),
        (200, b"\xff\xfe"),
    ],
)
def test_what_is_no_json_rpc_answer_is_unreachable(node: Any, status: int, body: bytes) -> None:
    node.status, node.body = status, body
    lifted = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)  # Python's own, as in noded; py-evm in this process has lifted it
    try:
        with pytest.raises(ChainUnreachable):
            Chain(node.url).head()
    finally:
        sys.setrecursionlimit(lifted)


@pytest.mark.parametrize("result", [{}, [], 5, {"transactionHash": 5}, {"blockNumber": "0x1"}])
def test_a_receipt_of_unknown_shape_is_unreachable(node: Any, result: Any) -> None:
    node.body = json.dumps({"result": result}).encode()
    with pytest.raises(ChainUnreachable):
        Chain(node.url).receipt("0x" + "00" * 32)


def test_a_node_that_rations_its_answers_is_named_with_its_words(node: Any) -> None:
    node.status = 429
    node.body = json.dumps({"error": {"code": -32005, "message": "limit\nexceeded"}}).encode()
    with pytest.raises(ChainRejected, match="eth_blockNumber: limit exceeded") as caught:
        Chain(node.url).head()
    assert caught.value.rpc_code == -32005


def test_another_network_than_the_one_meant(devchain: DevChain) -> None:
    with pytest.raises(ChainWrongId, match=f"chain id {EMBEDDED}, expected 8217"):
        _ = Chain(devchain.url, chain_id=8217).chain_id


def test_a_bad_finality_setting_shows_at_once() -> None:
    with pytest.raises(ConfigError, match="finality"):
        Chain("http://127.0.0.1:1", finality="whenever")


def test_final_block_by_rule(devchain: DevChain, chain: Chain) -> None:
    mine(chain, 5)
    head = chain.head()
    assert chain.final_block() == head
    assert Chain(devchain.url, finality="confirmations:3").final_block() == head - 2
    assert Chain(devchain.url, finality="finalized").final_block() == head


def test_fees_follow_the_node(devchain: DevChain, chain: Chain) -> None:
    latest = chain.rpc("eth_getBlockByNumber", "latest", False)
    fees = chain.fees()
    assert not fees.legacy
    assert fees.max_fee == 2 * int(latest["baseFeePerGas"], 16) + fees.max_priority_fee
    declared = Chain(devchain.url, finality="kaia").fees()
    assert declared.legacy
    assert declared.max_fee == chain.gas_price()


def test_a_revert_without_reason(chain: Chain) -> None:
    counter = deploy(chain, COUNTER)
    with pytest.raises(ContractReverted, match="no reason given") as caught:
        chain.call(counter, b"")
    assert caught.value.data == b""


def test_custom_errors_arrive_decoded_from_call_and_estimate(chain: Chain) -> None:
    operator = node_operator(chain)
    code = creation("MeterRegistry", {"owner": operator.account, "blockMilliseconds": 1000})
    transaction = operator.submit(None, code)
    mine(chain)
    registry = operator.wait(transaction).contract
    data = abi.encode("MeterRegistry", "enroll", [STRANGER, STRANGER, 1, 100, 10])
    expected = f"MeterRegistry.enroll reverted: OwnableUnauthorizedAccount\\(account={STRANGER}\\)"
    with pytest.raises(ContractReverted, match=expected):
        chain.call(registry, data, sender=STRANGER)
    with pytest.raises(ContractReverted, match=expected):
        chain.estimate(registry, data, sender=STRANGER)


def test_logs_are_found_across_the_pages_of_a_long_range(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker = deploy(chain, SPEAKER)
    first = chain.head()
    for number in range(5):
        wish = {"from": RICH, "to": speaker, "data": "0x" + word(number).hex()}
        chain.rpc("eth_sendTransaction", wish)
        mine(chain)
    monkeypatch.setattr("normal_world.chain.client.LOG_SPAN", 2)
    found = chain.logs(first, chain.head(), address=speaker)
    assert [int.from_bytes(log.data, "big") for log in found] == [0, 1, 2, 3, 4]
    assert chain.logs(first, chain.head(), address=STRANGER) == []
    assert chain.logs(first, chain.head(), address=speaker, topics=[word(1)]) == []


def test_a_balance_that_does_not_reach_is_named(chain: Chain, account: Account) -> None:
    with pytest.raises(ContractReverted, match="insufficient funds"):
        chain.estimate(STRANGER, b"", sender=account.address, value=10**30)
