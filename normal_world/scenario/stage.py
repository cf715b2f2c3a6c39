"""Where a scenario is played: a chain, its contracts, people with fresh keys, and a record."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eth_keys.datatypes import PrivateKey

from normal_world.chain.address_book import AddressBook
from normal_world.chain.answers import Receipt
from normal_world.chain.bindings import token
from normal_world.chain.client import Chain
from normal_world.chain.deployment import Deployment
from normal_world.chain.deployment_plan import Numbers
from normal_world.chain.operator import Operator, key_operator, node_operator
from normal_world.chain.presets import chain_of
from normal_world.errors import ContractReverted, StateError

BLOCK_S = 0.05  # of the embedded chain: nobody wants to wait for a demonstration
GAS_WEI = 5 * 10**16  # coins of each person
MADE_FOR_IT = "made for this demo; on a device it is in the secure world"


@dataclass(frozen=True)
class Step:
    """One thing that happened. `refused`: the contract's line, where a refusal was the point."""

    who: str
    what: str
    facts: dict[str, Any] = field(default_factory=dict)
    transaction: str | None = None
    gas_used: int | None = None
    refused: str | None = None


@dataclass
class Stage:
    """`host` has coins: it deploys and funds."""

    chain: Chain
    host: Operator
    book: AddressBook
    tell: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)

    def person(self, name: str) -> Operator:
        """Someone with a fresh key, and coins for the gas."""
        key = PrivateKey(secrets.token_bytes(32))
        made = Operator(self.chain, key.public_key.to_address(), key)
        self.note(
            "host", f"gives the {name} coins", self.host.send(made.account, value=GAS_WEI),
            account=made.account,
        )  # fmt: skip
        return made

    def buy_tokens(self, name: str, person: Operator, amount: int) -> None:
        """Tokens for coins that the host gives."""
        if person.account != self.host.account:
            self.host.send(person.account, value=amount)
        receipt = person.send(self.book.token, token.buy_tokens(), value=amount)
        self.note(name, "buys tokens", receipt, base_units=amount)

    def note(
        self, who: str, what: str, receipts: Receipt | list[Receipt] | None = None, **facts: Any
    ) -> None:
        """Something was done."""
        made = receipts if isinstance(receipts, list) else [receipts] if receipts else []
        gas = sum(receipt.gas_used for receipt in made) if made else None
        last = made[-1].transaction if made else None
        self._add(Step(who, what, facts, last, gas))

    def refused(self, who: str, what: str, attempt: Callable[[], object]) -> None:
        """Something that must not work, and the contract's words."""
        try:
            attempt()
        except ContractReverted as error:
            self._add(Step(who, what, refused=str(error)))
            return
        raise StateError(f"{who} {what}: went through, a refusal expected", "SCENARIO-REFUSAL")

    def tokens(self, account: str) -> int:
        """Base units that an account holds."""
        return token.balance_of(account).ask(self.chain, self.book.token)

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        self.tell(step)

    def told(self, **result: Any) -> dict[str, Any]:
        """The whole record as one JSON object."""
        return {
            "chain_id": self.chain.chain_id,
            "contracts": self.book.contracts(),
            "steps": [asdict(step) for step in self.steps],
            "gas_used": sum(step.gas_used or 0 for step in self.steps),
            **result,
        }


@contextmanager
def staged(
    rpc: str | None, key: Path | None, network: str, tell: Callable[[Step], None]
) -> Iterator[Stage]:
    """A stage on an embedded chain, or on the node at `rpc`, with contracts of its own."""
    if rpc is not None:
        chain = chain_of(rpc, network)
        yield _set(chain, node_operator(chain) if key is None else key_operator(chain, key), tell)
        return
    from normal_world.chain.devchain.server import DevChain

    server = DevChain("127.0.0.1", 0, None, BLOCK_S)
    try:
        chain = Chain(server.url)
        yield _set(chain, node_operator(chain), tell)
    finally:
        server.close()


def _set(chain: Chain, host: Operator, tell: Callable[[Step], None]) -> Stage:
    deployment = Deployment(host, Numbers())
    stage = Stage(chain, host, deployment.run(), tell)
    gas = sum(step.gas_used or 0 for step in deployment.steps)
    facts = {"contracts": len(stage.book.contracts())}
    stage._add(Step("host", "deploys the contracts", facts, None, gas))
    return stage
