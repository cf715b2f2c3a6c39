"""The grid operator of the demo: contracts deployed, both meters enrolled, both accounts funded."""

from dataclasses import dataclass

from normal_world.chain import abi
from normal_world.chain.address_book import AddressBook
from normal_world.chain.client import Chain
from normal_world.chain.operator import Operator, deploy, key_operator, node_operator
from normal_world.demo.ledger import REGISTRY
from normal_world.demo.options import Options
from secure_world.protocol import payment_rounded_down

FEEDER = 1
CREDIT_AT_START = 10
REPORT_BLOCKS = 10
GAS_BUDGET_WEI = 10**17


@dataclass(frozen=True)
class Grid:
    """What the operator made: `blocks` are the first and the last of its transactions."""

    operator: str
    book: AddressBook
    blocks: tuple[int, int]


def set_up(
    options: Options, rpc: str, accounts: dict[str, str], meters: dict[str, str], amount_uwh: int
) -> Grid:
    """Deploy, enrol, fund: as few blocks as the order of things allows; raises ChainError."""
    chain = Chain(rpc)
    operator = _operator(options, chain)
    before = chain.head()
    escrow = payment_rounded_down(amount_uwh, options.price)
    coins = {"seller": GAS_BUDGET_WEI, "buyer": GAS_BUDGET_WEI + escrow}
    waiting = [operator.submit(accounts[node], value=coins[node]) for node in accounts]
    book = deploy(operator, report_blocks=REPORT_BLOCKS, trade_blocks=int(options.limit_s()))
    for node, meter in meters.items():
        arguments = [meter, accounts[node], FEEDER, options.parts.rated_power_w, CREDIT_AT_START]
        waiting.append(operator.submit(book.registry, abi.encode(REGISTRY, "enroll", arguments)))
    last = max(operator.wait(transaction).block for transaction in waiting)
    return Grid(operator.account, book, (before + 1, last))


def _operator(options: Options, chain: Chain) -> Operator:
    if options.funding_key is not None:
        return key_operator(chain, options.funding_key)
    return node_operator(chain)
