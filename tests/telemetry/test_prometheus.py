"""What a scraper really gets from the three real programs."""

import shutil
import signal
import subprocess
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.plant_process import wait_until
from tests.telemetry.node import Node, node

PROMETHEUS = '[telemetry]\nprometheus = "127.0.0.1:{port}"'
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(scope="module")
def running() -> Iterator[Node]:
    with node(PROMETHEUS) as one:
        yield one


def parsed(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(one: Node) -> Samples:
    return parsed(one.scrape())


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((name, tuple(sorted(labels.items()))))


def test_all_three_programs_answer_with_their_numbers(running: Node) -> None:
    wait_until(
        lambda: value(scraped(running), "evlock_meterd_voltage_volts"), "a voltage is measured"
    )
    found = scraped(running)
    for program in ("secured", "meterd", "noded"):
        assert value(found, "evlock_up", program=program) == 1.0
    assert value(found, "evlock_meterd_voltage_volts") == pytest.approx(12.4, rel=0.08)
    assert value(found, "evlock_meterd_relay_closed") == 0.0
    assert value(found, "evlock_meterd_state", state="idle") == 1.0
    assert value(found, "evlock_secured_provisioned") == 1.0
    assert value(found, "evlock_secured_register_joules_total", direction="import") == 0.0
    assert value(found, "evlock_noded_trades_settled_total") == 0.0
    assert value(found, "evlock_noded_chain_up") == 0.0  # nobody serves the chain here
    for program in ("meterd", "noded"):
        assert (value(found, f"evlock_{program}_resident_bytes") or 0) > 5e6
        assert (value(found, f"evlock_{program}_open_files") or 0) > 3


def test_samples_grow_and_every_name_is_ours_with_a_help(running: Node) -> None:
    before = value(scraped(running), "evlock_meterd_samples_total") or 0.0
    wait_until(
        lambda: (value(scraped(running), "evlock_meterd_samples_total") or 0.0) > before + 100,
        "samples grow",
    )
    for family in text_string_to_metric_families(running.scrape()):
        assert family.name.startswith("evlock_")
        assert family.documentation


def test_no_key_no_account_and_no_counterpart_is_in_it(running: Node) -> None:
    info = running.rig.secured.meter.info()
    text = running.scrape().lower()
    assert info.account is not None
    assert info.account.hex()[:8] not in text
    assert running.meter.hex()[:8] not in text
    assert "127.0.0.1" not in text


def test_promtool_finds_nothing_to_complain_about(running: Node) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool (Debian package prometheus) is not installed")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=running.scrape(), capture_output=True, text=True
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_a_program_that_is_away_has_no_values(running: Node) -> None:
    running.rig.kill()
    try:
        wait_until(
            lambda: value(scraped(running), "evlock_up", program="meterd") == 0.0, "meterd is away"
        )
        found = scraped(running)
        assert not [name for name, _ in found if name.startswith("evlock_meterd_")]
        assert value(found, "evlock_up", program="noded") == 1.0
    finally:
        running.rig.start()
    wait_until(
        lambda: value(scraped(running), "evlock_up", program="meterd") == 1.0, "meterd is back"
    )


def test_without_the_secure_world_the_others_are_seen(running: Node) -> None:
    running.rig.secured.kill()
    try:
        wait_until(
            lambda: value(scraped(running), "evlock_up", program="secured") == 0.0, "it is away"
        )
        found = scraped(running)
        assert not [name for name, _ in found if name.startswith("evlock_secured_")]
        assert value(found, "evlock_meterd_faulty") == 0.0
    finally:
        assert running.rig.secured.start()
    wait_until(lambda: value(scraped(running), "evlock_up", program="secured") == 1.0, "it is back")


def test_a_node_that_waits_for_its_secure_world_is_watched_already() -> None:
    with node(PROMETHEUS, start=False) as one:
        one.rig.secured.kill()
        one.begin()
        wait_until(lambda: _up(one) == (0.0, 1.0, 0.0), "secured away, noded not ready yet")
        assert one.rig.secured.start()
        wait_until(lambda: _up(one) == (1.0, 1.0, 1.0), "all are there")


def _up(one: Node) -> tuple[float | None, ...]:
    try:
        found = scraped(one)
    except OSError:
        return ()
    return tuple(value(found, "evlock_up", program=p) for p in ("secured", "meterd", "noded"))


def test_a_stopped_program_is_away_and_the_scrape_ends(running: Node) -> None:
    """It hangs instead of being gone: the answer comes all the same."""
    process = running.rig.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    try:
        wait_until(
            lambda: value(scraped(running), "evlock_up", program="meterd") == 0.0, "meterd hangs"
        )
    finally:
        process.send_signal(signal.SIGCONT)
    wait_until(
        lambda: value(scraped(running), "evlock_up", program="meterd") == 1.0, "meterd goes on"
    )
