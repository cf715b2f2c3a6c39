"""The grid operator's hand on the chain: deploys the contracts, enrols meters, funds accounts."""

import os
import re
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_keys.datatypes import PrivateKey

import contracts
from normal_world.chain import abi
from normal_world.chain.address_book import AddressBook
from normal_world.chain.answers import Receipt
from normal_world.chain.client import Chain
from normal_world.chain.transaction import Call, sign, unsigned
from normal_world.errors import ChainStalled, ConfigError, ContractReverted

POLL_S = 0.1
PATIENCE_S = 120.0
GAS_MARGIN_PERCENT = 25
KEY = re.compile(r"(0x)?[0-9a-fA-F]{64}")


class Operator:
    """Sends from one account: signs with `key`, or without one lets the node sign (`account`)."""

    def __init__(self, chain: Chain, account: str, key: PrivateKey | None = None) -> None:
        self.chain = chain
        self.account = account.lower()
        self._key = key

    def submit(self, to: str | None, data: bytes = b"", value: int = 0) -> str:
        """Hands in a transaction (`to` None creates a contract; wei) and gives its hash."""
        gas = self.chain.estimate(to, data, sender=self.account, value=value)
        gas = gas * (100 + GAS_MARGIN_PERCENT) // 100
        if self._key is None:
            wish = {"from": self.account, "data": "0x" + data.hex()}
            wish |= {"gas": hex(gas), "value": hex(value)} | ({"to": to} if to else {})
            return str(self.chain.rpc("eth_sendTransaction", wish))
        nonce = self.chain.nonce(self.account, "pending")
        call = Call(to, data, value)
        payload = unsigned(self.chain.chain_id, nonce, gas, self.chain.fees(), call)
        return self.chain.send_raw(sign(payload, self._key))

    def wait(self, transaction: str) -> Receipt:
        """The receipt, once it is final; ContractReverted if it failed, ChainStalled if none."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            receipt = self.chain.receipt(transaction)
            if receipt is not None and receipt.block <= self.chain.final_block():
                if not receipt.succeeded:
                    raise ContractReverted(f"transaction {transaction} reverted")
                return receipt
            time.sleep(POLL_S)
        raise ChainStalled(f"transaction {transaction} not final after {PATIENCE_S:g} s")

    def send(self, to: str | None, data: bytes = b"", value: int = 0) -> Receipt:
        """`submit` and `wait`."""
        return self.wait(self.submit(to, data, value))


def node_operator(chain: Chain) -> Operator:
    """The first account that the node signs for (development chains)."""
    accounts = chain.rpc("eth_accounts")
    if not accounts:
        raise ConfigError(f"{chain.url}: the node has no account; give a key file", "CONFIG-KEY")
    return Operator(chain, str(accounts[0]))


def key_operator(chain: Chain, path: Path) -> Operator:
    """The account of the key in a file that nobody else may read: 64 hexadecimal digits."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}", "CONFIG-KEY") from error
    if stat.S_IMODE(mode) & 0o077 or path.stat().st_uid != os.geteuid():
        raise ConfigError(f"{path}: others may read the key, expected mode 0600", "CONFIG-KEY-MODE")
    if not KEY.fullmatch(text):
        raise ConfigError(f"{path}: expected a key of 64 hexadecimal digits", "CONFIG-KEY")
    key = PrivateKey(bytes.fromhex(text.removeprefix("0x")))
    return Operator(chain, key.public_key.to_address(), key)


def deploy(
    operator: Operator,
    *,
    report_blocks: int = 10,
    trade_blocks: int = 3600,
    block_milliseconds: int = 1000,
) -> AddressBook:
    """Token, registry and market, the market being allowed to claim; numbers count blocks."""
    numbers = {"reportBlocks": report_blocks, "tradeBlocks": trade_blocks}
    values: dict[str, Any] = {"owner": operator.account, **numbers}
    values["blockMilliseconds"] = block_milliseconds
    pair = {
        "token": operator.submit(None, creation("EnergyToken", values)),
        "registry": operator.submit(None, creation("MeterRegistry", values)),
    }
    receipts = {name: operator.wait(transaction) for name, transaction in pair.items()}
    values |= {name: receipt.contract for name, receipt in receipts.items()}
    market = operator.send(None, creation("EnergyMarket", values)).contract
    data = abi.encode("MeterRegistry", "setClaimer", [market, True])
    operator.send(values["registry"], data)
    return AddressBook(
        chain_id=operator.chain.chain_id,
        token=values["token"],
        registry=values["registry"],
        market=market or "",
        deployed_block=receipts["token"].block,
        report_blocks=report_blocks,
        trade_blocks=trade_blocks,
        block_milliseconds=block_milliseconds,
    )


def creation(contract: str, values: Mapping[str, Any]) -> bytes:
    """Creation code with the constructor's arguments, found by their names."""
    inputs = next(e["inputs"] for e in abi.load(contract) if e["type"] == "constructor")
    arguments = [values[item["name"].rstrip("_")] for item in inputs]
    code = bytes.fromhex(contracts.load(contract)["bytecode"].removeprefix("0x"))
    return code + encode([item["type"] for item in inputs], arguments)


def enroll(
    operator: Operator,
    book: AddressBook,
    meter: str,
    account: str,
    *,
    feeder: int,
    rated_power_w: int,
    credit: int,
) -> Receipt:
    """Makes a meter known to the registry as `account`'s, on a feeder (from 1)."""
    arguments = [meter, account, feeder, rated_power_w, credit]
    return operator.send(book.registry, abi.encode("MeterRegistry", "enroll", arguments))


def fund(operator: Operator, account: str, wei: int) -> Receipt:
    """Gives an account coins, for its gas."""
    return operator.send(account, value=wei)
