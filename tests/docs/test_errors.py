"""docs/errors.md names every code that the programs can show."""

import re

from tests.plant_process import ROOT

CODE = re.compile(r'"([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+)"')
ATTRIBUTE = re.compile(r'^\s+code = "([A-Z0-9-]+)"', re.MULTILINE)
NOT_CODES = {"SHA-256", "EIP-712", "P-256", "UTF-8"}


def test_every_code_has_its_entry() -> None:
    told = set(re.findall(r"`([A-Z0-9-]+)`", (ROOT / "docs/errors.md").read_text("utf-8")))
    used: set[str] = set()
    for folder in ("drivers", "firmware", "normal_world", "secure_world"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text("utf-8")
            used |= set(CODE.findall(text)) | set(ATTRIBUTE.findall(text))
    assert len(used) > 80
    assert sorted(used - told - NOT_CODES) == []
