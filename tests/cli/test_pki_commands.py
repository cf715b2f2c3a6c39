"""An authority and a node's certificate, made and read by commands alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from normal_world.cli.main import run

METER = "0x" + "5a" * 20


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run([*arguments, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_certificate_names_the_meter_it_was_issued_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority, node = str(tmp_path / "pki"), str(tmp_path / "node")
    told(capsys, "pki", "create-ca", "--dir", authority)
    issued = told(
        capsys, "pki", "issue", "house-7", "--meter", METER, "--dir", authority, "--out", node
    )
    shown = told(capsys, "pki", "show", issued["certificate"])
    assert shown["meter"] == METER
    assert not shown["is_authority"]
    assert Path(issued["key"]).stat().st_mode & 0o077 == 0


def test_an_authority_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = str(tmp_path / "pki")
    told(capsys, "pki", "create-ca", "--dir", authority)
    before = (tmp_path / "pki" / "ca.key").read_bytes()
    assert run(["pki", "create-ca", "--dir", authority]) == 2
    assert capsys.readouterr().err.startswith("PKI-EXISTS ")
    assert (tmp_path / "pki" / "ca.key").read_bytes() == before
