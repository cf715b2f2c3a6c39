"""After the trade: the last questions to plant, chain and programs, before all of it is stopped."""

import contextlib

from normal_world.chain.client import Chain
from normal_world.demo.ledger import Ledger
from normal_world.demo.preparation import Ready
from normal_world.demo.record import Process, Record
from normal_world.demo.scene import Scene
from normal_world.demo.stage import NODES, Stage
from secure_world.protocol import SecureWorld


def read_chain(record: Record, ready: Ready, first_block: int) -> None:
    """Transactions, money and credit, from the chain itself; raises ChainError."""
    chain = Chain(ready.rpc)
    senders = {address: node for node, address in ready.accounts.items()}
    ledger = Ledger(chain, ready.grid.book, senders | {ready.grid.operator: "operator"})
    meters = {meter: node for node, meter in ready.meters.items()}
    found = ledger.trade(first_block, chain.head(), meters)
    found.setup_transactions = ledger.setup(*ready.grid.blocks)
    found.credit = {node: [ready.credit[node], ledger.credit(ready.meters[node])] for node in NODES}
    found.tokens = {node: ledger.tokens(ready.accounts[node], ready.meters[node]) for node in NODES}
    record.chain = found


def register_uwh(stage: Stage, node: str) -> int:
    """The node's register in its direction: export of the seller, import of the buyer."""
    client = SecureWorld(stage.home.places(node).socket("secured-node"))
    try:
        info = client.info()
    finally:
        client.close()
    return info.export_uwh if node == "seller" else info.import_uwh


def read_plant(record: Record, stage: Stage) -> None:
    """The true energy at both ends."""
    with contextlib.suppress(OSError):  # a plant that is gone has told its last already
        told = stage.ask_plant("state")
        record.sent_true_uwh = int(told["sent_true_uwh"])
        record.delivered_true_uwh = int(told["delivered_true_uwh"])


def read_processes(record: Record, stage: Stage, scene: Scene) -> None:
    """Memory of every program over all its lives; a meter's first sample after its start."""
    for name, rss_mib in stage.supervisor.sample().items():
        program, _, node = name.partition(":")
        sampled_s = scene.meters[node].first_sample_s if program == "meterd" else None
        first_s = None if sampled_s is None else sampled_s - stage.supervisor.started_s(name)
        record.processes.append(
            Process(program, node or None, rss_mib, None if first_s is None else round(first_s, 3))
        )
