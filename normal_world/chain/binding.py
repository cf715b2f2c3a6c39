"""What the generated bindings stand on: functions, questions and events of a contract, typed.

A binding (`bindings/market.py`, …) gives calldata for what changes the chain, and a `Call` for what
only asks. Arguments are checked against the ABI's types before anything is sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from eth_abi.abi import decode as decode_values
from eth_abi.abi import encode as encode_values
from eth_abi.exceptions import DecodingError, EncodingError
from eth_abi.grammar import parse

import contracts
from normal_world.errors import ArgumentInvalid, ChainUnreachable, ContractMissing

if TYPE_CHECKING:
    from normal_world.chain.answers import Log
    from normal_world.chain.client import Chain

T = TypeVar("T")
Raw = tuple[Any, ...]  # as eth_abi decodes: structs are tuples, addresses `0x` and lower case


@dataclass(frozen=True)
class Function:
    """A function of a contract; a constructor has no selector."""

    name: str  # EnergyMarket.buy
    selector: bytes
    arguments: tuple[tuple[str, str], ...]  # name and type of each
    results: tuple[str, ...] = ()

    def encode(self, *values: object) -> bytes:
        """Calldata; ArgumentInvalid names the argument that does not fit its type."""
        try:
            return self.selector + encode_values([kind for _, kind in self.arguments], values)
        except (EncodingError, TypeError, ValueError, OverflowError) as error:
            raise self._unfit(values) from error

    def _unfit(self, values: Sequence[object]) -> ArgumentInvalid:
        for (name, kind), value in zip(self.arguments, values, strict=True):
            try:
                encode_values([kind], [value])
            except (EncodingError, TypeError, ValueError, OverflowError):
                told = str(value)[:60]
                return ArgumentInvalid(f"{self.name} {name}: {told}, expected {_words(kind)}")
        return ArgumentInvalid(f"{self.name}: arguments do not fit")

    def decode(self, answer: bytes) -> Raw:
        """Results; ContractMissing for no answer at all, ChainUnreachable for another shape."""
        if not answer and self.results:
            raise ContractMissing(f"{self.name}: empty answer, expected a contract there")
        try:
            return tuple(decode_values(self.results, answer))
        except (DecodingError, ValueError, OverflowError) as error:
            raise ChainUnreachable(f"{self.name}: the answer has an unknown shape") from error


@cache
def _words(kind: str) -> str:
    """`uint64 (0 to 18446744073709551615)`."""
    parsed = parse(kind)
    if parsed.is_array or getattr(parsed, "base", "") != "uint":
        return kind
    return f"{kind} (0 to {2**parsed.sub - 1})"


@dataclass(frozen=True)
class Call(Generic[T]):
    """A question to a contract: what to send, and how the answer reads."""

    function: Function
    data: bytes
    _read: Callable[[Raw], T]

    def decode(self, answer: bytes) -> T:
        """The answer of eth_call."""
        return self._read(self.function.decode(answer))

    def ask(self, chain: "Chain", address: str, *, block: int | None = None) -> T:
        """Asks the contract at an address, as of a block or now; every failure is a ChainError."""
        return self.decode(chain.call(address, self.data, block=block))


@dataclass(frozen=True)
class Event:
    """An event of a contract. `fields`: type of each, and whether it is indexed."""

    name: str
    topic: bytes
    fields: tuple[tuple[str, bool], ...]

    def read(self, log: "Log") -> Raw:
        """Its values in the ABI's order; ValueError if the log is another event."""
        if not log.topics or log.topics[0] != self.topic:
            raise ValueError(f"log {log.index} of {log.transaction}: not {self.name}")
        plain = [kind for kind, indexed in self.fields if not indexed]
        try:
            words, values = iter(log.topics[1:]), iter(decode_values(plain, log.data))
            return tuple(
                decode_values([kind], next(words))[0] if indexed else next(values)
                for kind, indexed in self.fields
            )
        except (DecodingError, ValueError, OverflowError, RuntimeError) as error:
            raise ChainUnreachable(f"{self.name}: the log has an unknown shape") from error


def creation(contract: str, arguments: bytes) -> bytes:
    """Creation code of a contract, with its constructor's encoded arguments."""
    code: str = contracts.load(contract)["bytecode"]
    return bytes.fromhex(code.removeprefix("0x")) + arguments
