"""The text of one generated binding, from a contract's ABI."""

import keyword
import re
from collections.abc import Iterator
from typing import Any

from eth_utils.abi import abi_to_signature, function_signature_to_4byte_selector
from eth_utils.crypto import keccak

Entry = dict[str, Any]
TAKEN = {"count", "index"}  # every tuple has these methods
ASKS = ("view", "pure")


def module(contract: str, abi: list[Entry]) -> str:
    """The whole module, not yet formatted."""
    parts = [*_structs(abi)]
    parts += [_event(contract, entry) for entry in _of(abi, "event")]
    parts += [_function(contract, entry) for entry in _of(abi, "function")]
    parts += [_constructor(contract, entry) for entry in _of(abi, "constructor")]
    body = "\n\n".join(parts)
    return f'"""{contract}, made by `python -m contracts.gen`: do not edit."""\n\n' + (
        f"{_imports(body)}\n\nNAME = {contract!r}\n\n\n{body}\n"
    )


def _imports(body: str) -> str:
    """Only what the body uses, in the linter's order."""
    lines = ["from collections.abc import Sequence"] if "Sequence[" in body else []
    lines += ["from typing import NamedTuple"] if "(NamedTuple)" in body else []
    lines += [""] if lines else []
    if ": Log)" in body:
        lines.append("from normal_world.chain.answers import Log")
    words = {"Call": "Call[", "Event": "= Event(", "Function": "= Function(", "Raw": ": Raw"}
    words["creation"] = " creation("
    used = [name for name, mark in words.items() if mark in body]
    return "\n".join([*lines, f"from normal_world.chain.binding import {', '.join(used)}"])


def _of(abi: list[Entry], kind: str) -> list[Entry]:
    found = [entry for entry in abi if entry["type"] == kind]
    names = [entry.get("name") for entry in found]
    if len(set(names)) != len(names):
        raise ValueError(f"{kind}: overloaded names in {names}, expected each once")
    return found


def _snake(name: str) -> str:
    """amountUwh → amount_uwh, latitudeE6 → latitude_e6, DOMAIN_SEPARATOR → domain_separator."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")
    return f"{text}_" if keyword.iskeyword(text) or text in TAKEN else text


def _signature(entry: Entry) -> str:
    return abi_to_signature(entry)  # type: ignore[arg-type]


# Types


def _struct_name(item: Entry) -> str:
    return str(item["internalType"]).removeprefix("struct ").split(".")[-1].split("[")[0]


def _python(item: Entry, *, given: bool) -> str:
    """Python type of a value; `given`: as an argument, where any sequence will do."""
    kind = str(item["type"])
    if kind.endswith("]"):
        inner = _python({**item, "type": kind[: kind.rindex("[")]}, given=given)
        return f"Sequence[{inner}]" if given else f"tuple[{inner}, ...]"
    if kind == "tuple":
        return _struct_name(item)
    if kind in ("bool", "string"):
        return {"bool": "bool", "string": "str"}[kind]
    if kind == "address":
        return "str"
    return "bytes" if kind.startswith("bytes") else "int"


def _abi_type(item: Entry) -> str:
    kind = str(item["type"])
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(_abi_type(part) for part in item["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


def _made(item: Entry, raw: str) -> str:
    """Expression that makes the Python value out of what eth_abi decoded."""
    kind = str(item["type"])
    if kind.startswith("tuple") and kind.endswith("]"):
        inner = _made({**item, "type": kind[: kind.rindex("[")]}, "item")
        return f"tuple({inner} for item in {raw})"
    return f"{_struct_name(item)}.of({raw})" if kind == "tuple" else raw


# Parts


def _structs(abi: list[Entry]) -> Iterator[str]:
    """Each struct once, those that it holds before it."""
    found: dict[str, Entry] = {}

    def walk(item: Entry) -> None:
        for part in item.get("components", ()):
            walk(part)
        if item["type"].startswith("tuple"):
            found.setdefault(_struct_name(item), item)

    for entry in abi:
        for item in [*entry.get("inputs", ()), *entry.get("outputs", ())]:
            if entry["type"] in ("function", "constructor"):
                walk(item)
    for name, item in found.items():
        parts = item["components"]
        fields = [f"    {_snake(part['name'])}: {_python(part, given=False)}" for part in parts]
        values = ", ".join(_made(part, f"raw[{at}]") for at, part in enumerate(parts))
        yield (
            f'class {name}(NamedTuple):\n    """A struct."""\n\n' + "\n".join(fields) + "\n\n"
            f'    @classmethod\n    def of(cls, raw: Raw) -> "{name}":\n'
            f'        """From what eth_abi decoded."""\n        return cls({values})\n'
        )


def _event(contract: str, entry: Entry) -> str:
    name, inputs = entry["name"], entry["inputs"]
    topic = bytes(keccak(text=_signature(entry)))
    fields = [f"    {_snake(item['name'])}: {_python(item, given=False)}" for item in inputs]
    kinds = "".join(f"({_abi_type(item)!r}, {item['indexed']}), " for item in inputs)
    values = ", ".join(_made(item, f"raw[{at}]") for at, item in enumerate(inputs))
    constant = f"_{_snake(name).upper()}_EVENT"
    return (
        f"{constant} = Event(\n    {contract + '.' + name!r},\n"
        f"    bytes.fromhex({topic.hex()!r}),\n    ({kinds}),\n)\n\n\n"
        f'class {name}(NamedTuple):\n    """An event."""\n\n' + "\n".join(fields) + "\n\n"
        f'    @staticmethod\n    def topic() -> bytes:\n        """First topic of its logs."""\n'
        f"        return {constant}.topic\n\n"
        f'    @classmethod\n    def decode(cls, log: Log) -> "{name}":\n'
        f'        """From a log; ValueError if it is another event\'s."""\n'
        f"        {'raw = ' if inputs else ''}{constant}.read(log)\n"
        f"        return cls({values})\n"
    )


def _function(contract: str, entry: Entry) -> str:
    name, outputs = entry["name"], entry["outputs"]
    constant = f"_{_snake(name).upper()}"
    selector = bytes(function_signature_to_4byte_selector(_signature(entry)))
    asks = entry["stateMutability"] in ASKS
    results = "".join(f"{_abi_type(item)!r}, " for item in outputs) if asks else ""
    passed = ", ".join(_argument(item, at) for at, item in enumerate(entry["inputs"]))
    head = f"{constant} = " + _constant(contract, name, selector, entry["inputs"], results)
    kind, made = _answer(outputs)
    encoded = f"{constant}.encode({passed})"
    gives, body = "bytes", encoded
    if asks:
        gives, body = f"Call[{kind}]", f"Call({constant}, {encoded}, lambda raw: {made})"
    return (
        f"{head}\n\ndef {_snake(name)}({_parameters(entry)}) -> {gives}:\n"
        f'    """{_told(entry)}"""\n    return {body}\n'
    )


def _constructor(contract: str, entry: Entry) -> str:
    inputs = entry["inputs"]
    passed = ", ".join(_argument(item, at) for at, item in enumerate(inputs))
    return (
        f"_CONSTRUCTOR = {_constant(contract, 'constructor', b'', inputs, '')}\n\n"
        f'def create({_parameters(entry)}) -> bytes:\n    """Creation code: {_told(entry)}"""\n'
        f"    return creation(NAME, _CONSTRUCTOR.encode({passed}))\n"
    )


def _constant(contract: str, name: str, selector: bytes, inputs: list[Entry], results: str) -> str:
    pairs = (f"({_argument(item, at)!r}, {_abi_type(item)!r}), " for at, item in enumerate(inputs))
    return (
        f"Function(\n    {contract + '.' + name!r},\n    bytes.fromhex({selector.hex()!r}),\n"
        f"    ({''.join(pairs)}),\n    ({results}),\n)\n"
    )


def _argument(item: Entry, at: int) -> str:
    return _snake(item["name"]) or f"argument_{at}"


def _parameters(entry: Entry) -> str:
    kinds = [_python(item, given=True) for item in entry["inputs"]]
    names = [_argument(item, at) for at, item in enumerate(entry["inputs"])]
    star = ["*"] if len(set(kinds)) < len(kinds) else []
    return ", ".join([*star, *(f"{n}: {kind}" for n, kind in zip(names, kinds, strict=True))])


def _answer(outputs: list[Entry]) -> tuple[str, str]:
    """Python type of a view's answer, and the expression that makes it."""
    kinds = [_python(item, given=False) for item in outputs]
    made = [_made(item, f"raw[{at}]") for at, item in enumerate(outputs)]
    if len(kinds) == 1:
        return kinds[0], made[0]
    return f"tuple[{', '.join(kinds)}]", f"({', '.join(made)},)"


def _told(entry: Entry) -> str:
    """One line that says how it is written in Solidity, shortened to fit."""
    words = ", ".join(
        f"{str(item.get('internalType', item['type'])).split('.')[-1].split(' ')[-1]} "
        f"{item['name']}".strip()
        for item in entry["inputs"]
    )
    paid = ", payable" if entry.get("stateMutability") == "payable" else ""
    text = f"{entry.get('name', 'constructor')}({words}){paid}"
    return f"{text}." if len(text) <= 70 else f"{text[:69]}…"
