"""The development chain over HTTP: what a client may rely on, and what must not disturb it."""

import json
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web3 import Web3

from normal_world.chain.client import Chain
from normal_world.chain.devchain.dispatch import MAX_BATCH, MAX_BRACKETS
from normal_world.chain.devchain.methods import METHODS
from normal_world.chain.devchain.server import DevChain
from normal_world.chain.fees import Fees
from normal_world.chain.finality import EMBEDDED
from normal_world.chain.transaction import Call, sign, unsigned
from normal_world.errors import ChainRejected, ConfigError, StateError
from tests.chain.tools import COUNTER, ETHER, RICH, Account, count, deploy, mine
from tests.chain.words import word

OTHER = "0x" + "42" * 20
FEES = Fees(10**10, 10**9)


def raw(account: Account, nonce: int, fees: Fees = FEES, **options: Any) -> bytes:
    chain_id = options.pop("chain_id", EMBEDDED)
    gas = options.pop("gas", 21_000)
    call = Call(options.pop("to", OTHER), options.pop("data", b""), options.pop("value", 1))
    return sign(unsigned(chain_id, nonce, gas, fees, call), account.key)


def post(url: str, body: bytes) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
        return json.load(answer)


def test_transactions_wait_for_a_block(chain: Chain, account: Account) -> None:
    before = chain.head()
    sent = [chain.send_raw(raw(account, nonce)) for nonce in (1, 0)]
    assert chain.head() == before
    assert chain.nonce(account.address) == 0
    assert chain.nonce(account.address, "pending") == 2
    assert all(chain.knows(transaction) for transaction in sent)
    assert chain.receipt(sent[0]) is None
    mine(chain)
    receipts = [chain.receipt(transaction) for transaction in sent]
    assert [receipt and receipt.block for receipt in receipts] == [before + 1] * 2
    assert chain.nonce(account.address) == 2


def test_a_legacy_transaction_is_mined_too(chain: Chain, account: Account) -> None:
    sent = chain.send_raw(raw(account, 0, Fees(10**10, 10**10, legacy=True)))
    mine(chain)
    receipt = chain.receipt(sent)
    assert receipt is not None
    assert receipt.succeeded
    assert receipt.gas_price == 10**10


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"chain_id": 1}, "invalid chain id"),
        ({"gas": 20_999}, "intrinsic gas too low"),
        ({"gas": 31_000_000}, "exceeds block gas limit"),
        ({"value": 11 * ETHER}, "insufficient funds"),
    ],
)
def test_a_transaction_that_can_never_be_mined_is_refused(
    chain: Chain, account: Account, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ChainRejected, match=told):
        chain.send_raw(raw(account, 0, **options))


def test_nonces_and_replacements_as_geth_has_them(chain: Chain, account: Account) -> None:
    first = raw(account, 0)
    chain.send_raw(first)
    with pytest.raises(ChainRejected, match="already known"):
        chain.send_raw(first)
    with pytest.raises(ChainRejected, match="replacement transaction underpriced"):
        chain.send_raw(raw(account, 0, Fees(FEES.max_fee * 2, FEES.max_priority_fee), value=2))
    better = chain.send_raw(raw(account, 0, Fees(FEES.max_fee * 2, FEES.max_priority_fee * 2)))
    mine(chain)
    receipt = chain.receipt(better)
    assert receipt is not None
    with pytest.raises(ChainRejected, match="nonce too low"):
        chain.send_raw(first)


def test_a_transaction_that_fails_in_its_block_costs_gas_only(
    chain: Chain, account: Account
) -> None:
    counter = deploy(chain, COUNTER)
    sent = chain.send_raw(raw(account, 0, to=counter, gas=60_000, value=0))
    mine(chain)
    receipt = chain.receipt(sent)
    assert receipt is not None
    assert not receipt.succeeded
    assert receipt.gas_used < 60_000


def test_the_estimate_suffices_and_is_no_waste(chain: Chain, account: Account) -> None:
    counter = deploy(chain, COUNTER)
    gas = chain.estimate(counter, word(5), sender=account.address)
    sent = chain.send_raw(raw(account, 0, to=counter, data=word(5), value=0, gas=gas))
    mine(chain)
    receipt = chain.receipt(sent)
    assert receipt is not None
    assert receipt.succeeded
    assert gas <= receipt.gas_used * 1.05


def test_time_never_stands_still_or_runs_back(chain: Chain, devchain: DevChain) -> None:
    engine = devchain.server.dispatcher.engine
    wall, engine.now = engine.now, lambda: 1_000.0  # a clock that was set back
    mine(chain, 3)
    engine.now = wall
    mine(chain)
    head = chain.head()
    stamps = [
        int(chain.rpc("eth_getBlockByNumber", hex(number), False)["timestamp"], 16)
        for number in range(head - 3, head + 1)
    ]
    assert stamps == sorted(set(stamps))


def test_a_call_sees_the_state_of_the_block_it_names(chain: Chain) -> None:
    counter = deploy(chain, COUNTER)
    before = chain.head()
    chain.rpc("eth_sendTransaction", {"from": RICH, "to": counter, "data": "0x" + word(1).hex()})
    mine(chain)
    slot = "0x" + word(1).hex()
    assert int(chain.rpc("eth_getStorageAt", counter, slot, hex(before)), 16) == 0
    assert count(chain, counter, 1) == 1


def test_web3_reads_blocks_transactions_receipts_and_fees(devchain: DevChain, chain: Chain) -> None:
    web3 = Web3(Web3.HTTPProvider(devchain.url))
    accounts = list(web3.eth.accounts)
    sent = web3.eth.send_transaction({"from": accounts[0], "to": accounts[1]})
    assert web3.eth.get_transaction(sent)["blockNumber"] is None
    mine(chain)
    block = web3.eth.get_block("latest")
    assert block["transactions"] == [sent]
    assert web3.eth.get_block(block["hash"], full_transactions=True)["number"] == block["number"]
    assert web3.eth.get_transaction(sent)["blockNumber"] == block["number"]
    assert web3.eth.get_transaction_receipt(sent)["effectiveGasPrice"] > 0
    history = web3.eth.fee_history(2, "latest", [50])
    assert len(history["baseFeePerGas"]) == 3
    assert len(history["reward"]) == 2


def test_batches(devchain: DevChain) -> None:
    ask = {"jsonrpc": "2.0", "method": "eth_chainId", "params": []}
    answers = post(devchain.url, json.dumps([{**ask, "id": 1}, 5, {**ask, "id": 2}]).encode())
    assert [answer["id"] for answer in answers] == [1, None, 2]
    assert answers[1]["error"]["code"] == -32600
    assert post(devchain.url, json.dumps([ask] * (MAX_BATCH + 1)).encode())["error"]
    assert post(devchain.url, b"[]")["error"]["code"] == -32600


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("0x1")
    | st.just("latest") | st.just("0x" + "11" * 20) | st.just("0x" + "22" * 32),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["to", "from", "data", "gas", "value", "topics"]), inner),
    max_leaves=5,
)  # fmt: skip
QUIET = sorted(set(METHODS) - {"evm_revert", "evm_mine"})


@settings(max_examples=200, deadline=None)
@given(method=st.sampled_from(QUIET), params=st.lists(ANYTHING, max_size=3))
def test_any_parameters_get_an_answer_that_is_no_internal_error(
    devchain: DevChain, method: str, params: list[Any]
) -> None:
    body = json.dumps({"id": 7, "method": method, "params": params}).encode()
    answer = json.loads(devchain.server.dispatcher.answer(body))
    assert answer["id"] == 7
    assert answer.get("error", {}).get("code") != -32603, answer


@given(st.binary(max_size=200))
def test_any_raw_transaction_gets_an_answer(devchain: DevChain, data: bytes) -> None:
    for prefix in (b"", b"\x02", b"\x03", b"\xf8"):
        params = ["0x" + (prefix + data).hex()]
        body = json.dumps({"id": 1, "method": "eth_sendRawTransaction", "params": params}).encode()
        assert json.loads(devchain.server.dispatcher.answer(body))["error"]["code"] == -32000


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"{", b"null", b'{"id": 1}', b"[" * 500_000, b"[" * (MAX_BRACKETS - 1)]
)
def test_bodies_that_are_no_requests(devchain: DevChain, body: bytes) -> None:
    assert post(devchain.url, body)["error"]["code"] in (-32700, -32600)


def test_a_body_without_end_is_refused_before_it_is_read(devchain: DevChain) -> None:
    port = devchain.server.server_address[1]
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in client.makefile("rb").readline()


def test_the_pool_is_bounded(chain: Chain, account: Account) -> None:
    with pytest.raises(ChainRejected, match="txpool is full"):
        for nonce in range(1, 100):  # a gap: none of them can be mined
            chain.send_raw(raw(account, nonce))


def test_a_port_that_is_taken_is_named(devchain: DevChain) -> None:
    port = devchain.server.server_address[1]
    with pytest.raises(ConfigError, match="Address already in use") as caught:
        DevChain("127.0.0.1", port, None, 0)
    assert caught.value.code == "CONFIG-LISTEN"


def test_a_state_has_one_chain(tmp_path: Path) -> None:
    first = DevChain("127.0.0.1", 0, tmp_path, 0)
    with pytest.raises(StateError, match="is another devchain running on it"):
        DevChain("127.0.0.1", 0, tmp_path, 0)
    first.close()
