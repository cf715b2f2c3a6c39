"""The grid operator's hand on the chain: deploys the contracts, enrols meters, funds accounts."""

import os
import re
import stat
import time
from pathlib import Path

from eth_keys.datatypes import PrivateKey

from normal_world.chain import abi
from normal_world.chain.address_book import CONTRACTS, AddressBook
from normal_world.chain.answers import Receipt
from normal_world.chain.client import Chain
from normal_world.chain.transaction import Call, sign, unsigned
from normal_world.errors import ChainRejected, ChainStalled, ConfigError, ContractReverted

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
        self._sent: dict[str, tuple[Call, int]] = {}  # with its gas, to say why it reverted

    def submit(
        self, to: str | None, data: bytes = b"", value: int = 0, *, nonce: int | None = None
    ) -> str:
        """Hands in a transaction (`to` None creates a contract; wei) and gives its hash.

        `nonce`: the next one if none is given.
        """
        try:
            gas = self.chain.estimate(to, data, sender=self.account, value=value)
            gas = gas * (100 + GAS_MARGIN_PERCENT) // 100
            transaction = self._submit(Call(to, data, value), gas, nonce)
        except (ChainRejected, ContractReverted) as error:
            if "insufficient funds" not in str(error).lower():
                raise
            held = self.chain.balance(self.account)
            told = f"{self.account} has {held} wei, too few for this: fund it first"
            raise ChainRejected(told, "CHAIN-FUNDS") from error
        self._sent[transaction] = (Call(to, data, value), gas)
        return transaction

    def _submit(self, call: Call, gas: int, nonce: int | None) -> str:
        if self._key is None:
            wish = {"from": self.account, "data": "0x" + call.data.hex()}
            wish |= {"gas": hex(gas), "value": hex(call.value)}
            wish |= {"to": call.to} if call.to else {}
            wish |= {} if nonce is None else {"nonce": hex(nonce)}
            return str(self.chain.rpc("eth_sendTransaction", wish))
        if nonce is None:
            nonce = self.chain.nonce(self.account, "pending")
        payload = unsigned(self.chain.chain_id, nonce, gas, self.chain.fees(), call)
        return self.chain.send_raw(sign(payload, self._key))

    def wait(self, transaction: str) -> Receipt:
        """The receipt, once it is final; ContractReverted if it failed, ChainStalled if none."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            receipt = self.chain.receipt(transaction)
            if receipt is not None and receipt.block <= self.chain.final_block():
                if not receipt.succeeded:
                    raise ContractReverted(self._why(transaction, receipt))
                return receipt
            time.sleep(POLL_S)
        raise ChainStalled(f"transaction {transaction} not final after {PATIENCE_S:g} s")

    def _why(self, transaction: str, receipt: Receipt) -> str:
        if transaction not in self._sent:
            return f"transaction {transaction} reverted"
        call, gas = self._sent[transaction]
        return self.chain.why_reverted(call, self.account, gas, receipt)

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
    """The account of the key in a file, see `read_key`."""
    key = read_key(path)
    return Operator(chain, key.public_key.to_address(), key)


def read_key(path: Path) -> PrivateKey:
    """The key in a file that nobody else may read: 64 hexadecimal digits."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}", "CONFIG-KEY") from error
    if stat.S_IMODE(mode) & 0o077 or path.stat().st_uid != os.geteuid():
        raise ConfigError(f"{path}: others may read the key, expected mode 0600", "CONFIG-KEY-MODE")
    if not KEY.fullmatch(text):
        raise ConfigError(f"{path}: expected a key of 64 hexadecimal digits", "CONFIG-KEY")
    return PrivateKey(bytes.fromhex(text.removeprefix("0x")))


def deploy(
    operator: Operator,
    *,
    contracts: tuple[str, ...] = CONTRACTS,
    **numbers: int,
) -> AddressBook:
    """Deploys these contracts of an address book, and what they need of one another is set.

    `numbers`: fields of deployment_plan.Numbers, such as report_blocks. Keeps no progress file: for
    development chains and tests; deployment.py has the rest.
    """
    from normal_world.chain.deployment import Deployment
    from normal_world.chain.deployment_plan import Numbers

    return Deployment(operator, Numbers(**numbers), contracts).run()


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
