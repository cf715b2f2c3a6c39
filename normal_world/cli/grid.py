"""grid: a grid operator's ledger: storage, purchases, transfers, acknowledgements, faults."""

from typing import Annotated, Any

import typer

from normal_world.cli import grid_demo
from normal_world.cli.chain_options import (
    BOOK,
    RPC,
    Book,
    Key,
    Network,
    Rpc,
    opened,
    tell,
)
from normal_world.cli.chain_values import (
    UINT64_MAX,
    UINT96_MAX,
    EnergyUwh,
    degrees_e6,
    hex_address,
)
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, show, table

app = typer.Typer(help="A grid's ledger: storage, purchase, transfer, acknowledgement.")
app.command("demo")(grid_demo.demo)

Grid = Annotated[str, typer.Option("--grid", help="The grid operator's account.")]
Customer = Annotated[str, typer.Option("--customer", help="The customer's account.")]
TIME_MAX = 2**40 - 1


@app.command("add-storage")
def add_storage(
    capacity_uwh: Annotated[
        int,
        typer.Option("--capacity-uwh", min=1, max=UINT64_MAX, help="Most that fits in, µWh."),
    ],
    energy_uwh: EnergyUwh,
    latitude: Annotated[str, typer.Option("--latitude", help="Degrees north, as 48.137154.")],
    longitude: Annotated[str, typer.Option("--longitude", help="Degrees east.")],
    rate: Annotated[
        int, typer.Option("--rate", min=1, max=UINT96_MAX, help="Base units for a kWh.")
    ],
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Add energy to one's storage: the caller is the grid.

    \b
    Example:
      evlock grid add-storage --capacity-uwh 5000000000 --energy-uwh 2000000000 \\
        --latitude 48.137154 --longitude 11.576124 --rate 250000000000000000
    """
    from normal_world.chain.bindings import ledger

    north, east = (
        degrees_e6("--latitude", latitude, 90),
        degrees_e6("--longitude", longitude, 180),
    )
    hand, known = opened(rpc, key, network, book, "ledger")
    call = ledger.add_storage(
        capacity_uwh=capacity_uwh,
        added_uwh=energy_uwh,
        latitude_e6=north,
        longitude_e6=east,
        rate=rate,
    )
    receipt = hand.send(known.ledger, call)
    available = ledger.StorageAdded.decode(receipt.logs[0]).available_uwh
    told = {"grid": hand.account, "added_uwh": energy_uwh, "available_uwh": available}
    tell(told, receipt, as_json=as_json)


@app.command()
def purchase(
    grid: Grid,
    energy_uwh: EnergyUwh,
    max_rate: Annotated[
        int, typer.Option("--max-rate", min=1, max=UINT96_MAX, help="Most base units for a kWh.")
    ],
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Purchase energy from a grid's storage; approves its cost first.

    \b
    Example:
      evlock grid purchase --grid 0x… --energy-uwh 1000000000 \\
        --max-rate 250000000000000000 --key household.key
    """
    from normal_world.chain import acts
    from normal_world.chain.bindings import ledger

    at = hex_address(grid, "--grid")
    hand, known = opened(rpc, key, network, book, "ledger")
    receipts = acts.purchase(hand, known, at, energy_uwh, max_rate)
    made = [
        ledger.Purchased.decode(log)
        for log in receipts[-1].logs
        if log.topics[0] == ledger.Purchased.topic()
    ]
    told = {"grid": at, "customer": hand.account, "energy_uwh": energy_uwh}
    tell(told | {"cost": made[0].cost}, receipts, as_json=as_json)


@app.command()
def transfer(
    customer: Customer,
    device: Annotated[str, typer.Option("--device", help="Meter through which it went.")],
    energy_uwh: EnergyUwh,
    start: Annotated[str, typer.Option("--start", help="24h (ago), now, or a date and time.")],
    end: Annotated[str, typer.Option("--end", help="As --start.")] = "now",
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Record supply to a customer: the caller is the grid.

    \b
    Example:
      evlock grid transfer --customer 0x… --device 0x… --energy-uwh 1000000000 \\
        --start 2026-11-20T18:00 --end 2026-11-20T19:00
    """
    import time

    from normal_world.chain.bindings import ledger
    from normal_world.cli.moments import moment

    who, meter = hex_address(customer, "--customer"), hex_address(device, "--device")
    now_s = int(time.time())
    first, last = moment("--start", start, now_s), moment("--end", end, now_s)
    if not 0 < first < last <= TIME_MAX:
        raise UsageInvalid(f"--start {start} --end {end}: an end after the start expected")
    hand, known = opened(rpc, key, network, book, "ledger")
    call = ledger.transfer(
        customer=who, device=meter, amount_uwh=energy_uwh, start_time=first, end_time=last
    )
    receipt = hand.send(known.ledger, call)
    told = {"grid": hand.account, "customer": who, "device": meter, "energy_uwh": energy_uwh}
    tell(told, receipt, as_json=as_json)


@app.command()
def acknowledge(
    grid: Grid,
    energy_uwh: EnergyUwh,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Say that transferred energy arrived: the caller is the customer.

    \b
    Example:
      evlock grid acknowledge --grid 0x… --energy-uwh 1000000000 --key home.key
    """
    from normal_world.chain.bindings import ledger

    at = hex_address(grid, "--grid")
    hand, known = opened(rpc, key, network, book, "ledger")
    receipt = hand.send(known.ledger, ledger.acknowledge(at, energy_uwh))
    told = {"grid": at, "customer": hand.account, "acknowledged_uwh": energy_uwh}
    tell(told, receipt, as_json=as_json)


@app.command()
def fault(
    code: Annotated[int, typer.Option("--code", min=1, max=65_535, help="What the sensor says.")],
    grid: Annotated[str | None, typer.Option("--grid", help="Else the caller.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Else the caller.")] = None,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Report a fault during supply: an alert to both sides, by one of them.

    \b
    Example:
      evlock grid fault --customer 0x… --code 7
    """
    from normal_world.chain.bindings import ledger

    if grid is None and customer is None:
        raise UsageInvalid("--grid or --customer: the other side expected")
    one = grid and hex_address(grid, "--grid")
    other = customer and hex_address(customer, "--customer")
    hand, known = opened(rpc, key, network, book, "ledger")
    sides = {"grid": one or hand.account, "customer": other or hand.account}
    receipt = hand.send(known.ledger, ledger.fault(**sides, code=code))
    tell({**sides, "code": code}, receipt, as_json=as_json)


@app.command("show")
def show_grid(
    grid: Annotated[str | None, typer.Option("--grid", help="Else the caller.")] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", help="Also what passed between the two.")
    ] = None,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Show a grid's storage, and what it did for a customer.

    \b
    Example:
      evlock grid show --grid 0x… --customer 0x…
    """
    from normal_world.chain.bindings import ledger

    one = grid and hex_address(grid, "--grid")
    other = customer and hex_address(customer, "--customer")
    hand, known = opened(rpc, key, network, book, "ledger")
    at = one or hand.account
    told: dict[str, Any] = {"grid": at}
    told |= ledger.grid_of(at).ask(hand.chain, known.ledger)._asdict()
    if other:
        between = ledger.account_of(grid=at, customer=other).ask(hand.chain, known.ledger)
        told |= {"customer": other, **between._asdict()}
        found = ledger.bill_of(customer=other, grid=at).ask(hand.chain, known.ledger)
        told["bill"] = "0x" + found.hex() if any(found) else None
    show(told, as_json=as_json)


@app.command()
def alerts(
    grid: Annotated[str | None, typer.Option("--grid", help="Only of this grid.")] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", help="Only of this customer.")
    ] = None,
    since_block: Annotated[
        int | None, typer.Option("--since-block", min=0, help="Else since the deployment.")
    ] = None,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """List what happened in the ledger: storage, purchases, transfers, faults, bills.

    \b
    Example:
      evlock grid alerts --grid 0x… --since-block 1200
    """
    from normal_world.chain.ledger_events import read_events

    one = grid and hex_address(grid, "--grid")
    other = customer and hex_address(customer, "--customer")
    hand, known = opened(rpc, key, network, book, "ledger")
    first = known.deployed_block if since_block is None else since_block
    rows = read_events(hand.chain, known.ledger, first, grid=one, customer=other)
    text = table(
        ("block", "event", "what"),
        [(row["block"], row["event"], row["what"]) for row in rows],
    )
    show({"events": rows}, as_json=as_json, text=text if rows else "nothing happened yet")
