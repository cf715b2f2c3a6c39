"""operator demo: the scenario of a household that produces, is rewarded and buys energy."""

from normal_world.cli.chain_options import Key, Network
from normal_world.cli.output import Json
from normal_world.cli.scenario_text import Rpc, run


def demo(
    rpc: Rpc = None, key: Key = None, network: Network = "auto", as_json: Json = False
) -> None:
    """Play seed 002: produce, be rewarded, buy energy from the grid operator.

    On a chain of its own, in a few seconds, or with --rpc on a node, with contracts deployed for
    it and about 1.2 coins. Contracts, money and signatures are real; there is no meter: a key made
    for the demo signs in its place.

    \b
    Example:
      evlock operator demo
    """
    from normal_world.scenario import operator

    run(operator.play, rpc, key, network, as_json=as_json)
