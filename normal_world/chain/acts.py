"""Acts of several transactions: what is paid is approved first, exactly, where it is not yet."""

from normal_world.chain.address_book import AddressBook
from normal_world.chain.answers import Receipt
from normal_world.chain.bindings import ledger, market, token
from normal_world.chain.bindings import operator as grid_operator
from normal_world.chain.operator import Operator
from normal_world.errors import StateError


def payment_rounded_down(energy_uwh: int, price: int) -> int:
    """Base units for energy at a price for a kWh, as the contracts count."""
    return energy_uwh * price // 10**9


def approve_up_to(hand: Operator, book: AddressBook, spender: str, amount: int) -> list[Receipt]:
    """Approves this amount unless as much is approved already; StateError if it is not there."""
    held = token.balance_of(hand.account).ask(hand.chain, book.token)
    if held < amount:
        told = f"{hand.account} has {held} base units, {amount} expected: evlock token buy"
        raise StateError(told, "STATE-TOKENS")
    approved = token.allowance(owner=hand.account, spender=spender).ask(hand.chain, book.token)
    if approved >= amount:
        return []
    return [hand.send(book.token, token.approve(spender, amount))]


def purchase(
    hand: Operator, book: AddressBook, grid: str, quantity_uwh: int, max_rate: int
) -> list[Receipt]:
    """Purchases from a grid's storage, its cost approved first."""
    rate = ledger.grid_of(grid).ask(hand.chain, book.ledger).rate
    cost = payment_rounded_down(quantity_uwh, min(rate, max_rate))
    call = ledger.purchase(grid=grid, quantity_uwh=quantity_uwh, max_rate=max_rate)
    return [
        *approve_up_to(hand, book, book.ledger, cost),
        hand.send(book.ledger, call),
    ]


def buy_energy(hand: Operator, book: AddressBook, amount_uwh: int, max_price: int) -> list[Receipt]:
    """Buys energy from the operator's network, its cost approved first."""
    price = grid_operator.price().ask(hand.chain, book.operator)
    cost = payment_rounded_down(amount_uwh, min(price, max_price))
    call = grid_operator.buy_energy(amount_uwh=amount_uwh, max_price=max_price)
    return [*approve_up_to(hand, book, book.operator, cost), hand.send(book.operator, call)]


def deposit(
    hand: Operator, book: AddressBook, contract: str, meter: str, amount: int
) -> list[Receipt]:
    """Moves tokens into a meter's purse in the market or the auction (address), approved first."""
    # Both have the purses' interface: deposit(address,uint128).
    approved = approve_up_to(hand, book, contract, amount)
    return [*approved, hand.send(contract, market.deposit(meter, amount))]


def withdraw(hand: Operator, contract: str, meter: str, amount: int) -> Receipt:
    """Takes tokens out of the purse of a meter of the caller's."""
    return hand.send(contract, market.withdraw(meter, amount))
