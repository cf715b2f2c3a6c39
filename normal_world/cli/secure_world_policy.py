"""secure-world policy: what the secure world may sign, proposed, signed and put in force."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from normal_world.cli import secret_input, units
from normal_world.cli import wishes as defaults
from normal_world.cli.errors import UsageInvalid
from normal_world.cli.output import Json, note, show
from normal_world.cli.programs import secure_world
from normal_world.cli.rules import ROLES

if TYPE_CHECKING:
    from normal_world.cli.policy_file import Proposal
    from secure_world.protocol import PolicyState

app = typer.Typer(help="Say what the secure world may sign: proposed, signed, set.")

OwnerKey = Annotated[
    Path | None,
    typer.Option("--owner-key", metavar="FILE", help="The owner's key: sign right here."),
]
PAIR = "CAPACITY PER_HOUR"


@app.command("show")
def show_policy(as_json: Json = False) -> None:
    """Show the policy in force, and what may still be spent.

    \b
    Example:
      evlock secure-world policy show
    """
    from normal_world.cli import policy_words
    from secure_world.protocol import read_rules

    with secure_world("admin") as client:
        info, state = client.info(), client.get_policy()
    told: dict[str, Any] = state.to_json()
    if not state.version or info.meter is None:
        show(told, as_json=as_json, text="no policy yet: nothing is signed")
        return
    rules = read_rules(state.rules)
    words = policy_words.words(rules, info.meter)
    left = policy_words.left(rules, info.meter, [(one.asset, one.left) for one in state.left])
    head = f"policy {state.version} of meter 0x{info.meter.hex()}\n"
    text = head + policy_words.text(words, left, units.energy(state.day_left_uwh))
    show(told | {"words": words, "left_in_words": left}, as_json=as_json, text=text)


@app.command()
def propose(
    book: Annotated[
        Path, typer.Option("--book", metavar="FILE", help="Address book (contracts.json).")
    ],
    role: Annotated[
        list[str] | None, typer.Option("--role", help="seller or buyer; without it both.")
    ] = None,
    max_value: Annotated[
        int | None, typer.Option("--max-value-wei", min=0, help="Most that buyTokens carries.")
    ] = None,
    max_fee: Annotated[
        int, typer.Option("--max-fee-wei", min=0, help="Most that a transaction costs.")
    ] = defaults.MAX_FEE_WEI,
    max_price: Annotated[
        int, typer.Option("--max-price", min=1, max=2**96 - 1, help="Buy at most at this a kWh.")
    ] = defaults.MAX_PRICE,
    max_salt: Annotated[
        int,
        typer.Option(
            "--max-salt",
            min=1,
            max=2**64 - 1,
            help="Of a purchase; higher if a thief used them up.",
        ),
    ] = defaults.MAX_SALT,
    min_price: Annotated[
        int, typer.Option("--min-price", min=1, max=2**96 - 1, help="Sell at least at this.")
    ] = defaults.MIN_PRICE,
    max_trade: Annotated[
        int, typer.Option("--max-trade-uwh", min=1, max=2**63 - 1, help="Energy of a trade, µWh.")
    ] = defaults.MAX_TRADE_UWH,
    max_day: Annotated[
        int, typer.Option("--max-day-uwh", min=1, max=2**63 - 1, help="Energy of 24 hours, µWh.")
    ] = defaults.MAX_DAY_UWH,
    tokens: Annotated[
        tuple[int, int] | None,
        typer.Option("--token-allowance", metavar=PAIR, help="Base units for energy."),
    ] = None,
    fees: Annotated[
        tuple[int, int] | None,
        typer.Option("--fee-allowance", metavar=PAIR, help="Wei for fees."),
    ] = None,
    counterpart: Annotated[
        list[str] | None,
        typer.Option("--counterpart", metavar="METER", help="Settle with these only; repeat."),
    ] = None,
    use: Annotated[
        list[str] | None,
        typer.Option("--use", help="Also auction, reward, energy, grid, bill; repeat."),
    ] = None,
    sell_floor: Annotated[
        int | None, typer.Option("--sell-floor", min=0, max=2**96 - 1, help="In the auction.")
    ] = None,
    buy_ceiling: Annotated[
        int | None, typer.Option("--buy-ceiling", min=0, max=2**96 - 1, help="In the auction.")
    ] = None,
    reward_floor: Annotated[
        int, typer.Option("--reward-floor", min=0, max=2**96 - 1, help="Give energy for no less.")
    ] = 0,
    grid: Annotated[
        list[str] | None,
        typer.Option("--grid", metavar="ADDRESS", help="Purchase from these only; repeat."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="ADDRESS", help="Who signs the next policy.")
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", metavar="ADDRESS", help="Who signs updates.")
    ] = None,
    tamper_mark: Annotated[
        list[str] | None,
        typer.Option("--tamper-mark", metavar="NAME", help="Destroys the keys; repeat."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where the proposal goes.")
    ] = Path("policy.json"),
    owner_key: OwnerKey = None,
    passphrase_file: secret_input.PassphraseFile = None,
    put: Annotated[
        bool, typer.Option("--set", help="With --owner-key: put it in force at once.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the next policy of this device, for its owner to sign.

    Money in base units and wei, prices in base units per kWh. What is not said
    has its default, whatever is in force: the last lines tell what changes.
    Defaults are small, for trials: 1 Wh a trade, 10 Wh a day.

    --use allows more than the market, at the addresses of the book: energy as it
    was measured, sold and bought in the auction (by role; --sell-floor and
    --buy-ceiling are else --min-price and --max-price) or given for the
    operator's reward, and energy bought of the operator or of the store of a
    grid that --grid names.

    \b
    Examples:
      evlock secure-world policy propose --book contracts.json --role seller
      evlock secure-world policy propose --book contracts.json --use auction \\
        --sell-floor 100000000000000000 --buy-ceiling 300000000000000000
      evlock secure-world policy propose --book contracts.json --role buyer \\
        --max-price 300000000000000000 --owner-key owner.key --set
    """
    from normal_world.chain.address_book import read_address_book
    from normal_world.cli import claim_rules, policy_flow, policy_wishes

    if put and owner_key is None:
        raise UsageInvalid("--set: --owner-key FILE expected with it")
    if max_trade > max_day:
        raise UsageInvalid(f"--max-trade-uwh {max_trade}: at most the day's, {max_day}, expected")
    addresses = read_address_book(book)
    claim_rules.check(use or (), addresses)
    named = policy_wishes.named(counterpart, owner, release, tamper_mark, tokens, fees, grid)
    with secure_world("admin") as client:
        wishes = defaults.Wishes(
            roles=tuple(role or ROLES),
            max_value_wei=max_value,
            max_fee_wei=max_fee,
            max_price=max_price,
            max_salt=max_salt,
            min_price=min_price,
            max_trade_uwh=max_trade,
            max_day_uwh=max_day,
            uses=tuple(use or ()),
            sell_floor=sell_floor,
            buy_ceiling=buy_ceiling,
            reward_floor=reward_floor,
            **{"owner": policy_flow.owner_of(client), **named},
        )
        proposal = policy_flow.proposed(client, wishes, addresses)
        if not as_json:
            note(_words(proposal) + _changes(proposal, client.get_policy()))
        if owner_key is not None:
            proposal = policy_flow.signed(proposal, owner_key, passphrase_file)
        policy_flow.keep(out, proposal)
        if put:
            policy_flow.put_in_force(client, proposal)
    state = _state(proposal, out, "in force" if put else "")
    show(proposal.to_json(), as_json=as_json, text=state)


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="policy.json, as proposed.")],
    owner_key: Annotated[
        Path, typer.Option("--owner-key", metavar="FILE", help="The owner's key.")
    ],
    passphrase_file: secret_input.PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Read a proposal and sign it, off the device.

    The words are made of the bytes that are signed, and are shown before the
    key is opened. Any wallet can sign too: eth_signTypedData_v4 of `typed_data`
    in the file.

    \b
    Example:
      evlock secure-world policy sign policy.json --owner-key owner.key
    """
    from normal_world.cli import policy_file, policy_flow

    proposal = policy_file.read(file)
    if not as_json:
        note(_words(proposal))
    proposal = policy_flow.signed(proposal, owner_key, passphrase_file)
    policy_file.write(file, proposal)
    show(proposal.to_json(), as_json=as_json, text=_state(proposal, file))


@app.command("set")
def set_policy(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="policy.json, signed.")],
    signature: Annotated[
        str | None, typer.Option("--signature", metavar="HEX", help="A wallet's answer.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a signed policy in force. There is no way back to an older one.

    \b
    Examples:
      evlock secure-world policy set policy.json
      evlock secure-world policy set policy.json --signature 0x…
    """
    from normal_world.cli import policy_file, policy_flow

    proposal = policy_file.read(file)
    if signature is not None:
        proposal = proposal.signed(policy_file.signature_of(signature))
    if proposal.signature is None:
        raise UsageInvalid(f"{file}: not signed yet, `policy sign` or --signature expected")
    with secure_world("admin") as client:
        policy_flow.put_in_force(client, proposal)
    show(
        {"version": proposal.version, "digest": "0x" + proposal.digest.hex()},
        as_json=as_json,
        text=f"policy {proposal.version} is in force",
    )


def _words(proposal: "Proposal") -> str:
    """What is signed, and for which device."""
    from normal_world.cli import policy_words

    return f"device        0x{proposal.device.hex()}\n{policy_words.text(proposal.words())}"


def _changes(proposal: "Proposal", before: "PolicyState") -> str:
    """What it changes of the policy in force, if there is one."""
    from normal_world.cli import policy_changes, policy_words
    from secure_world.protocol import read_rules

    if not before.version:
        return ""
    old = policy_words.words(read_rules(before.rules), proposal.device)
    return "\n" + policy_changes.text(before.version, old, proposal.words())


def _state(proposal: "Proposal", file: Path, state: str = "") -> str:
    state = state or ("signed" if proposal.signature else "to be signed by its owner")
    return f"policy {proposal.version}, {state}: {file}"
