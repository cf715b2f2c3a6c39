"""demo: two throw-away nodes make one real trade before your eyes."""

from pathlib import Path
from typing import Annotated

import typer

from normal_world.cli.output import Json, show, table
from normal_world.demo.options import DEFAULT_PRICE, Options


def demo(
    as_json: Json = False,
    seed: Annotated[int, typer.Option("--seed", help="Chooses plant, noise, offsets.")] = 1,
    amount_uwh: Annotated[
        int | None,
        typer.Option(
            "--amount-uwh", help="Energy to trade, µWh; 66000 (about 20 s), or 15 s of the load."
        ),
    ] = None,
    board: Annotated[
        str | None, typer.Option("--board", metavar="NAME", help="A board's file, both nodes.")
    ] = None,
    load: Annotated[
        str | None,
        typer.Option(
            "--load",
            metavar="FILE|NAME[:W]",
            help="230 V mains and this load: npz, WAV or CSV, or resistive, rectifier, dimmer, "
            "motor.",
        ),
    ] = None,
    price: Annotated[
        int, typer.Option("--price", help="Base units for a kWh; 10^18 are a token.")
    ] = DEFAULT_PRICE,
    chain: Annotated[str, typer.Option("--chain", help="embedded or anvil.")] = "embedded",
    rpc: Annotated[str | None, typer.Option("--rpc", metavar="URL", help="Use this node.")] = None,
    funding_key: Annotated[
        Path | None, typer.Option("--funding-key", metavar="FILE", help="Key that pays, for --rpc.")
    ] = None,
    crash: Annotated[
        list[str] | None,
        typer.Option(
            "--crash",
            metavar="PROGRAM[:NODE]@S",
            help="SIGKILL secured, meterd, noded or chain, S seconds into delivery "
            "(@sell+S: after the offer). May be repeated.",
        ),
    ] = None,
    pause: Annotated[float, typer.Option("--pause", help="Seconds before its restart.")] = 2.0,
    silent: Annotated[
        str | None,
        typer.Option("--silent", metavar="NODE@S", help="Freeze the noded of this side for good."),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME[:NODE][@S]",
            help="Mount a fault S seconds into delivery, or @before it. `help` lists them.",
        ),
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="DIR", help="Where (must not exist).")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Do not delete it afterwards.")] = False,
) -> None:
    """Watch two meters make a real trade.

    A seller and a buyer check themselves, deliver for about twenty seconds, and settle.

    Everything is real but the electricity: six programs, a chain, mutual TLS and a plant that
    computes volts and amps. All programs share one user here, so it proves no isolation.

    \b
    Examples:
      evlock demo
      evlock demo --crash meterd:buyer@5
      evlock demo --silent seller@8 --json
      evlock demo --load rectifier:800
      evlock demo --board raspberry-pi-4b
      evlock demo --fault help
      evlock demo --fault sensor-scaled --fault relay-welded:seller@4
    """
    if fault == ["help"]:
        _list_faults(as_json)
        return
    from normal_world.demo.run import demonstrate

    options = Options.checked(
        seed=seed,
        amount_uwh=amount_uwh,
        price=price,
        chain=chain,
        rpc=rpc,
        funding_key=funding_key,
        crash=crash or [],
        pause_s=pause,
        silent=silent,
        fault=fault or [],
        board=board,
        load=load,
        home=home,
        keep=keep,
    )
    raise typer.Exit(demonstrate(options, as_json=as_json))


def _list_faults(as_json: bool) -> None:
    from normal_world.demo.mischief import listing

    found = listing()
    rows = [(row["name"], f"{row['node']} {row['at']}", row["what"]) for row in found]
    show({"faults": found}, as_json=as_json, text=table(("fault", "on, when", "what"), rows))
