"""The evlock command: one file a group of commands; nothing heavy is imported early."""

import os
import sys

import typer

from normal_world.cli import (
    auction,
    bill,
    board,
    completion,
    contracts,
    demo,
    devchain,
    doctor,
    events,
    failure,
    fee_payer,
    grid,
    history,
    install,
    key,
    logs,
    manual,
    meter,
    operator,
    owner,
    pki,
    plant,
    purse,
    relay,
    report,
    safe_mode,
    secure_world,
    secure_world_attest,
    self_check,
    sensor,
    setup,
    status,
    strategy,
    token,
    trade,
)

HELP = """Evlock: electricity meters that trade.

\b
See two meters make a trade:    evlock demo
See what this node is doing:    evlock status
Sell a watt-hour:               evlock sell --amount-uwh 1000000 --price …
Every command has --help with an example, and --json.
"""

app = typer.Typer(
    help=HELP,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
app.command("demo")(demo.demo)
trade.register(app)
app.command("status")(status.status)
app.command("setup")(setup.setup)
app.command("doctor")(doctor.doctor)
app.command("events")(events.events)
app.command("logs")(logs.logs)
app.command("report")(report.report)
app.command("self-check")(self_check.self_check)
app.add_typer(sensor.app, name="sensor")
app.add_typer(relay.app, name="relay")
app.command("history")(history.history)
app.command("install")(install.install)
app.add_typer(safe_mode.app, name="safe-mode")
app.add_typer(board.app, name="board")
app.add_typer(key.app, name="key")
app.add_typer(meter.app, name="meter")
app.add_typer(owner.app, name="owner")
app.add_typer(secure_world.app, name="secure-world")
app.command("attest")(secure_world_attest.attest)
app.add_typer(pki.app, name="pki")
app.add_typer(contracts.app, name="contracts")
app.add_typer(operator.app, name="operator")
app.add_typer(grid.app, name="grid")
app.add_typer(token.app, name="token")
app.add_typer(bill.app, name="bill")
app.add_typer(fee_payer.app, name="fee-payer")
app.add_typer(auction.app, name="auction")
app.add_typer(purse.app, name="purse")
app.add_typer(strategy.app, name="strategy")
app.command("devchain")(devchain.devchain)
app.add_typer(plant.app, name="plant")
app.command("completion")(completion.completion)
app.command("manual")(manual.manual)


def run(arguments: list[str]) -> int:
    """The exit code of one command line; every failure has printed its one line."""
    completion.answer_shell()
    command = typer.main.get_command(app)
    try:
        told = command.main(arguments, prog_name="evlock", standalone_mode=False)
    except BrokenPipeError:
        return failure.GOOD  # who read our output has read enough
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else failure.CHECK_FAILED
    except (Exception, KeyboardInterrupt) as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message())  # type: ignore[union-attr]
            return failure.USAGE
        return failure.report(error)
    return told if isinstance(told, int) else failure.GOOD


def main() -> None:
    """Console script."""
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter complains at its end
    sys.exit(code)


if __name__ == "__main__":
    main()
