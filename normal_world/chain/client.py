"""One node of an EVM chain: questions in, values or named errors out."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from normal_world.chain import answers, fees, hexes, reverts
from normal_world.chain.answers import Log, Receipt
from normal_world.chain.finality import FINALIZED_TAG, Network, network
from normal_world.chain.transaction import Call
from normal_world.chain.transport import Transport
from normal_world.errors import (
    ChainRejected,
    ChainUnreachable,
    ChainWrongId,
    ContractReverted,
)

KAIA_TYPES = (b"\x30", b"\x31")  # its eth_ methods do not take these
LOG_SPAN = 2000  # blocks a request: public nodes refuse more
Topics = Sequence[bytes | Sequence[bytes] | None]


class Chain:
    """Thread-safe. `finality`: see finality.py. `chain_id`: refuse to talk to any other network.

    `delegated`: this account's transactions are Kaia's 0x31, a fee payer signs them too.
    """

    def __init__(
        self,
        url: str,
        *,
        finality: str = "auto",
        timeout_s: float = 10.0,
        chain_id: int | None = None,
        delegated: bool = False,
    ) -> None:
        self.url = url
        self.delegated = delegated
        self.timeout_s = timeout_s
        self._finality = finality
        self._wanted_id = chain_id
        self._transport = Transport(url, timeout_s)
        network(finality, 0)  # a bad setting shows now, not when the node first answers

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of one request; every way to fail is a ChainError."""
        answer = self._transport.request(method, list(params))
        if answer.get("error") is not None:
            raise answers.named_error(method, params, answer["error"])
        return answer.get("result")

    @cached_property
    def chain_id(self) -> int:
        """The network's id, asked once; ChainWrongId if another was expected."""
        found = hexes.quantity(self.rpc("eth_chainId"), "eth_chainId")
        if self._wanted_id not in (None, found):
            raise ChainWrongId(f"{self.url}: chain id {found}, expected {self._wanted_id}")
        return found

    @cached_property
    def network(self) -> Network:
        """Finality and fee rules of this network."""
        return network(self._finality, self.chain_id)

    def head(self) -> int:
        """Number of the latest block."""
        return hexes.count(self.rpc("eth_blockNumber"), "eth_blockNumber")

    def final_block(self) -> int:
        """Number of the latest block that cannot vanish any more, by the network's rule."""
        if self.network.confirmations != FINALIZED_TAG:
            return max(0, self.head() - self.network.confirmations + 1)
        block = self.rpc("eth_getBlockByNumber", "finalized", False)
        if block is None:
            return 0
        return answers.read(lambda b: hexes.count(b["number"], "finalized block"), block, "block")

    def block_hash(self, number: int) -> str:
        """Hash of a block of the present chain."""
        found = self._block(hex(number)).get("hash")
        if not isinstance(found, str) or not hexes.HASH.fullmatch(found):
            raise ChainUnreachable(f"{self.url}: block {number} has no hash")
        return found

    def _block(self, tag: str) -> dict[str, Any]:
        block = self.rpc("eth_getBlockByNumber", tag, False)
        if not isinstance(block, dict):
            raise ChainUnreachable(f"{self.url}: no block {tag}")
        return block

    def gas_price(self) -> int:
        """Wei per gas that the node advises."""
        return hexes.quantity(self.rpc("eth_gasPrice"), "eth_gasPrice")

    def fees(self) -> fees.Fees:
        """What a transaction should offer now."""
        if not (self.network.legacy_fees or self.delegated):
            base = self._block("latest").get("baseFeePerGas")
            if base is not None:
                tip = hexes.quantity(self.rpc("eth_maxPriorityFeePerGas"), "tip")
                return fees.dynamic(hexes.quantity(base, "baseFeePerGas"), tip)
        return fees.legacy(self.gas_price())

    def nonce(self, account: str, block: str = "latest") -> int:
        """How many transactions the account has made; block: latest, pending or a number."""
        return hexes.count(self.rpc("eth_getTransactionCount", account, block), "nonce")

    def balance(self, account: str) -> int:
        """Wei."""
        return hexes.quantity(self.rpc("eth_getBalance", account, "latest"), "balance")

    def code(self, address: str) -> bytes:
        """Byte code at an address; empty if there is no contract."""
        return hexes.data(self.rpc("eth_getCode", address, "latest"), "code")

    def call(
        self,
        to: str | None,
        data: bytes,
        *,
        sender: str | None = None,
        value: int = 0,
        block: int | None = None,
    ) -> bytes:
        """What a call would return after `block` (latest if none); ContractReverted with reason."""
        tag = "latest" if block is None else hex(block)
        return hexes.data(self.rpc("eth_call", _call(to, data, sender, value), tag), "eth_call")

    def estimate(self, to: str | None, data: bytes, *, sender: str, value: int = 0) -> int:
        """Gas that the call needs now; ContractReverted if it would fail."""
        answer = self.rpc("eth_estimateGas", _call(to, data, sender, value))
        return hexes.count(answer, "eth_estimateGas")

    def send_raw(self, signed: bytes) -> str:
        """Hands in a signed transaction; ChainRejected if the node does not take it."""
        kaia = signed[:1] in KAIA_TYPES
        method = "kaia_sendRawTransaction" if kaia else "eth_sendRawTransaction"
        return str(self.rpc(method, hexes.text(signed)))

    def knows(self, transaction: str) -> bool:
        """Whether the node has the transaction, waiting or in a block."""
        return self.rpc("eth_getTransactionByHash", transaction) is not None

    def receipt(self, transaction: str) -> Receipt | None:
        """The receipt, if the transaction is in a block of the present chain."""
        found = self.rpc("eth_getTransactionReceipt", transaction)
        return None if found is None else answers.read(answers.receipt, found, transaction)

    def logs(
        self, first: int, last: int, *, address: str | None = None, topics: Topics = ()
    ) -> list[Log]:
        """Events of the blocks first..last, both included, oldest first."""
        wanted: dict[str, Any] = {"topics": [_topic(topic) for topic in topics]}
        if address is not None:
            wanted["address"] = address
        found: list[Log] = []
        for start in range(first, last + 1, LOG_SPAN):
            end = min(last, start + LOG_SPAN - 1)
            span = {"fromBlock": hex(start), "toBlock": hex(end)}
            page = self.rpc("eth_getLogs", wanted | span)
            found += answers.read(lambda items: [answers.log(item) for item in items], page, "logs")
        return found

    def why_reverted(self, call: Call, sender: str, gas: int, receipt: Receipt) -> str:
        """Replays a failed transaction's call to learn the reason; one line."""
        for block in (receipt.block, receipt.block - 1):
            try:
                self.call(call.to, call.data, sender=sender, value=call.value, block=block)
            except ContractReverted as error:
                return str(error)
            except ChainRejected:
                break  # a node that has thrown the state away
        spent = "all its gas was used" if receipt.gas_used >= gas else "no reason to be had"
        return f"{reverts.known().call_name(call.data)} reverted: {spent}"


def _call(to: str | None, data: bytes, sender: str | None, value: int) -> dict[str, str]:
    wish = {"to": to, "from": sender, "data": hexes.text(data), "value": hex(value)}
    return {key: item for key, item in wish.items() if item is not None}


def _topic(topic: bytes | Sequence[bytes] | None) -> Any:
    if topic is None or isinstance(topic, bytes):
        return topic and hexes.text(topic)
    return [hexes.text(option) for option in topic]
