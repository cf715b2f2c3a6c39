"""`evlock status` tells in a few lines what a technician must know, whichever program is down."""

from typing import Any

import pytest

from normal_world.cli import status
from normal_world.cli.main import run
from normal_world.errors import StateError

KEYS = {
    "home": "software", "version": "0.1.0", "account": "0x" + "11" * 20, "meter": "0x" + "22" * 20,
    "policy_version": 1, "boot_count": 3, "import_uwh": 26_513, "export_uwh": 0,
}  # fmt: skip
METER = {
    "state": "delivering", "relay_closed": True, "voltage_v": 12.2761, "current_a": -1.0965,
    "power_w": -13.4608, "fault": None, "calibrated": True, "findings": ["RELAY-OPENED silence"],
}  # fmt: skip
NODE = {
    "node": "buyer", "chain": {"id": 31337, "head": 20, "fault": None}, "tokens": 10**18,
    "purse": 5 * 10**17,
    "credit": 10, "open_trades": 1, "links": {"0x" + "33" * 20: True},
}  # fmt: skip


def asked(monkeypatch: pytest.MonkeyPatch, **answers: dict[str, Any] | None) -> None:
    for name, answer in answers.items():

        def ask(answer: dict[str, Any] | None = answer) -> dict[str, Any]:
            if answer is None:
                raise ConnectionRefusedError("nobody listens")
            return answer

        monkeypatch.setattr(status, f"_{name}", ask)


def test_a_healthy_node(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(monkeypatch, secured=KEYS, meterd=METER, noded=NODE)
    assert run(["status"]) == 0
    text = capsys.readouterr().out
    for part in (
        "delivering, relay closed", "12.276 V   -1.097 A   -13.46 W", "import 26.513 mWh",
        "finding: RELAY-OPENED silence", "block 20", "credit 10",
        "1 token, 0.5 token in the purse", "33 up",
    ):  # fmt: skip
        assert part in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_dead_bus_an_unused_device_and_a_silent_node(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = METER | {"fault": "ADC-NACK nobody at 0x48", "voltage_v": None, "calibrated": False}
    asked(monkeypatch, secured=KEYS | {"account": None, "meter": None}, meterd=dead, noded=None)
    assert run(["status"]) == 7
    captured = capsys.readouterr()
    for part in ("no keys yet", "ADC-NACK nobody at 0x48", "not calibrated", "noded    no answer"):
        assert part in captured.out
    assert captured.err.startswith("CLI-PROGRAMS no answer from noded")


def test_a_locked_secure_world_is_told_and_long_faults_are_wrapped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = "CHAIN-UNREACHABLE http://127.0.0.1:8645 eth_blockNumber: Connection refused"
    node = NODE | {"node": "a house with a long name", "chain": {"fault": fault}}
    asked(monkeypatch, secured=KEYS | {"locked": True}, meterd=METER, noded=node)
    assert run(["status"]) == 0
    text = capsys.readouterr().out
    assert "locked: nothing is signed (evlock key unlock)" in text
    assert "Connection refused" in " ".join(text.split())
    assert max(len(line) for line in text.splitlines()) <= 80


def test_what_a_program_refuses_keeps_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> dict[str, Any]:
        raise StateError("starting", "STATE-STARTING")

    asked(monkeypatch, secured=KEYS, meterd=METER, noded=NODE)
    monkeypatch.setattr(status, "_noded", refuse)
    assert run(["status", "--json"]) == 7
    assert capsys.readouterr().err == "STATE-STARTING starting\n"
