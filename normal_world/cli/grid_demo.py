"""grid demo: the scenario of a purchase from a grid, from storage to the checked bill."""

from pathlib import Path
from typing import Annotated

import typer

from normal_world.cli.bill_options import Ipfs
from normal_world.cli.chain_options import Key, Network
from normal_world.cli.output import Json
from normal_world.cli.scenario_text import Rpc, run


def demo(
    rpc: Rpc = None,
    key: Key = None,
    network: Network = "auto",
    ipfs: Ipfs = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="FOLDER", help="Keep the bill here; else not at all."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Play seed 004: storage, purchase, transfer, acknowledgement, bill, IPFS, chain, check.

    On a chain of its own, in a few seconds, or with --rpc on a node, with contracts deployed for
    it and about 1.2 coins. Contracts, money and signatures are real; there is no meter: a key made
    for the demo signs in its place, and nothing flows.

    \b
    Example:
      evlock grid demo
    """
    from normal_world.scenario import grid

    run(lambda stage: grid.play(stage, ipfs, keep), rpc, key, network, as_json=as_json)
