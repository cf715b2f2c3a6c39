"""Whether a network's contracts are this version's, know one another and may do their work."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from normal_world.chain import abi
from normal_world.chain.address_book import AddressBook, check_address_book
from normal_world.chain.bytecode import check_code, check_values
from normal_world.chain.client import Chain
from normal_world.chain.deployment_plan import (
    CONTRACT_OF,
    NUMBERS,
    SETTINGS,
    Numbers,
    Setting,
    argument_values,
    camel,
    values,
)
from normal_world.errors import ContractDiffers


def verify(chain: Chain, book: AddressBook) -> None:
    """ChainError unless the node has this book's contracts, as this version brings them.

    Byte code, what their constructors were told, and that they may claim and reward.
    """
    check_address_book(chain, book)
    kept = {name: number for name, number in asdict(book).items() if name in NUMBERS}
    if not book.auction:
        kept = {name: number for name, number in kept.items() if number}
    numbers, found = replace(Numbers(), **kept), book.contracts()
    check_contracts(chain, found, found, numbers, kept)
    for setting in unset(chain, found, numbers):
        raise ContractDiffers(f"{setting.name}: not so yet; `evlock contracts deploy` sets it")


def check_contracts(
    chain: Chain,
    found: Mapping[str, str],
    names: Iterable[str],
    numbers: Numbers,
    firm: Iterable[str],
) -> None:
    """ContractDiffers unless these are this version's, told of one another and of firm numbers."""
    known = {camel(name) for name in (*found, *firm)}
    told = {key: value for key, value in values(numbers, "", found).items() if key in known}
    for name in names:
        check_code(chain, CONTRACT_OF[name], found[name])
        check_values(chain, CONTRACT_OF[name], found[name], told)


def unset(chain: Chain, found: Mapping[str, str], numbers: Numbers) -> list[Setting]:
    """Settings that these contracts still need."""
    return [
        setting
        for setting in SETTINGS
        if setting.needs() <= set(found) and not _is_set(chain, setting, found, numbers)
    ]


def _is_set(chain: Chain, setting: Setting, found: Mapping[str, str], numbers: Numbers) -> bool:
    if setting.done is None and not any(argument_values(setting.arguments, numbers, found)):
        return True
    contract = CONTRACT_OF[setting.at]
    asked = abi.encode(contract, setting.view, argument_values(setting.asked, numbers, found))
    (answer,) = abi.decode(contract, setting.view, chain.call(found[setting.at], asked))
    return bool(answer) if setting.done is None else answer is setting.done
