"""grid demo: the scenario of a purchase from a grid, from storage to the bill."""

from normal_world.cli.chain_options import Key, Network
from normal_world.cli.output import Json
from normal_world.cli.scenario_text import Rpc, run


def demo(
    rpc: Rpc = None, key: Key = None, network: Network = "auto", as_json: Json = False
) -> None:
    """Play seed 004: storage, purchase, transfer, acknowledgement, bill.

    On a chain of its own, in a few seconds, or with --rpc on a node, with contracts deployed for
    it and about 1.2 coins. Contracts, money and signatures are real; there is no meter: its
    address is made up, and nothing flows.

    \b
    Example:
      evlock grid demo
    """
    from normal_world.scenario import grid

    run(grid.play, rpc, key, network, as_json=as_json)
