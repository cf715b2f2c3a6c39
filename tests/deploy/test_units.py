"""The units as systemd reads them: exposure, no complaint, and who may open which socket."""

import configparser
import os
import re
from pathlib import Path

import pytest

from deploy import layout
from normal_world.cli.install_place import scripts_folder
from tests.deploy.manager import tool

EXPOSURE_MAX = 2.0
# Role socket → who may open it (owner:group), and the mode.
SOCKETS = {
    "secured-admin": ("root:evlock", "0660"),
    "secured-meter": ("evlock-meterd:evlock-meterd", "0600"),
    "secured-node": ("evlock-noded:evlock-noded", "0600"),
    "meterd": ("evlock-noded:evlock-noded", "0600"),
    "meterd-admin": ("root:evlock", "0660"),
    "noded": ("root:evlock", "0660"),
}


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """All units with their drop-ins for old boards, as installed."""
    scripts = str(scripts_folder())
    for file in layout.program_files(scripts, systemd=0, sysfs_gpio=True):
        path = tmp_path / file.target.relative_to("etc")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    return tmp_path / "systemd/system"


def read(unit: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read(unit, encoding="utf-8")
    return parser


@pytest.mark.parametrize("service", layout.SERVICES)
def test_exposure_is_low(units: Path, service: str) -> None:
    done = tool("systemd-analyze", "security", "--offline=true", str(units / f"{service}.service"))
    found = re.search(rf"exposure level for {service}.service: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= EXPOSURE_MAX


def test_systemd_has_nothing_to_say_against_them(units: Path) -> None:
    files = sorted(str(path) for path in units.iterdir() if path.is_file())
    assert len(files) == 10
    done = tool("systemd-analyze", "verify", "--man=no", *files)
    complaints = [line for line in done.stderr.splitlines() if "evlock" in line]
    assert complaints == []


def test_every_role_has_its_socket_and_its_permission(units: Path) -> None:
    found = {}
    for path in units.glob("*.socket"):
        part = read(path)["Socket"]
        name = part["FileDescriptorName"]
        listen = part.get("ListenStream") or part["ListenSequentialPacket"]
        assert listen == f"/run/evlock/{name}.sock"
        service = read(units / part["Service"])["Service"]
        assert path.name in service["Sockets"].split()
        found[name] = (f"{part['SocketUser']}:{part['SocketGroup']}", part["SocketMode"])
    assert found == SOCKETS


def test_the_meter_lives_whatever_becomes_of_the_others(units: Path) -> None:
    for service in layout.SERVICES:
        unit = read(units / f"{service}.service")["Unit"]
        assert not unit.keys() & {"Requires", "BindsTo", "Requisite", "Upholds"}
    meter = read(units / "evlock-meterd.service")
    assert "noded" not in meter["Unit"]["Wants"] + meter["Unit"]["After"]
    assert meter["Service"]["ExecStopPost"].endswith("evlock-meterd --open-relays")


def test_users_and_groups(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    rules = tmp_path / "evlock.conf"
    rules.write_text((Path(layout.__file__).parent / "sysusers.conf").read_text("utf-8"), "utf-8")
    done = tool("systemd-sysusers", f"--root={tmp_path}", str(rules))
    assert done.returncode == 0, done.stderr
    users = (tmp_path / "etc/passwd").read_text("utf-8")
    shells = {line.split(":")[0]: line.split(":")[6] for line in users.splitlines()}
    assert {f"evlock-{p}": "/usr/sbin/nologin" for p in ("secured", "meterd", "noded")} == {
        name: shell for name, shell in shells.items() if name.startswith("evlock-")
    }
    groups = {
        line.split(":")[0]: line.split(":")[3]
        for line in (tmp_path / "etc/group").read_text("utf-8").splitlines()
    }
    assert groups["evlock"] == ""  # technicians only
    assert {name for name, who in groups.items() if who == "evlock-meterd"} == {
        "i2c", "spi", "gpio",
    }  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give folders to others")
def test_folders(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    source = Path(layout.__file__).parent
    for name, command in (("sysusers", ()), ("tmpfiles", ("--create",))):
        rules = tmp_path / name
        rules.write_text((source / f"{name}.conf").read_text("utf-8"), "utf-8")
        done = tool(f"systemd-{name}", *command, f"--root={tmp_path}", str(rules))
        assert done.returncode == 0, done.stderr
    modes = {"run/evlock": 0o755, "etc/evlock": 0o755, "etc/evlock/pki": 0o755}
    for name, mode in modes.items():
        assert (tmp_path / name).stat().st_mode & 0o777 == mode
