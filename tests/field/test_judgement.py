"""What the doctor concludes, sentence by sentence: facts in, results out, nothing is run."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normal_world.diagnosis import judge_bus, judge_meter, judge_node, judge_system
from normal_world.diagnosis.checks import exit_code
from normal_world.diagnosis.result import FAIL, OK, SKIPPED, WARN, Result, fail, ok
from normal_world.diagnosis.text import line_of

DAY_S = 86_400.0
ADC = {"chip": "ads1115", "channel": 0, "address": 0x48}
GONE_IIO = {"chip": "iio", "path": "/sys/x", "exists": False}
METER: dict[str, Any] = {
    "version": "1", "trading": False, "fault": None, "samples": 9, "late": 0, "gaps": 0,
    "board": {
        "mains": {"kind": "dc", "nominal_v": 12.0}, "max_current_a": 10.0,
        "board_max_current_a": 20.0, "sensor": {"variant_a": 20}, "samples_per_s": 860,
        "relay_line": 17, "reference_line": 27, "gpio": {"driver": "rpi"},
    },
    "i2c": {
        "used": True, "virtual": False, "path": "/dev/i2c-1", "exists": True, "permitted": True,
        "group": "i2c", "user": "evlock-meterd", "found": [0x48, 0x49], "error": None,
    },
    "adc": {"current": ADC, "voltage": ADC | {"address": 0x49}},
    "lines": {"relay": {"reads": "open"}, "reference_load": {"reads": "open"}},
    "measured": {
        "voltage_v": 12.1, "current_a": 0.001, "noise_a": 0.02, "voltage_noise_v": 0.0,
        "samples": 344, "samples_per_s": 855.0, "repeats": 40,
    },
    "calibration": {"calibrated": True, "at_s": 0.0, "changed": [], "noise_a": 0.02},
}  # fmt: skip


def changed(place: str, value: Any) -> dict[str, Any]:
    """The sound meter with one fact changed: `i2c.exists`."""
    *path, last = place.split(".")
    made = inner = {key: _copy(item) for key, item in METER.items()}
    for name in path:
        inner = inner[name]
    inner[last] = value
    return {"meter": made, "now_s": DAY_S}


def _copy(item: Any) -> Any:
    return {key: _copy(value) for key, value in item.items()} if isinstance(item, dict) else item


JUDGES = (
    judge_bus.bus, judge_bus.converters, judge_bus.lines, judge_meter.voltage, judge_meter.current,
    judge_meter.noise, judge_meter.sampling, judge_meter.calibration,
)  # fmt: skip


def of_meter(facts: dict[str, Any]) -> dict[str, Result]:
    return {result.name: result for judge in JUDGES for result in judge(facts)}


def test_a_sound_meter() -> None:
    assert {result.state for result in of_meter(changed("late", 0)).values()} == {OK}


@pytest.mark.parametrize(
    ("place", "value", "name", "state", "words"),
    [
        ("i2c.exists", False, "bus", FAIL, "raspi-config"),
        ("i2c.permitted", False, "bus", FAIL, "sudo adduser evlock-meterd i2c"),
        ("i2c.error", "BUS-GONE /dev/i2c-1: I/O error", "bus", FAIL, "dmesg"),
        ("i2c.found", [0x49, 0x4A], "adc-current", FAIL, "0x4a (ADDR on SDA)"),
        ("i2c.found", [0x49, 0x20], "adc-current", FAIL, "ADDR pin to GND"),
        ("i2c.found", [0x20], "adc-voltage", FAIL, "power of the converter"),
        ("i2c.found", [], "adc-voltage", FAIL, "pull-ups"),
        ("i2c.found", None, "adc-voltage", SKIPPED, "could not be looked at"),
        (
            "adc.current",
            GONE_IIO,
            "adc-current",
            FAIL,
            "ls",
        ),
        ("lines.relay", {"error": "RELAY-LINE busy"}, "relay", FAIL, "line 17"),
        ("lines.relay", {"reads": "closed"}, "relay", FAIL, "active_low"),
        ("measured.voltage_v", 3.0, "voltage", FAIL, "fuse"),
        ("measured.voltage_v", 15.0, "voltage", WARN, "nominal 12 V"),
        ("measured.current_a", -0.4, "current", FAIL, "evlock meter zero"),
        ("measured.noise_a", 0.3, "noise", WARN, "300 mA"),
        ("measured.repeats", 344, "noise", FAIL, "dead"),
        ("measured.samples_per_s", 300.0, "sampling", WARN, "busy"),
        ("measured", {"error": "ADC-NACK x"}, "voltage", SKIPPED, "see sampling"),
        ("fault", "ADC-NACK nobody", "sampling", FAIL, "ADC-NACK nobody"),
        ("board.max_current_a", 25.0, "current", FAIL, "node.toml"),
        ("calibration.calibrated", False, "calibration", FAIL, "will not trade"),
        ("calibration.changed", ["sensor: 20 then, 5 now"], "calibration", FAIL, "20 then"),
        ("calibration.at_s", None, "calibration", WARN, "unknown date"),
        ("calibration.at_s", -400 * DAY_S, "calibration", WARN, "401 days old"),
        ("calibration.at_s", 9 * DAY_S, "calibration", WARN, "future"),
        ("trading", True, "bus", SKIPPED, "trades"),
    ],
)
def test_what_can_be_wrong_with_a_meter(
    place: str, value: Any, name: str, state: str, words: str
) -> None:
    found = of_meter(changed(place, value))[name]
    assert (found.state, words in found.found + found.do) == (state, True), found


SYSTEM: dict[str, Any] = {
    "python": [3, 11, 2], "version": "1", "year": 2027, "now": "x", "ntp_synchronised": True,
    "rtc": True, "disk": {"path": "/", "free": 10**10, "read_only": False, "inodes_free": 9},
    "flash": {"mmcblk0": [2, 1]}, "memory_available": 10**9, "systemd": True, "now_s": DAY_S,
    "versions": {"meterd": "1", "noded": "1"}, "safe_mode": {"meterd": False, "noded": None},
    "services": {"meterd": {"answers": True, "code": "gone", "socket": "/run/x"}},
    "last_trade_s": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "name", "state", "words"),
    [
        ("python", [3, 9, 1], "python", FAIL, "3.11"),
        ("year", 1970, "clock", FAIL, "never set"),
        ("ntp_synchronised", False, "clock", WARN, "time server"),
        ("ntp_synchronised", None, "clock", OK, "does not tell"),
        ("disk", {"path": "/v", "free": 1e6, "read_only": False}, "disk", FAIL, "1 MB free"),
        ("disk", {"path": "/v", "free": 1e11, "read_only": True}, "disk", FAIL, "read-only"),
        ("flash", {"mmcblk0": [11, 1]}, "flash", FAIL, "replace it now"),
        ("flash", {"mmcblk0": [9, 1]}, "flash", WARN, "90 %"),
        ("flash", {"mmcblk0": [0, 0]}, "flash", SKIPPED, "does not tell"),
        ("flash", {}, "flash", SKIPPED, "no eMMC"),
        ("memory_available", 1e6, "memory", FAIL, "1 MB"),
        ("versions", {"meterd": "0"}, "versions", WARN, "restart"),
        ("safe_mode", {"meterd": True, "noded": True}, "safe-mode", WARN, "safe-mode leave"),
        (
            "services", {"meterd": {"answers": False, "code": "permission", "socket": "/s"}},
            "meterd", FAIL, "adduser",
        ),
        (
            "services", {"meterd": {"answers": False, "code": "gone", "socket": "/s"}},
            "meterd", FAIL, "systemctl start evlock-meterd",
        ),
        ("last_trade_s", None, "last-trade", SKIPPED, "none"),
    ],
)  # fmt: skip
def test_what_can_be_wrong_with_a_machine(
    key: str, value: Any, name: str, state: str, words: str
) -> None:
    facts = {**SYSTEM, key: value}
    judges = (
        judge_system.python, judge_system.clock, judge_system.disk, judge_system.flash,
        judge_system.memory, judge_system.services, judge_system.versions,
        judge_system.safe_mode, judge_system.last_trade,
    )  # fmt: skip
    results = {result.name: result for judge in judges for result in judge(facts)}
    found = results.pop(name)
    assert (found.state, words in found.found + found.do) == (state, True), found
    assert {result.state for result in results.values()} == {OK}


CERTIFICATE = {
    "skipped": None, "error": None, "not_before_s": 0.0, "not_after_s": 100 * DAY_S,
    "meter": "0xm", "issued_by_ca": True, "link_key": "0xk", "list_problem": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "state", "words"),
    [
        ("meter", "0xm", OK, "valid for 99 days"),
        ("not_after_s", 10 * DAY_S, WARN, "expires in 9 days"),
        ("not_after_s", 0.0, FAIL, "expired 1 day ago"),
        ("not_before_s", 5 * DAY_S, FAIL, "not valid yet"),
        ("issued_by_ca", False, FAIL, "not of the authority"),
        ("meter", "0xother", FAIL, "names meter 0xother"),
        ("link_key", "0xother", FAIL, "another link key"),
        ("list_problem", "TLS-REVOKED it is on the list", FAIL, "TLS-REVOKED"),
        ("error", "PKI-FILE no PEM", FAIL, "no PEM"),
        ("skipped", "node.toml cannot be read", SKIPPED, "node.toml"),
    ],
)
def test_what_can_be_wrong_with_a_certificate(key: str, value: Any, state: str, words: str) -> None:
    facts = {
        "now_s": DAY_S, "secured": {"meter": "0xm", "link_key": "0xk"},
        "certificate": {**CERTIFICATE, key: value},
    }  # fmt: skip
    (found,) = judge_node.certificate(facts)
    assert (found.state, words in found.found) == (state, True), found


@pytest.mark.parametrize(("wei", "state"), [(0, FAIL), (99, FAIL), (500, WARN), (5000, OK)])
def test_the_account_must_pay_for_its_transactions(wei: int, state: str) -> None:
    chain = {
        "skipped": None, "error": None, "id": 1, "book_id": 1, "head": 5, "advances": True,
        "waited_s": 1.0, "contracts": {"market": True}, "account": "0xa", "wei": wei,
        "purchase_wei": 100, "feeder": 1, "owner": "0xA", "rated_power_w": 9,
        "tokens": 10**18, "purse": 5 * 10**17,
    }  # fmt: skip
    facts = {"chain": chain, "secured": {"meter": "0xm", "account": "0xa"}}
    results = {result.name: result for result in judge_node.chain(facts)}
    assert results["account"].state == state
    said = "1 token in the account, 0.5 token in the purse" in results["account"].found
    assert said == (state == OK)
    assert results["enrolled"].state == OK


@given(
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=300),
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=300),
    st.sampled_from((OK, WARN, FAIL, SKIPPED)),
)
def test_every_line_fits_80_columns(found: str, do: str, state: str) -> None:
    told = line_of(Result("device-secret", state, found, do))
    assert max(map(len, told.split("\n"))) <= 80
    assert told.split()[1] == "device-secret"


def test_the_exit_code_is_4_only_when_all_failures_are_hardware() -> None:
    bus, chain = fail("bus", "x", "y", hardware=True), fail("chain", "x", "y")
    assert [exit_code(r) for r in ([ok("a", "b")], [bus], [chain], [bus, chain])] == [0, 4, 1, 1]
