"""The node and a real mosquitto: what Home Assistant would hear, and what a bad broker costs."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from normal_world.telemetry.discovery import ENTITIES
from normal_world.telemetry.publisher import ID_DIGITS
from tests.plant_process import wait_until
from tests.telemetry.mosquitto import PASSWORD, USER, Mosquitto, broker, needs_mosquitto
from tests.telemetry.node import Node, node

pytestmark = needs_mosquitto
MQTT = """\
[telemetry]
prometheus = "127.0.0.1:{port}"
[telemetry.mqtt]
host = "localhost"
interval_s = 1
"""


@contextmanager
def connected(server: Mosquitto, extra: str = "", password: str = PASSWORD) -> Iterator[Node]:
    """A node that publishes to the broker."""
    with node(start=False) as one:
        _prepare(one, server, extra)
        secret = one.rig.home / "etc" / "broker-password"
        secret.write_text(password + "\n", encoding="utf-8")
        secret.chmod(0o600)
        one.start()
        yield one


def _prepare(one: Node, server: Mosquitto, extra: str) -> None:
    text = MQTT.replace("{port}", str(one.ports[2])) + f"port = {server.port}\n{extra}"
    one.prepare(text)


def name_of(one: Node) -> str:
    return one.meter.hex()[:ID_DIGITS]


def availability(server: Mosquitto, one: Node) -> str:
    """The retained word."""
    (word,) = server.received(f"evlock/{name_of(one)}/availability").values()
    return word


def test_home_assistant_finds_every_value(tmp_path: Path) -> None:
    with broker(tmp_path / "m") as server, connected(server) as one:
        found = server.received("homeassistant/#", len(ENTITIES))
        configs = {topic.split("/")[3]: json.loads(text) for topic, text in found.items()}
        assert configs.keys() == {entity.key for entity in ENTITIES}
        energy = configs["imported_kwh"]
        assert (energy["device_class"], energy["state_class"]) == ("energy", "total_increasing")
        assert energy["unit_of_measurement"] == "kWh"
        assert len({config["unique_id"] for config in configs.values()}) == len(ENTITIES)
        assert {config["device"]["name"] for config in configs.values()} == {"cellar"}
        assert not [key for config in configs.values() for key in config if "command" in key]
        wait_until(lambda: server.values(name_of(one))["voltage_v"], "a voltage is published")
        values = server.values(name_of(one))
        assert {f"{{{{ value_json.{key} }}}}" for key in values} == {
            config["value_template"] for config in configs.values()
        }
        assert values["voltage_v"] == pytest.approx(12.4, rel=0.08)
        assert (values["relay"], values["state"]) == ("OFF", "idle")
        assert (values["imported_kwh"], values["trades_settled"]) == (0.0, 0)
        assert availability(server, one) == "online"
        assert "Received SUBSCRIBE from evlock-" not in server.log()


def test_the_last_will_speaks_for_a_killed_node(tmp_path: Path) -> None:
    with broker(tmp_path / "m") as server, connected(server) as one:
        wait_until(lambda: availability(server, one) == "online", "online")
        one.kill()
        wait_until(lambda: availability(server, one) == "offline", "offline after kill -9")
        one.start()
        wait_until(lambda: availability(server, one) == "online", "online again")
        assert one.process is not None
        one.process.send_signal(signal.SIGTERM)
        assert one.end() == 0
        assert availability(server, one) == "offline"


def test_a_value_of_a_program_that_is_away_is_unknown(tmp_path: Path) -> None:
    with broker(tmp_path / "m") as server, connected(server) as one:
        wait_until(lambda: server.values(name_of(one))["voltage_v"], "a voltage is published")
        one.rig.kill()
        wait_until(lambda: server.values(name_of(one))["voltage_v"] is None, "no stale voltage")
        values = server.values(name_of(one))
        assert values["relay"] is None
        assert values["imported_kwh"] == 0.0  # secured's register
        one.rig.start()


def test_a_broker_that_dies_and_comes_back_knows_everything_again(tmp_path: Path) -> None:
    with broker(tmp_path / "m") as server, connected(server) as one:
        wait_until(lambda: availability(server, one) == "online", "online")
        server.kill()
        wait_until(lambda: "evlock_noded_mqtt_up 0.0" in one.scrape(), "the loss is seen")
        wait_until(lambda: "evlock_noded_mqtt_dropped_total 0.0" not in one.scrape(), "dropped")
        assert one.rig.status()["state"] == "idle"
        server.start()  # without persistence: it has forgotten all
        assert len(server.received("homeassistant/#", len(ENTITIES))) == len(ENTITIES)
        assert availability(server, one) == "online"
        assert one.log().count("MQTT-LOST") == 1


def test_tls_with_a_password(tmp_path: Path) -> None:
    with broker(tmp_path / "m", password=True, tls=True) as server:
        extra = f'user = "{USER}"\npassword_file = "broker-password"\nca = "{tmp_path}/m/ca.pem"'
        with connected(server, extra) as one:
            assert availability(server, one) == "online"
            wait_until(lambda: server.values(name_of(one))["voltage_v"], "a voltage is published")
            assert PASSWORD not in one.log() + one.scrape()


def test_a_wrong_password_is_one_line_and_the_node_goes_on(tmp_path: Path) -> None:
    with broker(tmp_path / "m", password=True) as server:
        extra = f'user = "{USER}"\npassword_file = "broker-password"'
        with connected(server, extra, password="guessed") as one:
            wait_until(lambda: "MQTT-REFUSED" in one.log(), "the refusal is told")
            wait_until(lambda: server.log().count("not authorised") > 1, "it tries again")
            assert one.log().count("MQTT-") == 1
            assert "guessed" not in one.log()
            assert 'evlock_up{program="noded"} 1.0' in one.scrape()


def test_a_broker_with_another_authority_gets_nothing(tmp_path: Path) -> None:
    with broker(tmp_path / "m", tls=True) as server, broker(tmp_path / "o", tls=True):
        with connected(server, f'ca = "{tmp_path}/o/ca.pem"') as one:
            wait_until(lambda: "MQTT-UNREACHABLE" in one.log(), "the refusal is told")
            assert "certificate verify failed" in one.log()
        assert "evlock-" not in server.log()
