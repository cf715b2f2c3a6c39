"""Everything between an empty folder and a street of households that auction their energy."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from normal_world.chain.address_book import AddressBook, write_address_book
from normal_world.chain.bindings import auction, registry, token
from normal_world.chain.client import Chain
from normal_world.chain.deployment import Deployment
from normal_world.chain.deployment_plan import Numbers
from normal_world.chain.operator import Operator, node_operator
from normal_world.cli.wishes import Wishes
from normal_world.demo.calibration import calibrate
from normal_world.demo.chains import NAME
from normal_world.demo.home import free_ports
from normal_world.demo.preparation import PIN, WORDS
from normal_world.demo.running import Program
from normal_world.street.home import write_board, write_node
from normal_world.street.limits import (
    DEPOSIT,
    FEED_IN,
    GAS_WEI,
    GRID_BUY,
    MONEY,
    ORDER_FEE,
    UTILITY,
    Limits,
    limits_of,
)
from normal_world.street.options import StreetOptions
from normal_world.street.stage import BOOK, READY_LIMIT_S, RELAY_KEY, StreetStage

FEEDER, RATED_POWER_W, CREDIT = 1, 200, 0
DAY_UWH = 10**8  # what an owner lets a household claim
CONTRACTS = ("token", "registry", "market", "gate", "auction")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Street:
    """What the run and its evaluation need to know; accounts and meters by household."""

    rpc: str
    book: AddressBook
    accounts: dict[str, str]
    meters: dict[str, str]
    limits: dict[str, Limits]
    relay: str  # its URL; empty without one


def prepare(options: StreetOptions, stage: StreetStage, tell: Tell) -> Street:
    """Start, key, enrol, fund, permit, calibrate; ends when every node serves."""
    rpc = _start_ground(options, stage, tell)
    tell("making keys inside every secure world")
    accounts, meters = _provision(stage)
    limits = limits_of(options.names, options.seed)
    relay = _settings(stage, rpc, limits)
    with ThreadPoolExecutor(1, "operator") as aside:
        senders = [*accounts.values(), *([_relay_key(stage)] if relay else [])]
        operator = aside.submit(_grid, options, rpc, senders, (accounts, meters))
        tell(f"starting {options.nodes} meters; meanwhile the contracts are deployed")
        stage.start_all("meterd")
        tell("calibrating every meter")
        stage.each(lambda node: calibrate(stage, node))
        tell("waiting for the contracts and the enrolment of every meter")
        book = operator.result()
    street = Street(rpc, book, accounts, meters, limits, relay)
    tell("every owner claims its device and signs what it may do")
    stage.each(lambda node: _permit(stage, street, node))
    if relay:
        tell("starting the relay")
        write_address_book(stage.home.root / BOOK, book)
        stage.supervisor.start(stage.relay(rpc, relay), READY_LIMIT_S)
    tell("starting the nodes")
    stage.start_all("noded")
    return street


def _start_ground(options: StreetOptions, stage: StreetStage, tell: Tell) -> str:
    import sys

    tell("starting the plant, the chain and every secure world")
    for node in options.names:
        write_board(stage.home, node)
    (port,) = free_ports(1)
    argv = [sys.executable, "-m", "normal_world.chain.devchain", "--port", str(port)]
    argv += ["--state", str(stage.home.root / "chain")]
    stage.supervisor.spawn(stage.feeder())
    stage.supervisor.spawn(Program(NAME, argv, stage.home.logs / "chain.log"))
    stage.start_all("secured")
    for name in ("plant", NAME):
        stage.supervisor.wait_ready(name, 120.0)
    return f"http://127.0.0.1:{port}"


def _provision(stage: StreetStage) -> tuple[dict[str, str], dict[str, str]]:
    from secure_world.protocol import SecureWorld

    accounts, meters = {}, {}
    for node in stage.options.names:
        client = SecureWorld(stage.home.places(node).socket("secured-admin"))
        made = client.provision(WORDS, "", RATED_POWER_W)
        client.close()
        accounts[node], meters[node] = "0x" + made.account.hex(), "0x" + made.meter.hex()
    return accounts, meters


def _relay_key(stage: StreetStage) -> str:
    """Address of the relay's own key, made here."""
    from eth_keys.datatypes import PrivateKey

    path = stage.home.root / RELAY_KEY
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32), encoding="ascii")
    key = PrivateKey(bytes.fromhex(path.read_text(encoding="ascii")))
    return str(key.public_key.to_address())


def _settings(stage: StreetStage, rpc: str, limits: dict[str, Limits]) -> str:
    """node.toml and certificates of every household; the relay's URL."""
    from normal_world.link import pki
    from secure_world.protocol import SecureWorld

    pki.create_authority(stage.home.pki, "Evlock street", days=2)
    own, *ports = free_ports(1 + len(stage.options.names))
    relay = f"http://127.0.0.1:{own}" if stage.options.relay else ""
    for node, port in zip(stage.options.names, ports, strict=True):
        client = SecureWorld(stage.home.places(node).socket("secured-admin"))
        request = pki.read_request(client.link_request())
        client.close()
        pki.issue(stage.home.pki, request, days=1, output=stage.home.etc(node) / "pki")
        write_node(stage.home, node, (rpc, relay), port, limits[node])
    return relay


def _grid(
    options: StreetOptions,
    rpc: str,
    senders: Sequence[str],
    names: tuple[dict[str, str], dict[str, str]],
) -> AddressBook:
    """Contracts with short slots, every meter enrolled, every sender with coins for its gas."""
    accounts, meters = names
    operator = node_operator(Chain(rpc))
    numbers = Numbers(
        slot_blocks=options.slot_blocks,
        commit_blocks=options.commit_blocks,
        reveal_blocks=options.commit_blocks,
        deposit=DEPOSIT,
        order_fee=ORDER_FEE,
        grid_buy_price=GRID_BUY,
        feed_in_price=FEED_IN,
        feeder=FEEDER,
    )
    waiting = [operator.submit(to, value=GAS_WEI + MONEY) for to in senders]
    book = Deployment(operator, numbers, CONTRACTS).run()
    for node, meter in meters.items():
        data = registry.enroll(
            meter=meter,
            account=accounts[node],
            feeder=FEEDER,
            rated_power_w=RATED_POWER_W,
            credit=CREDIT,
        )
        waiting.append(operator.submit(book.registry, data))
    for transaction in waiting:
        operator.wait(transaction)
    _fund_utility(operator, book)
    return book


def _fund_utility(operator: Operator, book: AddressBook) -> None:
    """The utility pays for what is fed in from its own money in the auction."""
    operator.send(book.token, token.buy_tokens(), UTILITY)
    operator.send(book.token, token.approve(book.auction, UTILITY))
    operator.send(book.auction, auction.fund(UTILITY))


def _permit(stage: StreetStage, street: Street, node: str) -> None:
    from normal_world.cli import owner_keys, policy_flow
    from secure_world.protocol import SecureWorld

    write_address_book(stage.home.etc(node) / "contracts.json", street.book)
    key = owner_keys.make(stage.home.owner_key(node), None)
    client = SecureWorld(stage.home.places(node).socket("secured-admin"))
    client.claim(owner_keys.public(key), PIN)
    wishes = _wishes(policy_flow.owner_of(client), street.limits[node])
    proposal = policy_flow.proposed(client, wishes, street.book)
    policy_flow.put_in_force(client, proposal.signed(owner_keys.sign(key, proposal.digest)))
    client.close()


def _wishes(owner: bytes, limits: Limits) -> Wishes:
    """The auction at the household's own limits; money for some fills of its purse."""
    return Wishes(
        roles=("seller", "buyer"),
        owner=owner,
        max_value_wei=MONEY,
        token_allowance=(MONEY, 0),
        max_day_uwh=DAY_UWH,
        uses=("auction",),
        sell_floor=limits.sell_price,
        buy_ceiling=limits.buy_price,
    )
