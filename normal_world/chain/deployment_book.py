"""A deployment from and to an address book, with a progress file beside it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from normal_world.chain.address_book import AddressBook, read_address_book, write_address_book
from normal_world.chain.deployment import Deployment, Step
from normal_world.chain.deployment_plan import ALL, NUMBERS, Numbers
from normal_world.chain.deployment_progress import Progress
from normal_world.chain.operator import Operator
from normal_world.errors import ChainWrongId, ConfigError


def deploy_to_book(
    operator: Operator,
    path: Path,
    given: Mapping[str, int],
    tell: Callable[[Step], None] = lambda step: None,
) -> tuple[AddressBook, list[Step]]:
    """Brings a network to what its address book shall say; no step if all is there already.

    `given`: numbers that were asked for; others come from the book, else from Numbers.
    """
    old = read_address_book(path) if path.exists() else None
    if old is not None and operator.chain.chain_id != old.chain_id:
        raise ChainWrongId(
            f"{operator.chain.url}: chain id {operator.chain.chain_id}, {path} is of {old.chain_id}"
        )
    numbers = _numbers(old, given, path)
    head = {
        "chain_id": operator.chain.chain_id,
        "genesis": operator.chain.block_hash(0),
        "account": operator.account,
        "numbers": asdict(numbers),
    }
    known = old.contracts() if old is not None else {}
    # Once all contracts are there none is made by these numbers: a run was cut off at its very end.
    free = ("numbers",) if known.keys() >= set(ALL) else ()
    progress = Progress(path.with_name(path.name + ".progress"), head, free)
    firm = {*given, *(asdict(old) if old is not None else ())}
    run = Deployment(operator, numbers, known=known, firm=firm, progress=progress, tell=tell)
    book = run.run()
    if old is not None:
        book = replace(book, deployed_block=old.deployed_block)
    if book != old:
        write_address_book(path, book)
    progress.forget()
    return book, run.steps


def _numbers(old: AddressBook | None, given: Mapping[str, int], path: Path) -> Numbers:
    """As asked for; ConfigError where the book's contracts have another number."""
    kept = {} if old is None else {k: v for k, v in asdict(old).items() if k in NUMBERS}
    if old is not None and not old.auction:  # an older book: the slots are to be decided yet
        kept = {name: number for name, number in kept.items() if number}
    for name, number in given.items():
        if kept.get(name, number) != number:
            option = "--" + name.replace("_", "-")
            raise ConfigError(
                f"{option} {number}: the contracts of {path} have {kept[name]}; "
                "another --book expected",
                "CONFIG-DEPLOYMENT",
            )
    return replace(Numbers(), **{**given, **kept})
