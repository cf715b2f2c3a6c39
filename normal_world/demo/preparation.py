"""Everything between an empty folder and two nodes that can trade, as in docs/installation."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from normal_world.chain.address_book import AddressBook, write_address_book
from normal_world.cli.wishes import Wishes
from normal_world.demo.calibration import calibrate_both
from normal_world.demo.chains import chain_of
from normal_world.demo.grid import CREDIT_AT_START, Grid, set_up
from normal_world.demo.home import free_ports
from normal_world.demo.mischief import CASE
from normal_world.demo.options import Options
from normal_world.demo.progress import Progress
from normal_world.demo.stage import NODES, Stage

WORDS = 24
PIN = "271828"  # of a demo: nobody is kept out


@dataclass(frozen=True)
class Ready:
    """What the trade and its evaluation need to know of the prepared nodes."""

    rpc: str
    grid: Grid
    accounts: dict[str, str]  # node: account address
    meters: dict[str, str]  # node: meter id
    credit: dict[str, int]
    amount_uwh: int


def prepare(options: Options, stage: Stage, progress: Progress) -> Ready:
    """Start, key, enrol, fund, permit, calibrate; ends when both nodes serve."""
    rpc = _start_ground(options, stage, progress)
    amount_uwh = progress.scene.amount_uwh = options.energy_uwh(_load_power_w(options, stage))
    progress.phase("making keys inside both secure worlds (backup words are not shown)")
    accounts, meters = _provision(stage, options.parts.rated_power_w)
    _write_settings(options, stage, rpc, meters, amount_uwh)
    with ThreadPoolExecutor(1, "operator") as aside:
        operator = aside.submit(set_up, options, rpc, accounts, meters, amount_uwh)
        progress.phase("starting the meters")
        stage.start_pair("meterd")
        progress.phase("calibrating both meters; meanwhile the contracts are deployed")
        calibrate_both(stage)
        progress.phase("waiting for the contracts and the enrolment of both meters")
        grid = operator.result()
    progress.phase("two owners claim their meters and sign what each may do (keys in owner/)")
    _permit(options, stage, grid.book, amount_uwh)
    progress.phase("starting the nodes")
    stage.start_pair("noded")
    stage.ask_plant("reset_energy")
    return Ready(rpc, grid, accounts, meters, dict.fromkeys(NODES, CREDIT_AT_START), amount_uwh)


def _start_ground(options: Options, stage: Stage, progress: Progress) -> str:
    """Plant, chain and both secure worlds."""
    progress.phase("starting the plant, the chain and both secure worlds")
    rpc, chain = chain_of(options, stage.home)
    for node in NODES:
        stage.home.write_board(node, options.parts.board)
    stage.supervisor.spawn(stage.plant(options.seed, options.load))
    if chain is not None:
        stage.supervisor.spawn(chain)
    stage.start_pair("secured")
    stage.supervisor.wait_ready("plant")
    if chain is not None:
        stage.supervisor.wait_ready(chain.name)
    return rpc


def _load_power_w(options: Options, stage: Stage) -> float | None:
    """What the load draws, on alternating current."""
    if options.load is None:
        return None
    return float(stage.ask_plant("load", load=options.load)["power_w"])


def _provision(stage: Stage, rated_power_w: int) -> tuple[dict[str, str], dict[str, str]]:
    from secure_world.protocol import SecureWorld

    accounts, meters = {}, {}
    for node in NODES:
        client = SecureWorld(stage.home.places(node).socket("secured-admin"))
        made = client.provision(WORDS, "", rated_power_w)
        client.close()
        accounts[node], meters[node] = "0x" + made.account.hex(), "0x" + made.meter.hex()
    return accounts, meters


def _write_settings(
    options: Options, stage: Stage, rpc: str, meters: dict[str, str], amount_uwh: int
) -> None:
    """node.toml and certificates of both nodes."""
    from normal_world.link import pki
    from secure_world.protocol import SecureWorld

    pki.create_authority(stage.home.pki, "Evlock demo", days=2)
    ports = dict(zip(NODES, free_ports(2), strict=True))
    for node, other in zip(NODES, reversed(NODES), strict=True):
        client = SecureWorld(stage.home.places(node).socket("secured-admin"))
        request = pki.read_request(client.link_request())
        client.close()
        pki.issue(stage.home.pki, request, days=1, output=stage.home.etc(node) / "pki")
        stage.home.write_node(
            node,
            rpc=rpc,
            ports=(ports[node], ports[other]),
            peer=meters[other],
            amount_uwh=amount_uwh,
            max_current_a=options.parts.max_current_a,
        )


def _permit(options: Options, stage: Stage, book: AddressBook, amount_uwh: int) -> None:
    """The address book to both nodes; to each secure world what its household allows."""
    from normal_world.cli import owner_keys, policy_flow
    from secure_world.protocol import SecureWorld

    for node in NODES:
        write_address_book(stage.home.etc(node) / "contracts.json", book)
        key = owner_keys.make(stage.home.owner_key(node), None)
        client = SecureWorld(stage.home.places(node).socket("secured-admin"))
        client.claim(owner_keys.public(key), PIN)
        wishes = _wishes(options, node, policy_flow.owner_of(client), amount_uwh)
        proposal = policy_flow.proposed(client, wishes, book)
        policy_flow.put_in_force(client, proposal.signed(owner_keys.sign(key, proposal.digest)))
        client.close()


def _wishes(options: Options, node: str, owner: bytes, amount_uwh: int) -> Wishes:
    """This energy at this price, once over; in both directions together."""
    return Wishes(
        roles=(node,),
        owner=owner,
        max_price=options.price,
        min_price=options.price,
        max_trade_uwh=amount_uwh,
        max_day_uwh=amount_uwh,
        tamper_marks=_marks(options, node),
    )


def _marks(options: Options, node: str) -> int:
    """Findings that destroy the keys: none, but where the demo is to show just that."""
    from secure_world.protocol import Finding

    lifted = any((fault.kind.name, fault.node) == (CASE, node) for fault in options.fault)
    return 1 << Finding.CASE_OPENED if lifted else 0
