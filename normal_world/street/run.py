"""The street from its options to its JSON object and exit code; composition of this folder."""

import contextlib
import json
import shutil
import sys
import time
from typing import Any

from normal_world.auction.results import Ledger
from normal_world.chain.bindings import auction, token
from normal_world.chain.client import Chain
from normal_world.demo.run import ended_in_time
from normal_world.demo.supervisor import Supervisor
from normal_world.street.home import make_home
from normal_world.street.options import StreetOptions
from normal_world.street.places import places
from normal_world.street.preparation import Street, Tell, prepare
from normal_world.street.report import text
from normal_world.street.result import Facts, build
from normal_world.street.stage import StreetStage
from normal_world.street.watch import Seen, Watch, energies

GOOD, FAILED = 0, 1
PARTING_S = 1.0  # what flows while contacts part is counted, and true


def demonstrate(options: StreetOptions, *, as_json: bool) -> int:
    """Run the street, print its tables or its object; the exit code."""
    stream = sys.stderr if as_json else sys.stdout
    begun_s = time.monotonic()

    def tell(words: str) -> None:
        with contextlib.suppress(OSError):
            print(f"{time.monotonic() - begun_s:6.1f} s  {words}", file=stream, flush=True)

    home, good = make_home(options), False
    try:
        with ended_in_time(options.limit_s + 60.0), Supervisor() as supervisor:
            stage = StreetStage(home, supervisor, options)
            result = play(options, stage, tell, begun_s)
        result["duration_s"] = round(time.monotonic() - begun_s, 1)
        good = bool(result["good"])
        print(json.dumps(result) if as_json else text(result), flush=True)
    finally:
        if options.keep or not good:
            tell(f"home and logs are kept: {home.root}")
        else:
            shutil.rmtree(home.root, ignore_errors=True)
    return GOOD if good else FAILED


def play(options: StreetOptions, stage: StreetStage, tell: Tell, begun_s: float) -> dict[str, Any]:
    """Prepare, watch, stop in order, read everything."""
    street = prepare(options, stage, tell)
    seen = Watch(options, stage, street, tell).run(begun_s + options.limit_s)
    tell("opening every connection; reading registers, plant and chain")
    facts = Facts(options.names, street.meters, seen)
    facts.crashed = frozenset(crash.node for crash in options.crash)
    facts.peaks_mib = _peaks(stage.supervisor.sample())
    for node in options.names:
        facts.orders[node] = stage.ask("noded", node, "auction.status")["orders"]
        _note_gas(facts, stage, node)
    _read_chain(facts, street)
    for node in options.names:
        stage.supervisor.end(f"meterd:{node}")
    time.sleep(PARTING_S)
    facts.truth = energies(stage)
    facts.registers = {node: _register(stage, node) for node in options.names}
    return build(facts)


def _register(stage: StreetStage, node: str) -> tuple[int, int]:
    from secure_world.protocol import SecureWorld

    client = SecureWorld(stage.home.places(node).socket("secured-node"))
    info = client.info()
    client.close()
    return info.import_uwh, info.export_uwh


def _note_gas(facts: Facts, stage: StreetStage, node: str) -> None:
    for sent in stage.ask("noded", node, "transactions")["transactions"]:
        if sent["state"] == "settled" and sent["intent"].startswith("auction:"):
            facts.gas.setdefault(sent["function"], []).append(sent["gas"])


def _read_chain(facts: Facts, street: Street) -> None:
    chain, at = Chain(street.rpc), street.book.auction
    ledger = Ledger(chain, street.book)
    last = max(facts.seen.slots)
    facts.rounds = [ledger.told(slot) for slot in ledger.slots() if slot <= last]
    facts.held = token.balance_of(at).ask(chain, street.book.token)
    facts.purses = sum(auction.purse_of(meter).ask(chain, at) for meter in street.meters.values())
    facts.funds = auction.utility().ask(chain, at)[0]
    facts.places = places(chain, street.book, last)


def _peaks(peaks: dict[str, float]) -> dict[str, float]:
    """The largest of each kind of program."""
    found: dict[str, float] = {}
    for name, peak in peaks.items():
        kind = name.partition(":")[0]
        found[kind] = max(found.get(kind, 0.0), peak)
    return found


__all__ = ["Seen", "demonstrate", "play"]
