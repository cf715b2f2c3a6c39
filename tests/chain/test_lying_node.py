"""Whatever a node answers, one question at a time: a named error or nothing, never a crash."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from eth_keys.datatypes import PrivateKey

from normal_world.chain.answers import Log
from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.chain.transaction import sign
from normal_world.errors import ChainUnreachable, NormalWorldError
from normal_world.trade import events

KEY = PrivateKey(b"\x01" * 32)
BLOCK = {"number": "0x10", "hash": "0x" + "11" * 32, "baseFeePerGas": "0x1"}
HONEST: dict[str, Any] = {
    "eth_chainId": "0x7a69",
    "eth_blockNumber": "0x10",
    "eth_getBlockByNumber": BLOCK,
    "eth_maxPriorityFeePerGas": "0x1",
    "eth_gasPrice": "0x1",
    "eth_getTransactionCount": "0x0",
    "eth_estimateGas": "0x5208",
    "eth_getTransactionReceipt": None,
    "eth_getTransactionByHash": None,
    "eth_sendRawTransaction": "0x" + "22" * 32,
    "eth_getLogs": [],
}
LIES: list[Any] = [
    *(None, "", 0, -1, True, [], {}, [{}], [None], 1.5, "abc", "0x", "-0x5", "0x-5", "0x1_0"),
    *("0x7fffffffffffffff", "0x" + "f" * 64, "0x" + "f" * 5000),
    *({"number": "0x1"}, {"number": None, "hash": 1}, [{"topics": []}]),
    *(
        BLOCK | {"hash": "0x0"},
        BLOCK | {"baseFeePerGas": "-0x1"},
        BLOCK | {"number": "0x" + "f" * 40},
    ),
]


@pytest.mark.parametrize("finality", ["immediate", "finalized"])
@pytest.mark.parametrize("method", HONEST)
def test_an_outbox_survives_every_answer(
    method: str, finality: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, lie in enumerate(LIES):
        answers = HONEST | {method: lie}
        chain = Chain("http://node", finality=finality)
        ask = lambda name, _params, known=answers: {"result": known[name]}  # noqa: E731
        monkeypatch.setattr(chain._transport, "request", ask)
        account = KEY.public_key.to_address()
        path = tmp_path / f"{number}.sqlite"
        box = Outbox(path, chain, account, lambda payload: sign(payload, KEY))
        box.put("call", "0x" + "33" * 20, b"\x01")
        for question in (box.step, box.step, partial(chain.logs, 0, 3), chain.final_block):
            try:
                question()
            except NormalWorldError:
                continue
        box.close()


def test_an_event_of_another_shape_is_no_event_of_the_market() -> None:
    topic = next(iter(events._topics()))
    for topics, data in (((topic,), b""), ((topic, b"\x01" * 32), b"\x02" * 31)):
        log = Log("0x" + "44" * 20, topics, data, 1, "0x" + "55" * 32, 0)
        with pytest.raises(ChainUnreachable, match="unknown shape"):
            events.of_logs([log])
