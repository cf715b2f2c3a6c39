"""Deploys a network's contracts, as far as they are not there: again and again if need be.

Contracts go out in waves, each as soon as those that it is told of are in the chain. How a broken
deployment goes on without sending anything twice: deployment_progress.py.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_utils.crypto import keccak

from normal_world.chain import abi, hexes
from normal_world.chain.address_book import AddressBook
from normal_world.chain.bytecode import creation
from normal_world.chain.deployment_check import check_contracts, unset
from normal_world.chain.deployment_plan import (
    ALL,
    CONTRACT_OF,
    NUMBERS,
    Numbers,
    argument_values,
    needs,
    values,
)
from normal_world.chain.deployment_progress import Progress
from normal_world.chain.operator import PATIENCE_S, POLL_S, Operator
from normal_world.errors import ChainStalled, ConfigError, ContractReverted


@dataclass(frozen=True)
class Step:
    """One thing that was done, and what it cost; gas None if only its effect was found."""

    name: str
    address: str | None
    transaction: str | None
    block: int | None
    gas_used: int | None


class Deployment:
    """One run for one account.

    `known`: contracts that are there already; they are verified, as to `firm` numbers only.
    """

    def __init__(
        self,
        operator: Operator,
        numbers: Numbers,
        wanted: Iterable[str] = ALL,
        *,
        known: Mapping[str, str] | None = None,
        firm: Iterable[str] = NUMBERS,
        progress: Progress | None = None,
        tell: Callable[[Step], None] = lambda step: None,
    ) -> None:
        self._operator = operator
        self._chain = operator.chain
        self._numbers = numbers
        self._wanted = tuple(wanted)
        self._found: dict[str, str] = dict(known or {})
        self._firm = tuple(firm)
        self._progress = progress or Progress(None, {})
        self._tell = tell
        self._next_nonce = 0
        self.steps: list[Step] = []

    def run(self) -> AddressBook:
        """All that is missing, then the book; every failure is a ChainError or ConfigError."""
        self._chain.chain_id  # noqa: B018  another network than the expected one is refused first
        first = self._chain.head()
        self._verify(self._found, self._firm)
        self._settle_old()
        while wave := self._wave():
            self._make(wave)
        self._set()
        return self._book(first)

    # Contracts

    def _wave(self) -> list[str]:
        missing = [name for name in self._wanted if name not in self._found]
        for name in missing:
            if unwanted := needs(name) - set(self._wanted) - set(self._found):
                raise ConfigError(
                    f"{name} needs {', '.join(sorted(unwanted))}", "CONFIG-DEPLOYMENT"
                )
        return [name for name in missing if needs(name) <= set(self._found)]

    def _make(self, wave: list[str]) -> None:
        """Sends those that are not in the chain yet, one after the other, then waits for all."""
        made: dict[str, str | None] = {}
        for name in wave:
            known = values(self._numbers, self._operator.account, self._found)
            code = creation(CONTRACT_OF[name], known)
            made[name] = self._sent(name) if self._exists(name) else self._send(name, None, code)
        for name, transaction in made.items():
            self._done(name, transaction)
            self._found[name] = self._address(name)
        self._verify(wave, NUMBERS)

    def _address(self, name: str) -> str:
        """Where the contract of a step comes to lie: the chain's rule for account and nonce."""
        nonce = self._progress.nonce(name)
        pair = [bytes.fromhex(self._operator.account[2:]), nonce]
        return hexes.text(bytes(keccak(rlp.encode(pair)))[12:])

    def _exists(self, name: str) -> bool:
        return self._progress.nonce(name) is not None and bool(
            self._chain.code(self._address(name))
        )

    def _verify(self, found: Iterable[str], firm: Iterable[str]) -> None:
        check_contracts(self._chain, self._found, found, self._numbers, firm)

    # Settings

    def _set(self) -> None:
        sent: dict[str, str] = {}
        for setting in unset(self._chain, self._found, self._numbers):
            arguments = argument_values(setting.arguments, self._numbers, self._found)
            data = abi.encode(CONTRACT_OF[setting.at], setting.function, arguments)
            sent[setting.name] = self._send(setting.name, self._found[setting.at], data)
        for name, transaction in sent.items():
            self._done(name, transaction)

    # Transactions

    def _settle_old(self) -> None:
        """Waits until nothing of an earlier run is under way: then what is there, is there."""
        account = self._operator.account
        last = max((int(step["nonce"]) for step in self._progress.steps.values()), default=-1)
        until = time.monotonic() + PATIENCE_S
        while self._under_way(account, last):
            if time.monotonic() > until:
                raise ChainStalled(f"nonce {last} of {account} not final after {PATIENCE_S:g} s")
            time.sleep(POLL_S)

    def _under_way(self, account: str, last: int) -> bool:
        latest, pending = (self._chain.nonce(account, tag) for tag in ("latest", "pending"))
        final = self._chain.nonce(account, hex(self._chain.final_block()))
        return final <= last and (latest < pending or final < latest)

    def _sent(self, name: str) -> str | None:
        """Hash of an earlier run's transaction, if it came to know it."""
        found = self._progress.steps[name].get("transaction")
        return None if found is None else str(found)

    def _send(self, name: str, to: str | None, data: bytes) -> str:
        # A node may take a while to count what it was just given.
        nonce = max(self._chain.nonce(self._operator.account, "pending"), self._next_nonce)
        self._next_nonce = nonce + 1
        self._progress.begin(name, nonce)
        transaction = self._operator.submit(to, data, nonce=nonce)
        self._progress.sent(name, transaction)
        return transaction

    def _done(self, name: str, transaction: str | None) -> None:
        receipt = None if transaction is None else self._operator.wait(transaction)
        address = None
        if name in CONTRACT_OF:
            address = self._address(name)
            if receipt is not None and receipt.contract != address:
                raise ContractReverted(f"{name}: {transaction} made no contract at {address}")
        step = Step(
            name,
            address,
            transaction,
            receipt.block if receipt else None,
            receipt.gas_used if receipt else None,
        )
        self.steps.append(step)
        self._tell(step)

    def _book(self, first: int) -> AddressBook:
        blocks = [step.block for step in self.steps if step.block is not None]
        names, numbers = {field.name for field in fields(AddressBook)}, self._numbers
        told: dict[str, Any] = {name: getattr(numbers, name) for name in NUMBERS if name in names}
        told |= {"chain_id": self._chain.chain_id, "deployed_block": min([*blocks, first + 1])}
        if "auction" not in self._found:
            told |= dict.fromkeys(("slot_blocks", "commit_blocks", "reveal_blocks"), 0)
        return AddressBook(**(told | self._found))
