"""The throw-away home of the street: one EVLOCK_HOME a household, as a technician would write."""

import tempfile
from pathlib import Path

import board_configs
from firmware.places import Places
from normal_world.demo.home import Home
from normal_world.street.limits import PURSE, Limits
from normal_world.street.options import SAMPLES_A_SECOND, StreetOptions

NODE = """\
[node]
name = "{node}"
[secure_world]
home = "software"
[chain]
rpc = "{rpc}"
finality = "auto"
address_book = "contracts.json"
[link]
listen = "127.0.0.1:{port}"
ca = "pki/ca.pem"
device = "pki/device.pem"
[limits]
max_trade_uwh = 10000000
max_day_uwh = 100000000
max_current_a = 10.0
[meters]
enrolled = []
[connection]
standing = true
[market]
enabled = false
[auction]
enabled = true
sell_price = {sell_price}
buy_price = {buy_price}
purse = {purse}
relay = "{relay}"
"""
RATE = "data_rate = 860"


def make_home(options: StreetOptions) -> Home:
    """A new folder with a place for every household."""
    root = options.home or Path(tempfile.mkdtemp(prefix="evlock-"))
    home = Home(root.absolute())
    Places.under(home.node(options.names[-1])).socket("secured-admin")  # raises if it is too long
    for node in options.names:
        (home.etc(node) / "pki").mkdir(parents=True, mode=0o700)
        home.places(node).run.mkdir()
    home.logs.mkdir()
    (home.root / "owner").mkdir(mode=0o700)
    return home


def write_board(home: Home, node: str) -> None:
    """The virtual board, its converters slower: a street of meters shares this machine."""
    text = board_configs.text("virtual")
    if RATE not in text:
        raise LookupError(f"virtual.toml: {RATE} expected")
    text = text.replace(RATE, f"data_rate = {SAMPLES_A_SECOND}")
    home.write_board(node, text)


def write_node(home: Home, node: str, ways: tuple[str, str], port: int, limits: Limits) -> None:
    """node.toml: a standing connection, the auction in place of the market; chain and relay."""
    rpc, relay = ways
    text = NODE.format(node=node, rpc=rpc, relay=relay, port=port, purse=PURSE, **limits._asdict())
    path = home.etc(node) / "node.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
