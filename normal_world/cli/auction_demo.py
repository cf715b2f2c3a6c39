"""auction demo: a street of real nodes auctions what its meters have measured."""

from pathlib import Path
from typing import Annotated

import typer

from normal_world.cli.output import Json


def demo(
    as_json: Json = False,
    nodes: Annotated[int, typer.Option("--nodes", help="Households, 2 to 16.")] = 10,
    slots: Annotated[int, typer.Option("--slots", help="Whole slots, 1 to 10.")] = 2,
    slot_blocks: Annotated[
        int, typer.Option("--slot-blocks", help="Length of a slot; a block is a second.")
    ] = 30,
    seed: Annotated[int, typer.Option("--seed", help="Chooses plant, noise, prices.")] = 1,
    crash: Annotated[
        list[str] | None,
        typer.Option(
            "--crash",
            metavar="PROGRAM:NODE@S",
            help="SIGKILL secured, meterd or noded S seconds into the first slot; repeat.",
        ),
    ] = None,
    relay: Annotated[
        bool, typer.Option("--relay", help="One relay brings the orders of all together.")
    ] = False,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="DIR", help="Where (must not exist).")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Do not delete it afterwards.")] = False,
) -> None:
    """Watch a street auction what its meters have measured.

    Ten households on one feeder, each with secure world, meter daemon and node of its own, a
    chain, a plant that computes volts and amps. Their meters count while slots of thirty seconds
    pass; after each slot every node places its order by a claim that its secure world signed,
    one of them clears, the contract pays.

    In the end all is recomputed: by the engine, by the plant's truth, to the base unit. The
    converters run at 128 samples a second in place of 860: so many meters share this machine.
    All programs share one user here, so it proves no isolation.

    \b
    Exit code: 0 all checks hold, 1 one does not.

    \b
    Example:
      evlock auction demo
      evlock auction demo --relay
      evlock auction demo --nodes 4 --slots 1 --json
      evlock auction demo --nodes 4 --crash noded:h01@32 --crash meterd:h02@10
    """
    from normal_world.street.options import StreetOptions, parse_crash
    from normal_world.street.run import demonstrate

    crashes = tuple(parse_crash(text) for text in crash or [])
    options = StreetOptions(nodes, slots, slot_blocks, seed, home, keep, crashes, relay).checked()
    raise typer.Exit(demonstrate(options, as_json=as_json))
