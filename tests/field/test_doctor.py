"""`evlock doctor` on a real node: green, and with faults that a technician meets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from normal_world.diagnosis.checks import NAMES
from tests.field.bench import Bench
from tests.plant_process import wait_until


def checks(node: Bench, code: int, *only: str) -> dict[str, dict[str, Any]]:
    """Results by name, of a doctor that must end with this exit code."""
    wanted = [part for name in only for part in ("--only", name)]
    done = node.evlock("doctor", "--json", *wanted)
    assert done.returncode == code, done.stdout + done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


@contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    try:
        yield
    finally:
        path.write_text(text, "utf-8")


def restarted(node: Bench, program: str) -> None:
    node.stop(program)
    node.start(program)


def test_a_sound_node_is_green_in_80_plain_columns(node: Bench) -> None:
    done = node.evlock("doctor")
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in done.stdout
    assert "FAIL" not in done.stdout
    told = {line.split()[1] for line in lines if line[:1] not in (" ", "") and ":" not in line[:10]}
    assert set(NAMES) <= told
    assert done.stderr == ""


def test_a_converter_at_another_address_is_named_with_what_to_do(node: Bench) -> None:
    with edited(node.home / "etc/board.toml", "address = 0x49", "address = 0x4b"):
        restarted(node, "meterd")  # ready all the same: only its status tells the fault
        wait_until(lambda: "ADC-NACK" in (node.call("status")["fault"] or ""), "the fault")
        found = checks(node, 4, "adc-voltage", "adc-current", "bus", "sampling", "voltage")
    restarted(node, "meterd")
    node.sampling()
    assert found["adc-voltage"]["state"] == "fail"
    assert "nobody at 0x4b" in found["adc-voltage"]["found"]
    assert "0x49 (ADDR on VDD)" in found["adc-voltage"]["found"]
    assert "ADDR pin to SCL" in found["adc-voltage"]["do"]
    assert found["adc-current"]["state"] == found["bus"]["state"] == "ok"
    assert "ADC-NACK" in found["sampling"]["found"]
    assert found["voltage"]["state"] == "skipped"


def test_a_sensor_of_another_variant_voids_the_calibration(node: Bench) -> None:
    with edited(node.home / "etc/board.toml", "variant_a = 20", "variant_a = 30"):
        restarted(node, "meterd")
        node.sampling()
        found = checks(node, 1, "calibration")
    restarted(node, "meterd")
    node.sampling()
    assert "variant_a: 20 then, 30 now" in found["calibration"]["found"]


def test_a_bus_that_dies_while_the_meter_runs(node: Bench) -> None:
    node.plant.call("fault", {"board": "seller", "name": "bus-nack"})
    try:
        wait_until(lambda: node.call("status")["fault"], "the fault")
        found = checks(node, 4, "adc-current", "adc-voltage", "sampling")
        for command in (["relay", "test", "--yes"], ["self-check"], ["sensor", "read"]):
            done = node.evlock(*command)
            assert (done.returncode, done.stderr.split()[0]) == (4, "ADC-NACK"), command
        line = node.done("sensor", "watch", "--count", "1").splitlines()[1]
        assert "FAULT ADC-NACK" in line
        assert len(line) <= 80
    finally:
        node.plant.call("fault.clear", {"board": "seller"})
    node.sampling()
    assert node.done("relay", "test", "--yes").startswith("relay")
    assert found["adc-current"]["state"] == "fail"
    assert {c["hardware"] for c in found.values() if c["state"] == "fail"} == {True}


def test_a_meter_that_does_not_run(node: Bench) -> None:
    node.stop("meterd")
    try:
        found = checks(node, 1)
    finally:
        node.start("meterd")
        node.sampling()
    assert "evlock-meterd" in found["meterd"]["do"]
    assert found["bus"]["state"] == found["calibration"]["state"] == "skipped"
    assert found["chain"]["state"] == "ok"


def test_a_locked_secure_world(node: Bench) -> None:
    node.done("key", "lock")
    found = checks(node, 1, "keys")
    node.done("key", "unlock", "--pin-file", str(node.folder / "pin"))
    assert "evlock key unlock" in found["keys"]["do"]
    assert checks(node, 0, "keys")["keys"]["state"] == "ok"


def test_a_chain_that_is_not_there_and_one_that_is_another(node: Bench) -> None:
    settings = node.home / "etc/node.toml"
    with edited(settings, f":{node.ports[0]}", ":9"):
        found = checks(node, 1, "chain", "account")
    assert "127.0.0.1:9" in found["chain"]["found"]
    assert found["account"]["state"] == "skipped"
    with edited(node.home / "etc/contracts.json", '"chain_id": 1', '"chain_id": 9'):
        found = checks(node, 1, "chain", "contracts")
    assert "contracts.json: 9" in found["chain"]["found"]


def test_a_file_with_several_faults_tells_the_first_and_how_many(node: Bench) -> None:
    with edited(node.home / "etc/node.toml", "max_day_uwh", "max_year_uwh"):
        found = checks(node, 1, "node-file", "chain", "certificate")
    assert "(and 1 more)" in found["node-file"]["found"]
    assert found["chain"]["state"] == found["certificate"]["state"] == "skipped"


def test_a_certificate_of_somebody_else(node: Bench) -> None:
    other = node.folder / "other"
    node.done("pki", "create-ca", "--dir", "elsewhere")
    node.done("pki", "issue", "--dir", "elsewhere", "--out", str(other))
    pem = node.home / "etc/pki/device.pem"
    with edited(pem, pem.read_text("utf-8"), (other / "device.pem").read_text("utf-8")):
        found = checks(node, 1, "certificate")
    assert "not of the authority" in found["certificate"]["found"]


def test_nothing_runs_at_all(tmp_path: Path, node: Bench) -> None:
    done = node.evlock("doctor", env={"EVLOCK_HOME": str(tmp_path)})
    assert done.returncode == 1
    assert done.stderr.startswith("DOCTOR-FAILED failed: board-file, node-file, secured, meterd")
    assert max(map(len, done.stdout.splitlines())) <= 80
