"""Every command with bad input: one useful line, the right exit code, nothing changed.

A row: what is typed behind the command, exit code, the line's code, and a word that must be in it.
`{tmp}` is the folder; `bad.toml`, `bad.json`, `book.json` and `there` are in it.
A command without rows fails.
"""

import json
import os
import shlex
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from normal_world.cli.main import run
from tests.cli.test_rules import BOOK
from tests.field.commands import leaves

METER = "0x" + "ab" * 20
TRADE = "0x" + "ab" * 32
POINT = "0x" + "ab" * 64
NOWHERE = "--rpc http://127.0.0.1:9"  # the port of "discard": nobody listens
GONE = (7, "CONTROL-GONE", "meterd-admin.sock")
NO_NODE = (7, "CONTROL-GONE", "noded.sock")
NO_WORLD = (7, "SECURE-WORLD-GONE", "secured-admin.sock")
NO_BOOK = (2, "CONFIG-ADDRESS-BOOK", "contracts.json")
NO_OPERATOR = (2, "CONFIG-ADDRESS-BOOK", "no operator")  # book.json is of three contracts
CLAIM = "--from-uwh 0 --to-uwh 1 --number 1"
STORAGE = "--capacity-uwh 9 --energy-uwh 9 --rate 9"
SUPPLY = f"--customer {METER} --device {METER} --energy-uwh 1"
Row = tuple[str, int, str, str]
OWNER = "0x02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"  # of the key 2
UNKNOWN = ("--no-such-option", 2, "CLI-USAGE", "--no-such-option")

ROWS: dict[str, list[Row]] = {
    "demo": [
        ("--amount-uwh 1", 2, "DEMO-ARGUMENT", "1000 to"),
        ("--chain moon", 2, "DEMO-ARGUMENT", "embedded or anvil"),
        ("--crash meter@4", 2, "DEMO-ARGUMENT", "secured, meterd, noded, chain"),
    ],
    "sell": [
        ("", 2, "CLI-USAGE", "--amount-uwh"),
        ("--amount-uwh 0 --price 1", 2, "CLI-USAGE", "--amount-uwh"),
        ("--amount-uwh 1.5 --price 1", 2, "CLI-USAGE", "--amount-uwh"),
        (f"--amount-uwh 1 --price {2**96}", 2, "CLI-USAGE", "--price"),
        ("--amount-uwh 1 --price 1", *NO_NODE),
    ],
    "buy": [
        ("--amount-uwh 1", 2, "CLI-USAGE", "--max-price"),
        ("--amount-uwh 1 --max-price -1", 2, "CLI-USAGE", "--max-price"),
        (f"--amount-uwh 1 --max-price {2**96}", 2, "CLI-USAGE", "--max-price"),
        ("--amount-uwh 1 --max-price 1 --offer 0x12/1", 2, "CLI-USAGE", "0xMETER/N"),
        (f"--amount-uwh 1 --max-price 1 --offer {2**192}", 2, "CLI-USAGE", "0xMETER/N"),
        ("--amount-uwh 1 --max-price 1", *NO_NODE),
        (f"--amount-uwh 1 --max-price 1 --offer {METER}/7", *NO_NODE),
    ],
    "trades": [("--trade 0x12", *NO_NODE), ("", *NO_NODE)],
    "stop": [("", 2, "CLI-USAGE", "TRADE"), (TRADE, *NO_NODE)],
    "purse show": [("now", 2, "CLI-USAGE", "now"), ("", *NO_NODE)],
    "purse deposit": [
        ("", 2, "CLI-USAGE", "--amount"),
        ("--amount 0", 2, "CLI-USAGE", "--amount"),
        ("--amount 5", *NO_NODE),
    ],
    "purse withdraw": [
        (f"--amount {2**128}", 2, "CLI-USAGE", "--amount"),
        ("", *NO_NODE),
    ],
    "status": [("now", 2, "CLI-USAGE", "now"), ("", 7, "CLI-PROGRAMS", "secured")],
    "setup": [
        ("", 2, "CLI-USAGE", "--answers"),
        ("--check", 2, "CLI-USAGE", "--answers"),
        ("--answers bad.toml", 2, "CONFIG-", "bad.toml"),
        ("--answers missing.toml --check", 2, "CONFIG-MISSING", "missing.toml"),
        ("--answers there --wait -1", 2, "CLI-USAGE", "--wait"),
    ],
    "doctor": [("--only teeth", 2, "CLI-USAGE", "adc-current")],
    "events": [
        ("--since yesterday", 2, "CLI-USAGE", "--since"),
        ("--code 'drop table'", 2, "CLI-USAGE", "RELAY-OPENED"),
        ("", *GONE),
    ],
    "logs": [
        ("cloud", 2, "CLI-USAGE", "secured, meterd, noded"),
        ("--lines 0", 2, "CLI-USAGE", "--lines"),
        ("--follow --json", 2, "CLI-USAGE", "--json"),
        ("", 7, "LOGS-MISSING", "looked for"),
    ],
    "report": [
        ("--output there", 2, "CLI-USAGE", ".tar.gz"),
        ("--output no/such/folder.tar.gz", 2, "CLI-USAGE", "folder"),
    ],
    "self-check": [("", *GONE)],
    "history": [
        ("--since yesterday", 2, "CLI-USAGE", "--since"),
        ("--every 7x", 2, "CLI-USAGE", "--every"),
        ("--what heat", 2, "CLI-USAGE", "--what"),
        ("--plot --csv", 2, "CLI-USAGE", "--csv"),
        ("", *GONE),
    ],
    "install": [
        ("--root there", 2, "CLI-USAGE", "folder"),
        ("--root {tmp} --board moon", 2, "CLI-USAGE", "raspberry-pi-4b"),
        ("--remove --board virtual", 2, "CLI-USAGE", "--remove"),
    ],
    "devchain": [("--port 99999", 2, "CLI-USAGE", "--port")],
    "completion": [("", 2, "CLI-USAGE", "SHELL"), ("csh", 2, "CLI-USAGE", "bash")],
    "manual": [("evlock", 2, "CLI-USAGE", "evlock")],
    "sensor read": [("--seconds 0", 2, "CLI-USAGE", "--seconds"), ("", *GONE)],
    "sensor watch": [("--count -1", 2, "CLI-USAGE", "--count"), ("", *GONE)],
    "sensor plot": [
        ("--count 5", 2, "CLI-USAGE", "--count"),
        ("--what heat", 2, "CLI-USAGE", "--what"),
        ("--output there", 2, "CLI-USAGE", ".svg"),
        ("", *GONE),
    ],
    "relay status": [("", *GONE)],
    "relay open": [("now", 2, "CLI-USAGE", "now"), ("", *GONE)],
    "relay close": [
        ("", 2, "CLI-USAGE", "--seconds"),
        ("--seconds 61", 2, "CLI-USAGE", "--seconds"),
        ("--seconds 1", 2, "CLI-USAGE", "--yes"),
        ("--seconds 1 --yes", *GONE),
    ],
    "relay test": [("", 2, "CLI-USAGE", "--yes"), ("--yes", *GONE)],
    "safe-mode status": [("", 7, "CLI-PROGRAMS", "meterd")],
    "safe-mode leave": [("", 7, "CLI-PROGRAMS", "meterd")],
    "board list": [("all", 2, "CLI-USAGE", "all")],
    "board show": [("moon", 2, "CLI-USAGE", "raspberry-pi-4b"), ("bad.toml", 2, "CONFIG-", "bad")],
    "board check": [
        ("missing.toml", 2, "CONFIG-MISSING", "missing.toml"),
        ("virtual --node missing.toml", 2, "CONFIG-MISSING", "missing.toml"),
    ],
    "board new": [
        ("mine", 2, "CLI-USAGE", "--from"),
        ("mine --from moon", 2, "CLI-USAGE", "moon"),
        ("mine --from virtual --mains gas", 2, "CLI-USAGE", "ac or dc"),
        ("mine --from virtual --output there", 2, "CLI-USAGE", "exists"),
    ],
    "key provision": [
        ("", 2, "CLI-USAGE", "--rated-power-w"),
        ("--rated-power-w 0", 2, "CLI-USAGE", "--rated-power-w"),
        ("--rated-power-w 9", 2, "CLI-SECRET", "--passphrase-file"),
        ("--rated-power-w 9 --passphrase-file missing", 2, "CLI-FILE", "missing"),
        ("--rated-power-w 9 --passphrase-file /dev/null", *NO_WORLD),
    ],
    "key restore": [
        ("--rated-power-w 9", 2, "CLI-SECRET", "--mnemonic-file"),
        ("--rated-power-w 9 --mnemonic-file missing", 2, "CLI-FILE", "missing"),
    ],
    "key address": [("", *NO_WORLD)],
    "key lock": [("", *NO_WORLD)],
    "key unlock": [
        ("", 2, "CLI-SECRET", "--pin-file"),
        ("--pin-file missing", 2, "CLI-FILE", "missing"),
        ("--pin-file /dev/null", 2, "CLI-USAGE", "PIN: empty"),
        ("--pin-file there --pin-fd 0", 2, "CLI-USAGE", "one of them"),
        ("--pin-file there", *NO_WORLD),
    ],
    "meter zero": [("--seconds 0", 2, "CLI-USAGE", "--seconds"), ("", *GONE)],
    "meter load": [("maybe", 2, "CLI-USAGE", "on or off"), ("on", *GONE)],
    "meter gain": [
        ("", 2, "CLI-USAGE", "--voltage-v"),
        ("--voltage-v x --current-a 1", 2, "CLI-USAGE", "--voltage-v"),
        ("--voltage-v 12 --current-a 1", *GONE),
    ],
    "meter check": [("", *GONE)],
    "owner new": [
        ("", 2, "CLI-USAGE", "--out"),
        ("--out there", 2, "CLI-USAGE", "exists"),
        ("--out new", 2, "CLI-SECRET", "--passphrase-file"),
        ("--out new --passphrase-file /dev/null", 2, "CLI-USAGE", "--no-passphrase"),
        ("--out new --passphrase-file there --no-passphrase", 2, "CLI-USAGE", "without"),
        ("--out no/such/file --no-passphrase", 2, "CLI-FILE", "no/such"),
    ],
    "owner address": [
        ("", 2, "CLI-USAGE", "FILE"),
        ("missing", 2, "CLI-FILE", "missing"),
        ("there", 2, "CLI-USAGE", "private key or a keystore"),
        ("bad.json", 2, "CLI-SECRET", "--passphrase-file"),
        ("bad.json --passphrase-file there", 2, "CLI-USAGE", "keystore"),
    ],
    "secure-world policy propose": [
        ("", 2, "CLI-USAGE", "--book"),
        ("--book missing.json", 2, "CONFIG-ADDRESS-BOOK", "missing.json"),
        ("--book bad.json", 2, "CONFIG-ADDRESS-BOOK", "bad.json"),
        ("--book book.json --max-value-wei -1", 2, "CLI-USAGE", "--max-value-wei"),
        ("--book book.json --max-price 0", 2, "CLI-USAGE", "--max-price"),
        ("--book book.json --max-salt 0", 2, "CLI-USAGE", "--max-salt"),
        ("--book book.json --token-allowance 1", 2, "CLI-USAGE", "--token-allowance"),
        ("--book book.json --fee-allowance -1 1", 2, "CLI-USAGE", "two numbers from 0"),
        ("--book book.json --counterpart 0x12", 2, "CLI-USAGE", "40 hexadecimal"),
        ("--book book.json --release moon", 2, "CLI-USAGE", "--release"),
        ("--book book.json --tamper-mark rain", 2, "CLI-USAGE", "case-opened"),
        ("--book book.json --use casino", 2, "CLI-USAGE", "auction, reward, energy, grid"),
        ("--book book.json --use auction", 2, "CLI-USAGE", "names auction expected"),
        ("--book book.json --grid 0x5", 2, "CLI-USAGE", "--grid"),
        ("--book book.json --sell-floor -1", 2, "CLI-USAGE", "--sell-floor"),
        ("--book book.json --buy-ceiling -1", 2, "CLI-USAGE", "--buy-ceiling"),
        ("--book book.json --reward-floor -1", 2, "CLI-USAGE", "--reward-floor"),
        ("--book book.json --set", 2, "CLI-USAGE", "--owner-key"),
        ("--book book.json --max-trade-uwh 9 --max-day-uwh 8", 2, "CLI-USAGE", "the day's, 8"),
        ("--book book.json", *NO_WORLD),
    ],
    "secure-world policy sign": [
        ("", 2, "CLI-USAGE", "FILE"),
        ("bad.json", 2, "CLI-USAGE", "--owner-key"),
        ("missing.json --owner-key there", 2, "CLI-FILE", "missing.json"),
        ("bad.json --owner-key there", 2, "CLI-USAGE", "not JSON"),
        ("book.json --owner-key there", 2, "CLI-USAGE", "evlock_policy"),
    ],
    "secure-world policy set": [
        ("", 2, "CLI-USAGE", "FILE"),
        ("missing.json", 2, "CLI-FILE", "missing.json"),
        ("bad.json", 2, "CLI-USAGE", "not JSON"),
    ],
    "secure-world policy show": [("", *NO_WORLD)],
    "pki create-ca": [("--days 0", 2, "CLI-USAGE", "--days")],
    "pki issue": [
        ("", *NO_WORLD),
        ("missing.pem --meter 0x12", 2, "CLI-USAGE", "40 hexadecimal"),
        ("there --days 0", 2, "CLI-USAGE", "--days"),
        ("there", 2, "PKI-REQUEST", "link-request"),
        ("missing.pem", 2, "PKI-MISSING", "missing.pem"),
    ],
    "pki revoke": [
        ("0x12", 2, "CLI-USAGE", "40 hexadecimal"),
        (METER, 2, "PKI-REQUEST", METER),
        ("missing.pem", 2, "PKI-MISSING", "missing.pem"),
        ("--dir {tmp}", 2, "PKI-MISSING", "ca.pem"),
        ("--days 0", 2, "CLI-USAGE", "--days"),
    ],
    "secure-world link-request": [
        ("--out book.json", 2, "CLI-USAGE", "is no request"),
        ("", *NO_WORLD),
    ],
    "pki show": [
        ("missing.pem", 2, "PKI-MISSING", "missing.pem"),
        ("there", 2, "PKI-FILE", "there"),
    ],
    "contracts deploy": [
        ("--book there", 2, "CONFIG-ADDRESS-BOOK", "there"),
        ("--commit-blocks 0 --deposit 1", 2, "CLI-USAGE", "--deposit"),
        ("--slot-blocks 0", 2, "CLI-USAGE", "--slot-blocks"),
        ("--network moon", 2, "CONFIG-NETWORK", "kairos"),
        (NOWHERE, 5, "CHAIN-UNREACHABLE", "127.0.0.1:9"),
        (f"{NOWHERE} --key missing", 2, "CONFIG-KEY", "missing"),
    ],
    "contracts enroll": [
        ("", 2, "CLI-USAGE", "--meter"),
        (f"--meter 0x12 --account {METER} --rated-power-w 9", 2, "CLI-USAGE", "40 hexadecimal"),
        (
            f"--meter {METER} --account {METER} --rated-power-w 9 --book missing.json",
            *(2, "CONFIG-ADDRESS-BOOK", "missing.json"),
        ),
    ],
    "contracts fund": [
        ("--wei 1", 2, "CLI-USAGE", "--account"),
        (f"--account {METER} --wei 1 {NOWHERE}", 5, "CHAIN-UNREACHABLE", "127.0.0.1:9"),
    ],
    "contracts show": [("--book missing.json", 2, "CONFIG-ADDRESS-BOOK", "missing.json")],
    "operator demo": [
        ("--network moon --rpc x", 2, "CONFIG-NETWORK", "kairos"),
        (NOWHERE, 5, "CHAIN-UNREACHABLE", "127.0.0.1:9"),
    ],
    "operator set-price": [
        ("", 2, "CLI-USAGE", "--price"),
        (f"--price {2**96}", 2, "CLI-USAGE", "--price"),
        ("--price 1", *NO_BOOK),
        ("--price 1 --book book.json", *NO_OPERATOR),
    ],
    "operator set-reward": [("--reward x", 2, "CLI-USAGE", "--reward"), ("--reward 1", *NO_BOOK)],
    "operator trust": [("", *NO_BOOK), ("--book book.json", *NO_OPERATOR)],
    "operator untrust": [("", *NO_BOOK), ("--book book.json", *NO_OPERATOR)],
    "operator fund": [("--amount 0", 2, "CLI-USAGE", "--amount"), ("--amount 1", *NO_BOOK)],
    "operator withdraw": [
        ("--amount 1", 2, "CLI-USAGE", "--to"),
        ("--amount 1 --to 0x12", 2, "CLI-USAGE", "40 hexadecimal"),
        (f"--amount 1 --to {METER}", *NO_BOOK),
    ],
    "operator report-production": [
        ("", 2, "CLI-USAGE", "--meter"),
        (f"--meter {METER} {CLAIM} --signature 0x12", 2, "CLI-USAGE", "128 hexadecimal"),
        (f"--meter 0x12 {CLAIM} --signature {POINT}", 2, "CLI-USAGE", "40 hexadecimal"),
        (f"--meter {METER} {CLAIM} --signature {POINT}", *NO_BOOK),
    ],
    "operator buy-energy": [
        ("--energy-uwh 1", 2, "CLI-USAGE", "--max-price"),
        ("--energy-uwh 0 --max-price 1", 2, "CLI-USAGE", "--energy-uwh"),
        (f"--energy-uwh {2**64} --max-price 1", 2, "CLI-USAGE", "--energy-uwh"),
        ("--energy-uwh 1 --max-price 1", *NO_BOOK),
    ],
    "operator show": [("", *NO_BOOK), ("--book book.json", *NO_OPERATOR)],
    "grid demo": [
        ("--network moon --rpc x", 2, "CONFIG-NETWORK", "kairos"),
        (f"{NOWHERE} --key missing", 2, "CONFIG-KEY", "missing"),
    ],
    "grid add-storage": [
        ("", 2, "CLI-USAGE", "--capacity-uwh"),
        (f"{STORAGE} --latitude 91 --longitude 0", 2, "CLI-USAGE", "-90 to 90"),
        (f"{STORAGE} --latitude 9 --longitude x", 2, "CLI-USAGE", "-180 to 180"),
        (f"{STORAGE} --latitude 9 --longitude 9", *NO_BOOK),
    ],
    "grid purchase": [
        ("--energy-uwh 1 --max-rate 1", 2, "CLI-USAGE", "--grid"),
        ("--grid 0x12 --energy-uwh 1 --max-rate 1", 2, "CLI-USAGE", "40 hexadecimal"),
        (f"--grid {METER} --energy-uwh 1 --max-rate 0", 2, "CLI-USAGE", "--max-rate"),
        (f"--grid {METER} --energy-uwh 1 --max-rate 1", *NO_BOOK),
    ],
    "grid transfer": [
        (SUPPLY, 2, "CLI-USAGE", "--start"),
        (f"{SUPPLY} --start soon", 2, "CLI-USAGE", "--start"),
        (f"{SUPPLY} --start now --end 1h", 2, "CLI-USAGE", "after the start"),
        (f"{SUPPLY} --start 1h", *NO_BOOK),
    ],
    "grid acknowledge": [
        (f"--grid {METER}", 2, "CLI-USAGE", "--energy-uwh"),
        (f"--grid {METER} --energy-uwh 1", *NO_BOOK),
    ],
    "grid fault": [
        ("--code 0", 2, "CLI-USAGE", "--code"),
        ("--code 1", 2, "CLI-USAGE", "the other side"),
        (f"--code 1 --customer {METER}", *NO_BOOK),
    ],
    "grid show": [("--grid 0x12", 2, "CLI-USAGE", "40 hexadecimal"), ("", *NO_BOOK)],
    "grid alerts": [("--since-block -1", 2, "CLI-USAGE", "--since-block"), ("", *NO_BOOK)],
    "token balance": [
        ("--account 0x12", 2, "CLI-USAGE", "40 hexadecimal"),
        ("", *NO_BOOK),
        (f"--book book.json {NOWHERE}", 5, "CHAIN-UNREACHABLE", "127.0.0.1:9"),
    ],
    "token buy": [("--amount 0", 2, "CLI-USAGE", "--amount"), ("--amount 1", *NO_BOOK)],
    "token approve": [
        ("--amount 1", 2, "CLI-USAGE", "--spender"),
        (f"--spender market --amount {2**256}", 2, "CLI-USAGE", "--amount"),
        ("--spender market --amount 1", *NO_BOOK),
    ],
    "token transfer": [
        ("--amount 1", 2, "CLI-USAGE", "--to"),
        (f"--to {METER} --amount 1", *NO_BOOK),
    ],
    "token deposit": [
        ("--amount 1", 2, "CLI-USAGE", "--meter"),
        (f"--meter {METER} --amount 1 --in cellar", 2, "CLI-USAGE", "market or auction"),
        (f"--meter {METER} --amount 1", *NO_BOOK),
    ],
    "token withdraw": [
        (f"--meter {METER} --amount {2**128}", 2, "CLI-USAGE", "--amount"),
        (f"--meter {METER} --amount 1", *NO_BOOK),
    ],
    "bill make": [
        ("", 2, "CLI-USAGE", "--out"),
        ("--out new.json", 2, "CLI-USAGE", "TRADE"),
        ("--out new.pdf --from bad.json", 2, "CLI-USAGE", ".json"),
        ("--out book.json --from bad.json", 2, "CLI-USAGE", "exists"),
        ("--out no/such/new.json --from bad.json", 2, "CLI-USAGE", "no such folder"),
        ("--out new.json --from bad.json", 2, "BILL-EVIDENCE", "bad.json"),
        ("--out new.json --from book.json", 2, "BILL-EVIDENCE", "unknown"),
        ("--out new.json --from missing.json", 2, "CLI-FILE", "missing.json"),
        ("--out new.json --from bad.json --issuer-name Łukasz", 2, "CLI-USAGE", "Windows-1252"),
        ("--out new.json --from bad.json --grid-tariff 0", 2, "CLI-USAGE", "--grid-tariff"),
        (f"--out new.json {TRADE}", *NO_NODE),
    ],
    "bill file": [
        ("", 2, "CLI-USAGE", "FILE"),
        ("missing.json", 2, "CLI-FILE", "missing.json"),
        ("bad.json", *NO_BOOK),
        ("bad.json --book book.json", 2, "CONFIG-ADDRESS-BOOK", "no ledger"),
        ("bad.json --node --key there", 2, "CLI-USAGE", "one of them"),
        ("bad.json --node", *NO_BOOK),
    ],
    "bill pin": [
        ("missing.json", 2, "CLI-FILE", "missing.json"),
        ("bad.json", 1, "BILL-DIFFERS", "not JSON"),
        ("book.json --ipfs http://127.0.0.1:9", 1, "BILL-DIFFERS", "evlock_bill"),
    ],
    "bill show": [
        ("bad.json", 2, "BILL-FORM", "not JSON"),
        ("book.json", 2, "BILL-FORM", "evlock_bill"),
    ],
    "bill verify": [
        ("", 2, "CLI-USAGE", "FILE"),
        ("missing.json", 2, "CLI-FILE", "missing.json"),
        ("bad.json", 1, "BILL-DIFFERS", "canonical form"),
        ("bad.json --pdf missing.pdf", 2, "CLI-FILE", "missing.pdf"),
        ("bad.json --rpc http://127.0.0.1:9", *NO_BOOK),
    ],
    "bill list": [
        ("", 2, "CLI-USAGE", "--purchaser"),
        ("--purchaser 0x12", 2, "CLI-USAGE", "40 hexadecimal"),
        (f"--purchaser {METER}", *NO_BOOK),
        (f"--purchaser {METER} --book book.json", 2, "CONFIG-ADDRESS-BOOK", "no ledger"),
    ],
    "auction status": [("now", 2, "CLI-USAGE", "now"), ("", *NO_NODE)],
    "auction orders": [
        ("", 2, "CLI-USAGE", "SLOT"),
        ("-- -1", 2, "CLI-USAGE", "SLOT"),
        ("1", *NO_BOOK),
        (f"1 --book book.json {NOWHERE}", 5, "CHAIN-UNREACHABLE", "127.0.0.1:9"),
    ],
    "auction results": [
        ("one", 2, "CLI-USAGE", "SLOT"),
        (str(2**64), 2, "CLI-USAGE", "SLOT"),
        ("1", *NO_BOOK),
    ],
    "auction clear": [
        ("", 2, "CLI-USAGE", "SLOT"),
        ("1 --pay-now -1", 2, "CLI-USAGE", "--pay-now"),
        ("1", *NO_BOOK),
        ("1 --book book.json", 2, "CONFIG-ADDRESS-BOOK", "no auction"),
    ],
    "auction demo": [
        ("--nodes 1", 2, "DEMO-ARGUMENT", "2 to 16"),
        ("--slots 0", 2, "DEMO-ARGUMENT", "1 to 10"),
        ("--slot-blocks 5", 2, "DEMO-ARGUMENT", "24 to"),
        ("--seed -1", 2, "DEMO-ARGUMENT", "--seed"),
        ("--home there", 2, "DEMO-ARGUMENT", "exists already"),
        ("--crash chain@4", 2, "DEMO-ARGUMENT", "noded:h03@40"),
        ("--nodes 2 --crash noded:h03@4", 2, "DEMO-ARGUMENT", "h01 to h02"),
    ],
    "auction relay": [
        ("", 2, "CLI-USAGE", "--key"),
        ("--key missing", 2, "CONFIG-KEY", "missing"),
        ("--key missing --batch 401", 2, "CLI-USAGE", "--batch"),
        ("--key missing --margin -1", 2, "CLI-USAGE", "--margin"),
        ("--key missing --port 65536", 2, "CLI-USAGE", "--port"),
    ],
    "auction relay-show": [
        ("now", 2, "CLI-USAGE", "now"),
        ("--url http://127.0.0.1:9", 5, "CHAIN-UNREACHABLE", "127.0.0.1:9"),
    ],
    "auction simulate": [
        ("--households 0", 2, "CLI-USAGE", "--households"),
        ("--solar 101", 2, "CLI-USAGE", "--solar"),
        ("--days 367", 2, "CLI-USAGE", "--days"),
        ("--start 2026-02-30", 2, "CLI-USAGE", "YYYY-MM-DD"),
        ("--latitude 80", 2, "CLI-USAGE", "--latitude"),
        ("--grid-price 1e3", 2, "CLI-USAGE", "--grid-price"),
        ("--grid-price 0.1 --feed-in-price 0.2", 2, "CLI-USAGE", "--feed-in-price"),
        ("--rule fair", 2, "CLI-USAGE", "discriminatory, uniform"),
        ("--strategy greedy", 2, "CLI-USAGE", "zero-intelligence"),
        ("--out there", 2, "CLI-USAGE", "--out"),
        ("--out no/such/folder", 2, "CLI-USAGE", "folder"),
    ],
    "fee-payer run": [
        (f"{NOWHERE}", 2, "CLI-USAGE", "--key"),
        (f"--key missing {NOWHERE}", 2, "CONFIG-KEY", "missing"),
        (f"--key missing {NOWHERE} --gas 1", 2, "CLI-USAGE", "--gas"),
    ],
    "fee-payer show": [("--url http://127.0.0.1:9", 5, "CHAIN-UNREACHABLE", "127.0.0.1:9")],
    "strategy show": [("", *NO_NODE)],
    "strategy try": [("--soc 101", 2, "CLI-USAGE", "--soc")],
    "strategy list": [("all", 2, "CLI-USAGE", "all")],
    "plant": [
        ("", 2, "CLI-USAGE", "--socket"),
        ("--socket s --control c --seed -1", 2, "CLI-USAGE", "--seed"),
    ],
    "plant fault": [
        ("", 2, "CLI-USAGE", "NAME"),
        ("relay-welded --board cellar", 2, "CLI-USAGE", "seller or buyer"),
        ("list --control missing", 7, "CONTROL-GONE", "missing"),
    ],
    "plant load": [
        ("", 2, "CLI-USAGE", "LOAD"),
        ("motor --control missing", 7, "CONTROL-GONE", "m"),
    ],
    "plant state": [("--control missing", 7, "CONTROL-GONE", "missing")],
    "secure-world claim": [
        ("", 2, "CLI-USAGE", "--owner-key"),
        ("--owner-key 0x12", 2, "CLI-USAGE", "66 hexadecimal"),
        ("--owner-key bad.json", 2, "CLI-USAGE", "a keystore"),
        ("--owner-key there", 2, "CLI-USAGE", "private key"),
        (f"--owner-key {OWNER}", 2, "CLI-SECRET", "--pin-file"),
        (f"--owner-key {OWNER} --pin-file there", *NO_WORLD),
    ],
    "secure-world pin": [
        ("", 2, "CLI-SECRET", "--pin-file"),
        ("--pin-file there", 2, "CLI-SECRET", "--new-pin-file"),
        ("--pin-file there --new-pin-file missing", 2, "CLI-FILE", "missing"),
        ("--pin-file there --new-pin-file there", *NO_WORLD),
    ],
    "secure-world audit": [
        ("--last 0", 2, "CLI-USAGE", "--last"),
        ("--out there", 2, "CLI-USAGE", "exists"),
        ("--out no/such/folder.json", 2, "CLI-USAGE", "folder"),
        ("--since missing", 2, "CLI-FILE", "missing"),
        ("--since bad.json", 2, "CLI-USAGE", "not JSON"),
        ("--since empty.json", 2, "CLI-USAGE", "evlock_audit"),
        ("--verify", *NO_WORLD),
    ],
    "secure-world backup": [
        ("", 2, "CLI-USAGE", "--out"),
        ("--out there", 2, "CLI-USAGE", "exists"),
        ("--out no/such/folder.json", 2, "CLI-USAGE", "folder"),
        ("--out new.json", 2, "CLI-SECRET", "--pin-file"),
        ("--out new.json --pin-file there", *NO_WORLD),
    ],
    "secure-world restore": [
        ("", 2, "CLI-USAGE", "FILE"),
        ("bad.json", 2, "CLI-USAGE", "--owner-key"),
        ("missing --owner-key there", 2, "CLI-FILE", "missing"),
        ("bad.json --owner-key there", 2, "CLI-USAGE", "not JSON"),
        ("empty.json --owner-key there", 2, "CLI-USAGE", "evlock_backup"),
        ("bad.json --owner-key there --policy-out there", 2, "CLI-USAGE", "exists"),
        ("bad.json --owner-key there --rated-power-w 0", 2, "CLI-USAGE", "--rated-power-w"),
    ],
    "secure-world zeroise": [
        ("", *NO_WORLD),
        ("--yes", 2, "CLI-SECRET", "--pin-file"),
        ("--yes --pin-file there", *NO_WORLD),
    ],
    "secure-world info": [("now", 2, "CLI-USAGE", "now"), ("", *NO_WORLD)],
    "secure-world attest": [("--nonce 0x12", 2, "CLI-USAGE", "--nonce"), ("", *NO_WORLD)],
    "attest": [
        ("--nonce 0x12", 2, "CLI-USAGE", "64 hexadecimal"),
        ("--key 0x12", 2, "CLI-USAGE", "--verify"),
        ("--verify there", 2, "CLI-USAGE", "--key"),
        (f"--verify bad.json --key {POINT}", 2, "CLI-USAGE", "bad.json"),
        ("--verify there --key 0x12", 2, "CLI-USAGE", "there"),
        ("--verify missing --key there", 2, "CLI-FILE", "missing"),
        ("--out there", 2, "CLI-USAGE", "exists"),
        ("", *NO_WORLD),
    ],
    "secure-world passphrase": [
        ("", 2, "CLI-SECRET", "--pin-file"),
        ("--remove --passphrase-file there", 2, "CLI-USAGE", "--remove"),
        ("--pin-file there --passphrase-file /dev/null", 2, "CLI-USAGE", "--remove"),
        ("--pin-file there --remove", *NO_WORLD),
    ],
    "secure-world unseal": [
        ("", 2, "CLI-SECRET", "--passphrase-file"),
        ("--passphrase-file there", *NO_WORLD),
    ],
    "secure-world manifest make": [
        ("", 2, "CLI-USAGE", "--release-key"),
        ("--release-key there --version 0 --out m", 2, "CLI-USAGE", "--version"),
        ("--release-key there --version 1 --floor 2 --out m", 2, "CLI-USAGE", "--floor"),
        ("--release-key there --version 1 --tree {tmp} --out m", 2, "CLI-USAGE", "secure_world/"),
        ("--release-key there --version 1 --out bad.json", 2, "CLI-USAGE", "exists"),
        ("--release-key there --version 1 --out m", 2, "CLI-USAGE", "private key"),
        ("--release-key missing --version 1 --out m", 2, "CLI-FILE", "missing"),
    ],
    "secure-world manifest enroll": [
        ("", 2, "CLI-USAGE", "FILE"),
        ("missing", 2, "CLI-FILE", "missing"),
        ("bad.json", 2, "CLI-USAGE", "not JSON"),
    ],
    "secure-world manifest compare": [
        ("bad.json", 2, "CLI-USAGE", "not JSON"),
        ("empty.json", 2, "CLI-USAGE", "evlock_manifest"),
    ],
}
CASES = [(name, *row) for name, rows in ROWS.items() for row in (UNKNOWN, *rows)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty node, and files that are no good."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "bad.toml").write_text("[board\n", encoding="utf-8")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "book.json").write_text(json.dumps(asdict(BOOK)), encoding="utf-8")
    (tmp_path / "empty.json").write_text("{}", encoding="utf-8")
    (tmp_path / "there").write_text("not a PEM", encoding="utf-8")
    monkeypatch.setenv("EVLOCK_HOME", str(home))
    monkeypatch.delenv("EVLOCK_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    with Path(os.devnull).open(encoding="ascii") as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        yield tmp_path


def test_every_command_has_rows() -> None:
    assert sorted(ROWS) == sorted(leaves())


@pytest.mark.parametrize(("command", "typed", "code", "name", "word"), CASES)
def test_one_line_the_exit_code_and_nothing_else(
    *, command: str, typed: str, code: int, name: str, word: str, place: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = tree(place)
    assert run([*command.split(), *shlex.split(typed.replace("{tmp}", str(place)))]) == code
    told = capsys.readouterr()
    lines = told.err.splitlines()
    assert len(lines) == 1, told.err
    assert lines[0].startswith(name), lines
    assert " " in lines[0]
    assert word in lines[0]
    assert "Traceback" not in told.err + told.out
    assert "INTERNAL" not in told.err
    assert tree(place) == before


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below, with what is in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"folder"
        for path in sorted(folder.rglob("*"))
    }
