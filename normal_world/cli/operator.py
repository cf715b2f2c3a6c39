"""operator: a grid operator's counter: rewards for production, energy for tokens."""

from typing import Annotated

import typer

from normal_world.cli import operator_demo
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
    Amount,
    EnergyUwh,
    Meter,
    contract_or_address,
    hex_address,
)
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, show

app = typer.Typer(help="A grid operator's counter: rewards, and energy for tokens.")
app.command("demo")(operator_demo.demo)

Price = Annotated[
    int,
    typer.Option("--price", min=0, max=UINT96_MAX, help="Base units for a kWh; 0: not sold."),
]
SmartMeter = Annotated[
    str, typer.Option("--smart-meter", help="Its contract; smart_meter is the book's.")
]


@app.command("set-price")
def set_price(
    price: Price,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Set the price of energy from the network (owner only).

    \b
    Example:
      evlock operator set-price --price 300000000000000000 --key operator.key
    """
    from normal_world.chain.bindings import operator

    hand, known = opened(rpc, key, network, book, "operator")
    receipt = hand.send(known.operator, operator.set_price(price))
    tell({"price": price}, receipt, as_json=as_json)


@app.command("set-reward")
def set_reward(
    reward: Annotated[
        int,
        typer.Option("--reward", min=0, max=UINT96_MAX, help="Base units for a kWh; 0: none."),
    ],
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Set the reward for feeding in (owner only).

    \b
    Example:
      evlock operator set-reward --reward 80000000000000000 --key operator.key
    """
    from normal_world.chain.bindings import operator

    hand, known = opened(rpc, key, network, book, "operator")
    receipt = hand.send(known.operator, operator.set_reward(reward))
    tell({"reward": reward}, receipt, as_json=as_json)


@app.command()
def trust(
    smart_meter: SmartMeter = "smart_meter",
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Let a smart meter's contract report production (owner only).

    Whoever is trusted decides what is paid: check its code first (contracts show --rpc).

    \b
    Example:
      evlock operator trust --smart-meter 0x… --key operator.key
    """
    from normal_world.chain.bindings import operator

    hand, known = opened(rpc, key, network, book, "operator")
    at = contract_or_address("--smart-meter", smart_meter, known)
    receipt = hand.send(known.operator, operator.trust(at))
    tell({"trusted": at}, receipt, as_json=as_json)


@app.command()
def untrust(
    smart_meter: SmartMeter = "smart_meter",
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Take the trust in a smart meter's contract back (owner only).

    \b
    Example:
      evlock operator untrust --smart-meter 0x… --key operator.key
    """
    from normal_world.chain.bindings import operator

    hand, known = opened(rpc, key, network, book, "operator")
    at = contract_or_address("--smart-meter", smart_meter, known)
    receipt = hand.send(known.operator, operator.untrust(at))
    tell({"untrusted": at}, receipt, as_json=as_json)


@app.command()
def fund(
    amount: Amount,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Fill the reserve that rewards are paid from.

    \b
    Example:
      evlock operator fund --amount 5000000000000000000
    """
    from normal_world.chain.bindings import token

    hand, known = opened(rpc, key, network, book, "operator")
    receipt = hand.send(known.token, token.transfer(known.operator, amount))
    reserve = token.balance_of(known.operator).ask(hand.chain, known.token)
    tell({"funded": amount, "reserve": reserve}, receipt, as_json=as_json)


@app.command()
def withdraw(
    to: Annotated[str, typer.Option("--to", help="Who gets the tokens.")],
    amount: Amount,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Take tokens out of the reserve (owner only).

    \b
    Example:
      evlock operator withdraw --to 0x… --amount 1000000000000000000 --key k
    """
    from normal_world.chain.bindings import operator

    receiver = hex_address(to, "--to")
    hand, known = opened(rpc, key, network, book, "operator")
    receipt = hand.send(known.operator, operator.withdraw(to=receiver, amount=amount))
    tell({"to": receiver, "withdrawn": amount}, receipt, as_json=as_json)


@app.command("report-production")
def report_production(
    meter: Meter,
    from_uwh: Annotated[
        int, typer.Option("--from-uwh", min=0, max=UINT64_MAX, help="Export register, begin.")
    ],
    to_uwh: Annotated[
        int, typer.Option("--to-uwh", min=1, max=UINT64_MAX, help="Export register, end.")
    ],
    number: Annotated[
        int, typer.Option("--number", min=0, max=UINT64_MAX, help="Running number, as signed.")
    ],
    signature: Annotated[
        str, typer.Option("--signature", help="The meter's Claim, 0x and 128 digits.")
    ],
    min_reward: Annotated[
        int,
        typer.Option("--min-reward", min=0, max=UINT96_MAX, help="Least reward, as signed."),
    ] = 0,
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Bring a meter's signed claim of exported energy, and have it rewarded.

    Anyone may bring it; the reward goes to the meter's account.

    \b
    Example:
      evlock operator report-production --meter 0x… --from-uwh 0 \\
        --to-uwh 2000000 --number 1 --signature 0x…
    """
    from normal_world.chain.bindings import operator, smart_meter

    at, (r, vs) = hex_address(meter, "--meter"), _signature(signature)
    hand, known = opened(rpc, key, network, book, "operator", "smart_meter")
    call = smart_meter.report_production(
        meter=at, from_=from_uwh, to=to_uwh, number=number, min_reward=min_reward, r=r, vs=vs
    )
    receipt = hand.send(known.smart_meter, call)
    paid = [
        operator.Rewarded.decode(log).paid
        for log in receipt.logs
        if log.topics[0] == operator.Rewarded.topic()
    ]
    told = {"meter": at, "energy_uwh": to_uwh - from_uwh, "paid": sum(paid)}
    tell(told, receipt, as_json=as_json)


@app.command("buy-energy")
def buy_energy(
    energy_uwh: EnergyUwh,
    max_price: Annotated[
        int,
        typer.Option("--max-price", min=1, max=UINT96_MAX, help="Most base units for a kWh."),
    ],
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Buy energy from the operator's network; approves its cost first.

    \b
    Example:
      evlock operator buy-energy --energy-uwh 1000000 \\
        --max-price 300000000000000000
    """
    from normal_world.chain import acts
    from normal_world.chain.bindings import operator

    hand, known = opened(rpc, key, network, book, "operator")
    receipts = acts.buy_energy(hand, known, energy_uwh, max_price)
    paid = operator.EnergyBought.decode(receipts[-1].logs[0]).paid
    tell({"energy_uwh": energy_uwh, "paid": paid}, receipts, as_json=as_json)


@app.command("show")
def show_operator(
    rpc: Rpc = RPC,
    book: Book = BOOK,
    key: Key = None,
    network: Network = "auto",
    as_json: Json = False,
) -> None:
    """Show price, reward, reserve, and whether the book's smart meter is trusted.

    \b
    Example:
      evlock operator show --book contracts.json
    """
    from normal_world.chain.bindings import operator, token

    hand, known = opened(rpc, key, network, book, "operator")
    chain, at = hand.chain, known.operator
    told: dict[str, object] = {
        "operator": at,
        "owner": operator.owner().ask(chain, at),
        "price": operator.price().ask(chain, at),
        "reward": operator.reward().ask(chain, at),
        "reserve": token.balance_of(at).ask(chain, known.token),
    }
    if known.smart_meter:
        told["smart_meter"] = known.smart_meter
        told["trusted"] = operator.is_trusted(known.smart_meter).ask(chain, at)
    show(told, as_json=as_json)


def _signature(text: str) -> tuple[bytes, bytes]:
    """r and vs of EIP-2098; UsageInvalid unless they are 64 bytes."""
    digits = text.removeprefix("0x")
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        found = b""
    if not text.startswith("0x") or len(found) != 64 or len(digits) != 128:
        raise UsageInvalid("--signature: 0x and 128 hexadecimal digits expected")
    return found[:32], found[32:]
