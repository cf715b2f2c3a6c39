"""[telemetry] of node.toml: what is meant, and one line for what cannot be."""

import subprocess
import sys
from pathlib import Path

import pytest

from firmware.errors import ConfigError
from firmware.toml import reading
from normal_world.telemetry.broker import Broker
from normal_world.telemetry.errors import TelemetryError
from normal_world.telemetry.settings import MqttConfig, TelemetryConfig, read_telemetry
from tests.plant_process import ROOT


def read(tmp_path: Path, text: str) -> TelemetryConfig:
    path = tmp_path / "node.toml"
    found = []
    with reading(path, text) as root:  # raises at its end
        found.append(read_telemetry(root, tmp_path))
    return found[0]


def test_everything_is_off_by_default(tmp_path: Path) -> None:
    assert read(tmp_path, "") == TelemetryConfig(None, None)
    assert read(tmp_path, "[telemetry]\n") == TelemetryConfig(None, None)


@pytest.mark.parametrize("address", ["127.0.0.1:9464", "[::1]:9464", "localhost:9464"])
def test_a_loopback_address_needs_no_more(tmp_path: Path, address: str) -> None:
    found = read(tmp_path, f'[telemetry]\nprometheus = "{address}"').prometheus
    assert found is not None
    assert found[1] == 9464
    assert "[" not in found[0]


def test_everybody_may_ask_only_when_the_owner_says_so(tmp_path: Path) -> None:
    text = '[telemetry]\nprometheus = "0.0.0.0:9464"\nprometheus_public = '
    assert read(tmp_path, text + "true").prometheus == ("0.0.0.0", 9464)
    with pytest.raises(ConfigError, match=r"node\.toml:2: .*prometheus_public = true, expected"):
        read(tmp_path, text + "false")


def test_a_ca_means_tls_and_its_port(tmp_path: Path) -> None:
    found = read(tmp_path, '[telemetry.mqtt]\nhost = "h"\nca = "x.pem"').mqtt
    assert found is not None
    assert (found.port, found.ca) == (8883, tmp_path / "x.pem")
    assert read(tmp_path, '[telemetry.mqtt]\nhost = "h"').mqtt == MqttConfig(
        "h", 1883, None, None, None, "evlock", "homeassistant", 10.0
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('prometheus = "9464"', "host:port expected"),
        ('prometheus = "127.0.0.1:0"', "host:port expected"),
        ('prometheus = "example.org:80"', "a loopback address"),
        ("prometheus = 9464", "a text expected"),
        ('promtheus = "127.0.0.1:1"', "prometheus meant"),
        ("[telemetry.mqtt]", "[telemetry.mqtt] host: missing"),
        ('[telemetry.mqtt]\nhost = "h"\nport = 99999', "1 to 65535"),
        ('[telemetry.mqtt]\nhost = "h"\nprefix = "a/#"', "a topic of letters"),
        ('[telemetry.mqtt]\nhost = "h"\ndiscovery_prefix = "/a"', "a topic of letters"),
        ('[telemetry.mqtt]\nhost = "h"\ninterval_s = 0.1', "1.0 to 3600.0"),
        ('[telemetry.mqtt]\nhost = "h"\npassword_file = "p"', "a user beside it"),
    ],
)
def test_what_cannot_be_meant_is_named(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "[telemetry]\n" + text)
    assert len(caught.value.lines) == 1
    assert expected in caught.value.lines[0]


def config(**changes: Path | str) -> MqttConfig:
    values = {"user": "u", "password_file": None, "ca": None, **changes}
    return MqttConfig("localhost", 1, prefix="a", discovery_prefix="b", interval_s=9.0, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_password_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    secret = tmp_path / "password"
    secret.write_text("hidden")
    secret.chmod(mode)
    with pytest.raises(TelemetryError, match="expected mode 0600") as caught:
        Broker(config(password_file=secret))
    assert caught.value.code == "MQTT-PASSWORD"
    assert "hidden" not in str(caught.value)


def test_a_missing_password_or_ca_is_named(tmp_path: Path) -> None:
    with pytest.raises(TelemetryError, match="No such file") as caught:
        Broker(config(password_file=tmp_path / "none"))
    assert caught.value.code == "MQTT-PASSWORD"
    wrong = tmp_path / "ca.pem"
    wrong.write_text("no certificate")
    for ca in (wrong, tmp_path / "none"):
        with pytest.raises(TelemetryError, match="a PEM file of certificates expected") as caught:
            Broker(config(ca=ca))
        assert caught.value.code == "MQTT-CA"


def test_without_the_library_the_node_says_what_to_install(tmp_path: Path) -> None:
    """noded as it is, on a machine without paho-mqtt."""
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "node.toml").write_text(
        '[node]\nname = "n"\n[chain]\nrpc = "http://127.0.0.1:1"\n[link]\nlisten = "127.0.0.1:1"\n'
        "[limits]\nmax_trade_uwh = 1\nmax_day_uwh = 1\nmax_current_a = 1\n"
        '[telemetry.mqtt]\nhost = "h"\n',
        encoding="utf-8",
    )
    program = (
        "import sys; sys.modules['paho'] = sys.modules['paho.mqtt.client'] = None; "
        "from normal_world.main import main; sys.exit(main([]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"EVLOCK_HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("MQTT-LIBRARY ")
    assert "pip install 'evlock[mqtt]'" in done.stderr
