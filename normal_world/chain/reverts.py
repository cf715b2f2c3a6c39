"""Why a contract said no, in one line: custom errors by name, texts, panics, empty reverts."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_utils.abi import get_abi_input_names, get_abi_input_types

from normal_world.chain import abi
from normal_world.chain.advice import for_error

ERROR_STRING = bytes.fromhex("08c379a0")  # Error(string): require(…, "text")
PANIC = bytes.fromhex("4e487b71")  # Panic(uint256): the compiler's own checks
MAX_DATA = 4096
MAX_TEXT = 200
# Solidity documentation, "Panic via assert and Error via require".
PANICS = {
    0x00: "generic compiler panic",
    0x01: "assertion failed",
    0x11: "arithmetic overflow or underflow",
    0x12: "division by zero",
    0x21: "value outside its enum",
    0x22: "broken storage byte array",
    0x31: "pop of an empty array",
    0x32: "array index out of bounds",
    0x41: "too much memory",
    0x51: "call of an uninitialised function",
}


class Decoder:
    """Reads return data with the errors and functions of several contracts' ABIs."""

    def __init__(self, abis: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._errors: dict[bytes, Mapping[str, Any]] = {}
        self._functions: dict[bytes, str] = {}
        for contract, entries in abis.items():
            for item in entries:
                if item["type"] == "error":
                    self._errors[abi.selector(item)] = item
                elif item["type"] == "function":
                    self._name(abi.selector(item), contract, item["name"])

    def _name(self, selector: bytes, contract: str, function: str) -> None:
        """`EnergyMarket.buy`; the function alone where several contracts have it."""
        shared = selector in self._functions
        self._functions[selector] = function if shared else f"{contract}.{function}"

    def call_name(self, calldata: bytes) -> str:
        """`EnergyMarket.buy`; the selector if nobody knows it."""
        if len(calldata) < 4:
            return "transfer of value"
        return self._functions.get(calldata[:4], f"function 0x{calldata[:4].hex()}")

    def reason(self, data: bytes) -> str:
        """The revert's reason; never fails, whatever the bytes are, and never is long."""
        if not data:
            return "no reason given"
        kind, payload = data[:4], data[4:MAX_DATA]
        try:
            if kind == ERROR_STRING:
                return _clean(repr(decode(["string"], payload)[0]))
            if kind == PANIC:
                number = decode(["uint256"], payload)[0]
                return f"panic 0x{number:02x}, {PANICS.get(number, 'unknown to Solidity')}"
            if kind in self._errors:
                return self._custom(self._errors[kind], payload)
        except Exception:  # bytes of a stranger: eth_abi fails in many ways, all mean the same
            return f"unreadable data {_clean('0x' + data.hex())}"
        return f"unknown error {_clean('0x' + data.hex())}"

    @staticmethod
    def _custom(error: Mapping[str, Any], payload: bytes) -> str:
        values = decode(get_abi_input_types(error), payload)  # type: ignore[arg-type]
        names = get_abi_input_names(error)  # type: ignore[arg-type]
        pairs = [
            f"{name}={_show(value)}" if name else _show(value)
            for name, value in zip(names, values, strict=True)
        ]
        return _clean(f"{error['name']}({', '.join(pairs)})")

    def error_name(self, data: bytes) -> str:
        """Name of the custom error; empty if it is none of ours."""
        found = self._errors.get(data[:4])
        return "" if found is None else str(found["name"])

    def line(self, calldata: bytes, data: bytes) -> str:
        """`EnergyMarket.buy reverted: PriceAboveBound(price=3, bound=2); pay more, or …`."""
        told = f"{self.call_name(calldata)} reverted: {self.reason(data)}"
        advice = for_error(self.error_name(data))
        return f"{told}; {advice}" if advice else told


def _show(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _clean(text: str) -> str:
    """One printable line of bounded length."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable if len(printable) <= MAX_TEXT else printable[: MAX_TEXT - 1] + "…"


@cache
def known() -> Decoder:
    """The decoder for our own contracts."""
    return Decoder({name: abi.load(name) for name in abi.NAMES})


def revert_data(error: Mapping[str, Any]) -> bytes | None:
    """The revert's bytes in a JSON-RPC error, wherever this node puts them; None: no revert."""
    found = error.get("data")
    if isinstance(found, Mapping):  # some nodes nest it once more
        found = found.get("data") or found.get("result")
    if isinstance(found, str):
        raw = found.removeprefix("Reverted ").strip()
        if raw.startswith("0x"):
            try:
                return bytes.fromhex(raw[2:])
            except ValueError:
                return b""
    message = str(error.get("message", "")).lower()
    says_so: Callable[[str], bool] = message.__contains__
    return b"" if error.get("code") == 3 or any(map(says_so, EXECUTION_FAILED)) else None


# Words of geth, anvil, Kaia and py-evm for a call that the EVM itself refused.
EXECUTION_FAILED = (
    "revert",
    "out of gas",
    "gas required exceeds",
    "invalid opcode",
    "invalid jump",
    "stack underflow",
    "insufficient funds",
)
