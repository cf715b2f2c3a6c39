"""One account's chain, market and outbox in a few lines: for orders that are killed anywhere."""

from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.abi import get_abi_input_types, get_abi_output_types

from normal_world.chain import abi
from normal_world.chain.address_book import AddressBook
from normal_world.chain.outbox_store import Outcome
from normal_world.errors import StateError

TOKEN, REGISTRY, MARKET, ACCOUNT, METER = ("0x" + f"{n:02x}" * 20 for n in range(1, 6))
BOOK = AddressBook(31337, TOKEN, REGISTRY, MARKET, 1, 10, 300, 1000)
CONTRACTS = {TOKEN: "EnergyToken", REGISTRY: "MeterRegistry", MARKET: "EnergyMarket"}


@dataclass
class Chain:
    """Views for `Market`, and `run` for what the outbox puts into a block."""

    tokens: int = 0
    allowance: int = 0
    purse: int = 0
    last_salt: int = 0
    claimed_uwh: int = 0
    bought: int = 0  # tokens, with coins
    spent: int = 0  # in escrows
    offers: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    feeders: dict[int, int] = field(default_factory=dict)  # 1 where nothing is said

    def call(self, address: str, data: bytes, **_options: Any) -> bytes:
        name, values = _read(address, data)
        if name == "pairOf":
            feeders = [self.feeders.get(int(meter, 16), 1) for meter in values]
            return encode(["uint24", "uint24", "uint16", "address"], [*feeders, 10, ACCOUNT])
        numbers = {
            "balanceOf": self.tokens,
            "allowance": self.allowance,
            "purseOf": self.purse,
            "lastSalt": self.last_salt,
            "creditOf": 10,
            "claimedUpTo": self.claimed_uwh,
        }
        empty = (0, 0, 0, 0)
        answer = self.offers.get(values[0], empty) if name == "offers" else numbers[name]
        entry = abi.entry(CONTRACTS[address], "function", name)
        return encode(get_abi_output_types(entry), [answer])  # type: ignore[arg-type]

    def run(self, address: str, data: bytes, value: int) -> None:
        """Raises ValueError where the contract would revert."""
        name, values = _read(address, data)
        getattr(self, f"_{name}")(*values, **({"value": value} if value else {}))
        self.done.append(name)

    def _buyTokens(self, value: int = 0) -> None:  # noqa: N802 - the contract's name
        self.tokens += value
        self.bought += value

    def _approve(self, spender: str, amount: int) -> None:
        assert spender == MARKET
        self.allowance = amount

    def _deposit(self, meter: str, amount: int) -> None:
        _require(meter == METER and amount <= min(self.tokens, self.allowance), "deposit")
        self.tokens -= amount
        self.allowance -= amount
        self.purse += amount

    def _withdraw(self, meter: str, amount: int) -> None:
        _require(meter == METER and amount <= self.purse, "PurseTooSmall")
        self.purse -= amount
        self.tokens += amount

    def _offer(self, meter: str, number: int, amount: int, price: int, credit: int) -> None:
        identifier = int(meter, 16) << 32 | number
        _, there, version, _ = self.offers.get(identifier, (0, 0, 0, 0))
        _require(there == 0, "OfferOpen")
        self.offers[identifier] = (price, amount, version + 1, credit)

    def _cancel(self, identifier: int) -> None:
        price, _, version, credit = self.offers[identifier]
        self.offers[identifier] = (price, 0, version, credit)

    def _buy(self, refs: tuple[int, ...], _meter: str, amount: int, most: int, salt: int) -> None:
        escrow = amount * most // 10**9
        _require(salt > self.last_salt, "SaltUsed")
        _require(escrow <= self.purse, "PurseTooSmall")
        self.purse -= escrow
        self.spent += escrow
        self.last_salt = salt + len(refs) - 1


class Outbox:
    """Keeps each intent's first call, as the real one; `mine` makes all of them final."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.calls: dict[str, tuple[str, bytes, int]] = {}
        self.ended: dict[str, tuple[str, str | None]] = {}

    def put(
        self, intent: str, to: str, data: bytes, *, value: int = 0, description: str = ""
    ) -> Outcome:
        self.calls.setdefault(intent, (to, data, value))
        return self.outcome(intent)

    def outcome(self, intent: str) -> Outcome:
        if intent not in self.calls:
            raise StateError(intent, "STATE-INTENT")
        state, reason = self.ended.get(intent, ("pending", None))
        return Outcome(intent, state, intent, self.calls[intent][1], reason, "0x01", 7, 21_000)

    def outcomes(self) -> list[Outcome]:
        return [self.outcome(intent) for intent in self.calls]

    def mine(self) -> None:
        for intent, call in self.calls.items():
            if intent not in self.ended:
                try:
                    self.chain.run(*call)
                except ValueError as error:
                    self.ended[intent] = ("reverted", str(error))
                else:
                    self.ended[intent] = ("settled", None)

    def close(self) -> None:
        """Nothing is held."""


def _read(address: str, data: bytes) -> tuple[str, tuple[Any, ...]]:
    for item in abi.load(CONTRACTS[address]):
        if item["type"] == "function" and abi.selector(item) == data[:4]:
            return item["name"], decode(get_abi_input_types(item), data[4:])  # type: ignore[arg-type]
    raise AssertionError(data[:4].hex())


def _require(fine: bool, reason: str) -> None:
    if not fine:
        raise ValueError(reason)
