"""A device in an owner's hands: known keys, a claim, a policy, and short ways to ask."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.conformance import answers
from tests.conformance.answers import named
from tests.conformance.home import Home
from tests.conformance.owner import (
    AUCTION,
    CHAIN,
    ETHER,
    FEES,
    MARKET,
    NATIVE,
    NO_POLICY,
    Allowance,
    Call,
    Owner,
    Rules,
)
from tests.conformance.rlp import Item, Value
from tests.conformance.transactions import SELECTOR, Tx
from tests.conformance.wire import Client, Code, Command, Gone, Role, refused

ACCOUNT_KEY = b"\x46" * 32  # EIP-155's example
PIN = "4711-aqua"
RATED_POWER_W = 3600  # a thousand µWh in a millisecond
OWNER = Owner()
IMPORT, EXPORT = 0, 1
ROLES = {
    Command.SIGN_TRANSACTION: Role.NODE,
    Command.SIGN_LINK: Role.NODE,
    Command.LINK_SESSION: Role.NODE,
    Command.SIGN_CLAIM: Role.NODE,
    Command.OPEN_TRADE: Role.METER,
    Command.COUNT: Role.METER,
    Command.SIGN_READING: Role.METER,
    Command.TAMPER: Role.METER,
}
RULES = Rules(
    owner=OWNER.address,
    release=OWNER.address,
    calls=[Call(MARKET, SELECTOR, max_value=ETHER)],
    allowances=[Allowance(NATIVE, 100 * ETHER, 0), Allowance(FEES, 100 * ETHER, 0)],
)


class Kit:
    """One home and the three clients of its roles."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.clients = {role: home.client(role) for role in Role}
        self.meter, self.account = b"", b""
        self.version, self.previous = 0, NO_POLICY
        self._nonce = 0

    def ask(self, command: Command, *fields: Value, role: Role | None = None) -> list[Item]:
        """The answer over the role's socket (by default the one that may)."""
        return self.client(role or ROLES.get(command, Role.ADMIN)).ask(command, *fields)

    def refused(self, command: Command, *fields: Value, role: Role | None = None) -> Code:
        """The code with which it is refused."""
        return refused(lambda: self.ask(command, *fields, role=role))

    def client(self, role: Role) -> Client:
        """The role's client."""
        return self.clients[role]

    def restart(self, how: Callable[[], None] | None = None) -> None:
        """Killed (or ended by `how`), and started again."""
        (how or self.home.kill)()
        for client in self.clients.values():
            client.close()
        self.home.start()

    def reboot(self) -> None:
        """The machine goes off and on."""
        for client in self.clients.values():
            client.close()
        self.home.reboot()

    def close(self) -> None:
        """Let go of everything."""
        for client in self.clients.values():
            client.close()
        self.home.close()

    def info(self, role: Role = Role.NODE) -> answers.Info:
        """INFO."""
        return named(answers.Info, self.ask(Command.INFO, role=role))

    def restore_key(self, key: bytes = ACCOUNT_KEY, rated_power_w: int = RATED_POWER_W) -> None:
        """Known account key, new meter key."""
        found = self.ask(Command.RESTORE_KEY, key, rated_power_w)
        self.account, self.meter = named(answers.Restored, found)

    def claim(self, owner: Owner = OWNER) -> None:
        """The device is the owner's."""
        self.ask(Command.CLAIM, owner.public_key, PIN)

    def set_policy(self, rules: Rules = RULES, owner: Owner = OWNER) -> answers.Policy:
        """The owner's next policy."""
        fields, hashed = owner.policy(self.meter, rules, self.version + 1, self.previous)
        found = answers.policy(self.ask(Command.SET_POLICY, *fields))
        self.version, self.previous = found.version, found.digest
        assert found.digest == hashed
        return found

    def prepare(self, rules: Rules = RULES) -> "Kit":
        """Keys, claim, policy."""
        self.restore_key()
        self.claim()
        self.set_policy(rules)
        return self

    def nonce(self) -> int:
        """One that was not used yet."""
        self._nonce += 1
        return self._nonce

    def sign(self, tx: Tx | bytes) -> bytes:
        """The signed raw transaction."""
        raw = tx if isinstance(tx, bytes) else tx.raw()
        (signed,) = self.ask(Command.SIGN_TRANSACTION, raw)
        assert isinstance(signed, bytes)
        return signed

    def refused_tx(self, tx: Tx | bytes) -> Code:
        """The code with which it is not signed."""
        return refused(lambda: self.sign(tx))

    def open(self, trade: Sequence[Value]) -> answers.Ready:
        """OPEN_TRADE."""
        return named(answers.Ready, self.ask(Command.OPEN_TRADE, *trade))

    def read(
        self,
        trade: bytes,
        totals: tuple[int, int] = (0, 0),
        *,
        final: bool = False,
        session: int = 1,
    ) -> answers.Reading:
        """SIGN_READING."""
        fields = trade, final, session, *totals
        return named(answers.Reading, self.ask(Command.SIGN_READING, *fields))

    def claim_energy(self, fields: Sequence[Value]) -> answers.SignedClaim:
        """SIGN_CLAIM."""
        return named(answers.SignedClaim, self.ask(Command.SIGN_CLAIM, *fields))

    def count(self, imported: int, exported: int, session: int = 1) -> answers.Register:
        """COUNT."""
        return named(answers.Register, self.ask(Command.COUNT, session, imported, exported))

    def insist(self, ask: Callable[[], Any]) -> Any:
        """The answer, from a process started again if it died."""
        while True:
            try:
                return ask()
            except Gone:
                self.restart()


def trade(number: int, direction: int = EXPORT, **changes: Value) -> list[Value]:
    """Fields of OPEN_TRADE, some changed."""
    fields: dict[str, Value] = {
        "chain_id": CHAIN,
        "market": MARKET,
        "trade": trade_id(number),
        "direction": direction,
        "amount_uwh": 10**6,
        "counterpart": b"\x0c" * 20,
        "self_check": b"\5" * 32,
    }
    return list({**fields, **changes}.values())


def asked(reference: int, direction: int = EXPORT, **changes: Value) -> list[Value]:
    """Fields of SIGN_CLAIM, some changed."""
    fields: dict[str, Value] = {
        "chain_id": CHAIN,
        "direction": direction,
        "consumer": AUCTION,
        "reference": reference,
        "price": 5,
        "least_from_uwh": 0,
    }
    return list({**fields, **changes}.values())


def trade_id(number: int) -> bytes:
    """A trade's id."""
    return number.to_bytes(32, "big")
