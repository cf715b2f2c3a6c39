"""auction: the market of the neighbourhood, slot by slot."""

import typer

from normal_world.cli import auction_demo, auction_relay, auction_simulate, auction_slots

app = typer.Typer(help="The neighbourhood's auction: own orders, rounds, a street, a community.")
app.command("simulate")(auction_simulate.simulate)
app.command("demo")(auction_demo.demo)
app.command("status")(auction_slots.status)
app.command("orders")(auction_slots.orders)
app.command("results")(auction_slots.results)
app.command("clear")(auction_slots.clear)
app.command("relay")(auction_relay.relay)
app.command("relay-show")(auction_relay.relay_show)
