"""Seed 004: storage → purchase → transfer → acknowledgement → bill → IPFS → chain → verify."""

import secrets
import time
from pathlib import Path
from typing import Any

from eth_keys.datatypes import PrivateKey

from normal_world.bills.cid import digest_of
from normal_world.bills.head import Head
from normal_world.chain import acts
from normal_world.chain.bindings import ledger
from normal_world.chain.ledger_events import read_events
from normal_world.errors import StateError
from normal_world.scenario.bill import bill_supply, shelf, signed_supply
from normal_world.scenario.stage import MADE_FOR_IT, Stage

KWH = 10**9
CAPACITY_UWH, STORED_UWH, BOUGHT_UWH = 5 * KWH, 2 * KWH, KWH // 2
RATE = 25 * 10**16
LATITUDE_E6, LONGITUDE_E6 = 48_137_154, 11_576_124
OVERVOLTAGE = 7  # what the demonstration's sensor says


def play(stage: Stage, ipfs: str | None = None, folder: Path | None = None) -> dict[str, Any]:
    """The whole cycle, with what the ledger refuses; StateError if something does not add up.

    `ipfs`: API of a node that pins the bill; else it is kept in `folder`, or for this run only.
    """
    book, chain = stage.book, stage.chain
    grid, customer = stage.person("grid"), stage.person("customer")
    meter = PrivateKey(secrets.token_bytes(32))
    device = meter.public_key.to_address()
    add = ledger.add_storage(
        capacity_uwh=CAPACITY_UWH,
        added_uwh=STORED_UWH,
        latitude_e6=LATITUDE_E6,
        longitude_e6=LONGITUDE_E6,
        rate=RATE,
    )
    receipt = grid.send(book.ledger, add)
    stage.note("grid", "adds storage", receipt, added_uwh=STORED_UWH, rate=RATE)

    cost = acts.payment_rounded_down(BOUGHT_UWH, RATE)
    stage.buy_tokens("customer", customer, cost)
    stage.refused(
        "customer",
        "purchases more than is stored",
        lambda: customer.send(
            book.ledger,
            ledger.purchase(grid=grid.account, quantity_uwh=STORED_UWH + 1, max_rate=RATE),
        ),
    )
    receipts = acts.purchase(customer, book, grid.account, BOUGHT_UWH, RATE)
    stage.note("customer", "purchases and pays", receipts, energy_uwh=BOUGHT_UWH, cost=cost)

    now_s = int(time.time())
    supply = ledger.transfer(
        customer=customer.account,
        device=device,
        amount_uwh=BOUGHT_UWH,
        start_time=now_s - 3600,
        end_time=now_s,
    )
    receipt = grid.send(book.ledger, supply)
    stage.note("grid", "transfers", receipt, energy_uwh=BOUGHT_UWH, device=device)
    early = ledger.bill(customer.account, bytes(31) + b"\x01")
    stage.refused(
        "grid", "bills before the customer acknowledged", lambda: grid.send(book.ledger, early)
    )
    receipt = customer.send(book.ledger, ledger.acknowledge(grid.account, BOUGHT_UWH))
    stage.note("customer", "acknowledges", receipt, energy_uwh=BOUGHT_UWH)

    head = Head(chain.chain_id, book.ledger, grid.account, customer.account)
    reading = signed_supply(meter, head, 1, BOUGHT_UWH)
    stage.note("meter", "signs its FINAL reading of it", energy_uwh=BOUGHT_UWH, key=MADE_FOR_IT)
    with shelf(ipfs, folder) as place:
        cid = bill_supply(stage, grid, customer.account, (reading,), place)
    call = ledger.fault(grid=grid.account, customer=customer.account, code=OVERVOLTAGE)
    stage.note("customer", "reports a fault", customer.send(book.ledger, call), code=OVERVOLTAGE)

    kept = ledger.bill_of(customer=customer.account, grid=grid.account).ask(chain, book.ledger)
    earned = stage.tokens(grid.account)
    if kept != digest_of(cid) or earned != cost:
        raise StateError(f"bill {kept.hex()}, grid's tokens {earned}", "SCENARIO-MONEY")
    alerts = read_events(chain, book.ledger, book.deployed_block, grid=grid.account)
    return stage.told(
        purchased_uwh=BOUGHT_UWH,
        cost=cost,
        bill=cid,
        bill_sha256=kept.hex(),
        alerts=[{"event": row["event"], "what": row["what"]} for row in alerts],
    )
