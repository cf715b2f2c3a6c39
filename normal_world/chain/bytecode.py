"""Whether the contract at an address is the one that this version brings."""

from collections.abc import Mapping
from typing import Any

from eth_abi.abi import encode

import contracts
from normal_world.chain import abi
from normal_world.chain.client import Chain
from normal_world.errors import ContractDiffers, ContractMissing


def check_code(chain: Chain, contract: str, address: str) -> None:
    """ContractMissing or ContractDiffers unless the byte code is the artefact's.

    Immutables are left out of the comparison: the constructor wrote them (see check_values).
    """
    found = chain.code(address)
    if not found:
        raise ContractMissing(f"{chain.url}: no contract at {address}, expected {contract}")
    artefact = contracts.load(contract)
    expected = bytes.fromhex(artefact["deployed_bytecode"].removeprefix("0x"))
    if masked(found, artefact) != masked(expected, artefact):
        raise ContractDiffers(f"{address}: other byte code than this version's {contract}")


def masked(code: bytes, artefact: Mapping[str, Any]) -> bytes:
    """The code with zeros where its constructor wrote immutables."""
    blank = bytearray(code)
    for start, length in artefact["immutables"]:
        blank[start : start + length] = bytes(len(blank[start : start + length]))
    return bytes(blank)


def check_values(chain: Chain, contract: str, address: str, values: Mapping[str, object]) -> None:
    """ContractDiffers if a view named as a constructor's argument gives another value.

    `values` by the arguments' names; those without a view, or not given, are not compared.
    """
    views = {e["name"]: e for e in abi.load(contract) if e["type"] == "function"}
    for name in constructor_names(contract):
        if name not in values or views.get(name, {}).get("inputs") != []:
            continue
        answer = chain.call(address, abi.encode(contract, name, []))
        (found,) = abi.decode(contract, name, answer)
        if found != values[name]:
            raise ContractDiffers(
                f"{contract} at {address}: {name} is {found}, expected {values[name]}"
            )


def constructor_names(contract: str) -> list[str]:
    """Names of the constructor's arguments, as the views have them; a struct's one by one."""
    return [_name(item) for group in constructor(contract) for item in _flat(group)]


def constructor(contract: str) -> list[abi.Entry]:
    """The constructor's arguments in the ABI."""
    found = [entry["inputs"] for entry in abi.load(contract) if entry["type"] == "constructor"]
    return list(found[0]) if found else []


def _flat(item: abi.Entry) -> list[abi.Entry]:
    return list(item.get("components", [item]))


def _name(item: abi.Entry) -> str:
    return str(item["name"]).rstrip("_")


def creation(contract: str, values: Mapping[str, object]) -> bytes:
    """Creation code with the constructor's arguments by name; KeyError if one is missing."""
    inputs = constructor(contract)
    arguments = [
        tuple(values[_name(part)] for part in item["components"])
        if "components" in item
        else values[_name(item)]
        for item in inputs
    ]
    types = [
        f"({','.join(part['type'] for part in item['components'])})"
        if "components" in item
        else item["type"]
        for item in inputs
    ]
    code = bytes.fromhex(contracts.load(contract)["bytecode"].removeprefix("0x"))
    return code + encode(types, arguments)
