"""The transaction outbox: each intent is executed exactly once, whenever the process dies.

What is durable before what: the unsigned payload with its nonce before it is signed (the secure
world never signs two payloads for a nonce), the signed bytes before they are sent. Sending again
what was sent, and signing again what was signed, changes nothing; so after a crash the outbox
simply goes on. A bump of the fees is another payload of the same call under the same nonce: at
most one of them can ever be in the chain.
"""

import threading
from pathlib import Path

from normal_world.chain import hexes
from normal_world.chain.client import Chain
from normal_world.chain.outbox_rows import Rows
from normal_world.chain.outbox_steps import Signer, Steps
from normal_world.chain.outbox_store import OutboxStore, Outcome
from normal_world.chain.transaction import Call
from normal_world.errors import ConfigError, StateError

BUMP_BLOCKS = 6


class Outbox:
    """One account's transactions on one chain; thread-safe.

    `sign` gives the signed form of an unsigned transaction. It raises one of `refused` when it has
    signed nothing and never will, ConnectionError when it cannot be reached.
    """

    def __init__(
        self,
        path: Path,
        chain: Chain,
        account: str,
        sign: Signer,
        *,
        refused: tuple[type[Exception], ...] = (),
        bump_blocks: int = BUMP_BLOCKS,
    ) -> None:
        self._store = OutboxStore(path)
        self._rows = Rows(self._store)
        self._stepping = threading.Lock()
        account = hexes.address(account)
        try:
            owner = self._store.remember("account", account)
            if owner != account:
                raise ConfigError(f"{path}: outbox of {owner}, expected {account}", "CONFIG-OUTBOX")
        except BaseException:
            self._store.close()
            raise
        self._steps = Steps(self._rows, chain, account, sign, refused, bump_blocks)

    def close(self) -> None:
        """Lets the file go; everything is already in it."""
        self._store.close()

    def put(
        self, intent: str, to: str, data: bytes, *, value: int = 0, description: str = ""
    ) -> Outcome:
        """Queues a call under a name, once: a name already known keeps its first call. Wei."""
        if self._rows.find(intent) is None:
            self._rows.put(intent, Call(hexes.address(to, "to"), data, value), description)
        return self.outcome(intent)

    def retry(self, intent: str) -> Outcome:
        """Queues an intent again that failed or reverted: it has not taken effect."""
        found = self.outcome(intent)
        if found.state not in ("failed", "reverted"):
            raise StateError(f"{intent} is {found.state}: only what failed can be retried")
        self._rows.queue_again(intent)
        return self.outcome(intent)

    def outcome(self, intent: str) -> Outcome:
        """Where an intent stands; StateError STATE-INTENT if nobody put it."""
        found = self._rows.find(intent)
        if found is None:
            raise StateError(f"no intent {intent!r} in the outbox", "STATE-INTENT")
        return found.outcome()

    def outcomes(self) -> list[Outcome]:
        """All intents, oldest first."""
        return [intent.outcome() for intent in self._rows.all()]

    def open_intents(self) -> list[str]:
        """Names of those that are not final yet, oldest first."""
        return self._rows.open_names()

    def look_again(self) -> None:
        """The chain took back blocks that were final: the next step looks for what was in them."""
        self._steps.look_again = True

    def step(self) -> int:
        """Moves everything on as far as it goes now; gives how many intents are not final.

        Asks the chain nothing when there is nothing to do. A ChainError or the signer's
        ConnectionError leaves the rows as they are: call again later. Ends at the first request
        that finds its time limit passed.
        """
        with self._stepping:
            if self.open_intents() or self._steps.look_again:
                self._steps.run()
            return len(self.open_intents())
