"""An authority and a device's certificate, made, read and revoked by commands alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from normal_world.cli.main import run
from normal_world.link.pem import request_pem
from secure_world.link_certificates import certificate_request

METER = "0x" + "5a" * 20


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run([*arguments, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.fixture
def request_file(tmp_path: Path) -> str:
    """As METER's secure world makes it."""
    path = tmp_path / "request.pem"
    der = certificate_request(b"\1" * 32, bytes.fromhex(METER[2:]))
    path.write_bytes(request_pem(der))
    return str(path)


def test_a_certificate_is_of_the_meter_that_asked(
    tmp_path: Path, request_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    authority, node = str(tmp_path / "pki"), str(tmp_path / "node")
    told(capsys, "pki", "create-ca", "--dir", authority)
    issue = ("pki", "issue", request_file, "--dir", authority, "--out", node)
    issued = told(capsys, *issue, "--meter", METER)
    shown = told(capsys, "pki", "show", issued["certificate"])
    assert (shown["kind"], shown["meter"], shown["serial"]) == ("device", METER, issued["serial"])
    assert run([*issue, "--meter", "0x" + "12" * 20]) == 2
    assert capsys.readouterr().err.startswith(f"PKI-REQUEST request of meter {METER}")


def test_a_meter_is_revoked_by_its_id_and_a_certificate_by_its_file(
    tmp_path: Path, request_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = str(tmp_path / "pki")
    told(capsys, "pki", "create-ca", "--dir", authority)
    first, second = (
        told(capsys, "pki", "issue", request_file, "--dir", authority) for _ in range(2)
    )
    revoke = ("pki", "revoke", "--dir", authority)
    assert told(capsys, *revoke, second["certificate"])["serials"] == [second["serial"]]
    shown = told(capsys, "pki", "show", f"{authority}/revoked.pem")
    assert (shown["kind"], shown["serials"]) == ("revoked", [second["serial"]])
    everything = sorted([first["serial"], second["serial"]])
    assert sorted(told(capsys, *revoke, METER)["serials"]) == everything
    assert sorted(told(capsys, *revoke)["serials"]) == everything


def test_an_authority_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = str(tmp_path / "pki")
    told(capsys, "pki", "create-ca", "--dir", authority)
    before = (tmp_path / "pki" / "ca.key").read_bytes()
    assert run(["pki", "create-ca", "--dir", authority]) == 2
    assert capsys.readouterr().err.startswith("PKI-EXISTS ")
    assert (tmp_path / "pki" / "ca.key").read_bytes() == before
