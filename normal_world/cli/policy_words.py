"""A policy's rules in words: names of functions and arguments, numbers with their units.

Made from the rules' bytes alone, so that an owner reads what is signed and nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Context
from itertools import groupby
from typing import TYPE_CHECKING, Any

from normal_world.cli import claim_words, units
from normal_world.cli.abi_words import MEANINGS, functions, words_of
from normal_world.cli.rules import ANY, MARKET, NUMBER_BITS, REF_BITS, owned

if TYPE_CHECKING:
    from secure_world.protocol import Bound, Call, Charge, Rules

ADDRESS_WORDS = ("meter", "spender", "buyerMeter")
OWNED_WORDS = {"offerId": NUMBER_BITS, "ref": REF_BITS}  # a meter, then so many bits
ENERGY_WORDS, MONEY_WORDS = ("amountUwh", "quantityUwh"), ("value", "amount")
PRICE_WORDS = ("price", "maxPrice", "maxRate")
CONTRACTS = {"market": MARKET, **claim_words.CONTRACTS}
Names = Mapping[bytes, str]


def names_of(rules: "Rules", meter: bytes) -> dict[bytes, str]:
    """What the addresses in the rules are, as far as the rules themselves tell."""
    found = claim_words.names_of(rules, meter)
    return {**found, rules.market: "market", meter: "this meter"}


def words(rules: "Rules", meter: bytes) -> dict[str, Any]:
    """The whole of it, for people and for JSON."""
    names = names_of(rules, meter)
    return {
        "chain": rules.chain_id,
        "contracts": {name: _hex(at) for at, name in names.items() if at != meter},
        "owner": _hex(rules.owner),
        "updates_signed_by": _hex(rules.release) if rules.release else "nobody",
        "calls": [_call(call, names) for call in rules.calls],
        "allowances": {
            _asset(item.asset, names): f"{_money(item.capacity)}, {_a_day(item.per_hour)}"
            for item in rules.allowances
        },
        "fee": f"at most {_money(rules.max_fee_wei)} coins a transaction",
        "energy": f"at most {units.energy(rules.max_trade_uwh)} a trade, "
        f"{units.energy(rules.max_day_uwh)} a day",
        "destroys_the_keys": marks(rules.tamper_marks) or ["nothing"],
        **claim_words.words(rules, names),
    }


def left(rules: "Rules", meter: bytes, left_of: Iterable[tuple[bytes, int]]) -> dict[str, str]:
    """What may still be spent, by the same names as `allowances`."""
    names = names_of(rules, meter)
    return {_asset(asset, names): _money(amount) for asset, amount in left_of}


def text(
    told: Mapping[str, Any], left_now: Mapping[str, str] | None = None, day_left: str = ""
) -> str:
    """Lines for a terminal; with what is left where that is known."""
    contracts = [f"  {name}  {address}" for name, address in told["contracts"].items()]
    allowances = [
        f"  {name}: {words}" + (f" (left now: {left_now[name]})" if left_now else "")
        for name, words in told["allowances"].items()
    ]
    return "\n".join(
        [
            f"owner         {told['owner']}",
            f"updates       signed by {told['updates_signed_by']}",
            f"chain         {told['chain']}",
            *contracts,
            "may be called",
            *_lines(told["calls"]),
            *claim_words.lines(told),
            "may be spent  (at once, and how fast that comes back)",
            *allowances,
            f"fee           {told['fee']}",
            f"energy        {told['energy']}",
            *([f"              (left now: {day_left})"] if day_left else []),
            f"a finding of  {', '.join(told['destroys_the_keys'])} destroys the keys",
        ]
    )


def marks(mask: int) -> list[str]:
    """Names of the findings in a mask."""
    from secure_world.protocol import Finding

    return [mark_name(finding) for finding in Finding if mask >> finding & 1]


def mark_name(finding: Any) -> str:
    """case-opened"""
    return str(finding.name).lower().replace("_", "-")


def _lines(calls: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Functions of a contract under the same conditions share theirs."""
    for (contract, conditions), alike in groupby(calls, _conditions):
        names = [call["function"] for call in alike]
        known = [MEANINGS[name] for name in names if name in MEANINGS]
        meaning = f"  ({', '.join(dict.fromkeys(known))})" if known else ""
        yield f"  {contract}: {', '.join(names)}{meaning}"
        yield from (f"    {condition}" for condition in conditions)


def _conditions(call: Mapping[str, Any]) -> tuple[str, list[str]]:
    carried = [f"carries {call['value']}"] if call["value"] else []
    return call["contract"], [*call["bounds"], *call["spends"], *carried]


def _call(call: "Call", names: Names) -> dict[str, Any]:
    contract = CONTRACTS.get(names.get(call.to, ""), "")
    known = functions(contract).get(call.selector) if contract else None
    arguments = words_of(contract, known) if known is not None else ()
    told = _Arguments(arguments, names)
    return {
        "contract": names.get(call.to, _hex(call.to)),
        "function": known if known is not None else _hex(call.selector),
        "value": f"at most {_money(call.max_value)} coins" if call.max_value else "",
        "most_words": call.max_words,
        "bounds": told.bounds(call.bounds),
        "spends": [told.charge(charge) for charge in call.charges],
    }


class _Arguments:
    """Words of one function, told by name and unit."""

    def __init__(self, arguments: tuple[str, ...], names: Names) -> None:
        self._arguments, self._names = arguments, names

    def bounds(self, bounds: "Iterable[Bound]") -> list[str]:
        """One line a word, its alternatives behind each other."""
        found: dict[int, list[str]] = {}
        for bound in bounds:
            found.setdefault(bound.word, []).append(self._range(bound))
        return [f"{self._name(word)} {' or '.join(found[word])}" for word in found]

    def charge(self, charge: "Charge") -> str:
        """What a call spends."""
        from secure_world.protocol import ONE

        factors = self._name(charge.word)
        if charge.times != ONE:
            factors += f" × {self._name(charge.times)}"
        asset = _asset(charge.asset, self._names)
        return f"{factors} at most {_money(charge.most)}, counted as {asset}"

    def _range(self, bound: "Bound") -> str:
        name = self._name(bound.word)
        if (owner := self._owner(name, bound)) is not None:
            return f"is of {owner}"
        low, high = self._value(name, bound.low), self._value(name, bound.high)
        if bound.low == bound.high:
            return f"is {low}"
        if bound.high == ANY:
            return f"at least {low}" if bound.low > 1 else "any"
        return f"at most {high}" if bound.low <= 1 else f"{low} to {high}"

    def _owner(self, name: str, bound: "Bound") -> str | None:
        """The meter of which all ids in the range are."""
        bits = OWNED_WORDS.get(name.rpartition(".")[2], 0)
        meter = bound.low >> bits
        if not bits or meter >> 160 or (bound.low, bound.high) != owned(meter, bits):
            return None
        return self._address(meter)

    def _address(self, number: int) -> str:
        address = number.to_bytes(20, "big")
        return self._names.get(address, _hex(address))

    def _name(self, word: int) -> str:
        return self._arguments[word] if word < len(self._arguments) else f"argument {word}"

    def _value(self, name: str, number: int) -> str:
        last = name.rpartition(".")[2]
        if last in ADDRESS_WORDS and number >> 160 == 0:
            return self._address(number)
        if last in ENERGY_WORDS:
            return units.energy(number)
        if last in PRICE_WORDS:
            return f"{units.tokens(number)} a kWh"
        return units.tokens(number) if last in MONEY_WORDS else str(number)


def _asset(asset: bytes, names: Names) -> str:
    from secure_world.protocol import FEES, NATIVE

    fixed = {NATIVE: "coins", FEES: "coins for fees"}
    if asset in fixed:
        return fixed[asset]
    name = names.get(asset)
    told = {"token": "tokens promised", "market": "purchases"}
    told |= {"operator": "energy of the operator", "ledger": "energy of grids"}
    return told.get(name or "", name or _hex(asset))


def _money(amount: int) -> str:
    """Exact, without the name of a coin: 10¹⁸ base units are one."""
    return units.tokens(amount).removesuffix(" token")


def _a_day(per_hour: int) -> str:
    """What comes back within a day, in four digits."""
    if not per_hour:
        return "and never more"
    return f"about {_money(int(Context(prec=4).create_decimal(24 * per_hour)))} a day"


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
