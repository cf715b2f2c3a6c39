"""`evlock report`: what support needs, and no secret, wherever one was planted."""

import json
import tarfile
from itertools import pairwise
from pathlib import Path

from mnemonic import Mnemonic

from firmware.version import VERSION
from tests.field.bench import Bench

WORDS = Mnemonic("english").to_mnemonic(bytes(range(32)))
KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
PLANTED = {
    "password of the RPC": "hunter2-rpc-pass",
    "key in an RPC path": "9aa3d95b3bc440fa88ea12eaa4456161",
    "token of a query": "tok3n-in-query",
    "password of a broker": "br0ker-secret",
    "PIN": "73519924",
    "environment": "env1ronment-value",
    "bearer": "abc.def.ghi-jkl",
    "private key": KEY,
}
NODE = f"""
# rpc = "https://me:{PLANTED["password of the RPC"]}@rpc.example/v3/{PLANTED["key in an RPC path"]}"
# old = "https://rpc.example/?token={PLANTED["token of a query"]}"
# mqtt_password = "{PLANTED["password of a broker"]}"
# owner_pin = {PLANTED["PIN"]}
# mnemonic = "{WORDS}"
# deployer: 0x{KEY}
"""
LOG = f"""\
WARNING CHAIN-UNREACHABLE https://me:{PLANTED["password of the RPC"]}@rpc.example/v3/x: no answer
INFO header Authorization: Bearer {PLANTED["bearer"]}
INFO the broker said no to {PLANTED["password of a broker"]}
INFO started with {PLANTED["environment"]}
INFO words {WORDS}
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49
-----END EC PRIVATE KEY-----
"""


def unpacked(file: Path) -> dict[str, str]:
    with tarfile.open(file) as archive:
        return {
            entry.name.removeprefix("evlock-report/"): archive.extractfile(entry).read().decode()  # type: ignore[union-attr]
            for entry in archive
        }


def test_nothing_that_was_planted_is_in_the_archive(node: Bench) -> None:
    settings = node.home / "etc/node.toml"
    log = node.folder / "log/n-noded"
    before = settings.read_text("utf-8"), log.read_text("utf-8")
    settings.write_text(before[0] + NODE, "utf-8")
    with log.open("a", encoding="utf-8") as file:
        file.write(LOG)
    try:
        done = node.evlock(
            *("report", "--output", "r.tar.gz"),
            env={"MQTT_PASSWORD": PLANTED["environment"], "EVLOCK_TOKEN": "env-t0ken-x"},
        )
    finally:
        settings.write_text(before[0], "utf-8")
    assert done.returncode == 0, done.stderr
    assert (node.folder / "r.tar.gz").stat().st_mode & 0o777 == 0o600
    parts = unpacked(node.folder / "r.tar.gz")
    everything = "\n".join(parts.values())
    for what, secret in PLANTED.items():
        assert secret not in everything, what
    own = (node.folder / "words").read_text("utf-8").split()
    for words in (WORDS.split(), own):
        for first, second in pairwise(words):
            assert f"{first} {second}" not in everything
    assert "MHcCAQ" not in everything
    for key in node.home.rglob("*.key"):
        body = key.read_text("utf-8").splitlines()[1]
        assert body[:20] not in everything


def test_what_support_needs_is_in_it(node: Bench) -> None:
    node.sampling()
    done = node.evlock("report", "--output", "full.tar.gz", "--json")
    told = json.loads(done.stdout)
    parts = unpacked(node.folder / "full.tar.gz")
    assert set(told["parts"]) == set(parts)
    meter = json.loads(parts["status.json"])["secured"]["meter"]
    assert meter.startswith("0x")
    assert meter in parts["doctor.json"]
    assert json.loads(parts["versions.json"])["evlock"] == VERSION
    assert json.loads(parts["events.json"])["events"][0]["code"]
    assert json.loads(parts["history.json"])["columns"]
    assert "max_trade_uwh = 100000" in parts["node.toml"]
    assert "variant_a = 20" in parts["board.toml"]
    assert "ready" in parts["logs/noded.txt"] or "INFO" in parts["logs/noded.txt"]
    assert "No key file" in parts["README.txt"]


def test_anonymous_leaves_nobody_in_it(node: Bench) -> None:
    meter = json.loads(node.done("key", "address", "--json"))
    node.done("report", "--output", "anonymous.tar.gz", "--anonymous")
    everything = "\n".join(unpacked(node.folder / "anonymous.tar.gz").values())
    for address in meter.values():
        assert address not in everything.lower()
    assert "127.0.0.1" not in everything
    assert "doctor" in everything


def test_a_report_of_a_node_that_does_not_run_is_one_too(node: Bench, tmp_path: Path) -> None:
    done = node.evlock("report", "--output", "dead.tar.gz", env={"EVLOCK_HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    parts = unpacked(node.folder / "dead.tar.gz")
    assert "CONTROL-GONE" in parts["events.json"]
    again = node.evlock("report", "--output", "dead.tar.gz")
    assert (again.returncode, again.stderr.split()[0]) == (2, "CLI-USAGE")
