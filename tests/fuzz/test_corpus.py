"""What the fuzzer has kept is run again: no finding, and every target has its corpus."""

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
MOST_FILES = 300


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_is_no_finding(target: str) -> None:
    inputs = sorted((CORPUS / target).iterdir())
    assert len(inputs) >= 5
    for file in inputs:
        TARGETS[target](file.read_bytes())


def test_the_corpus_is_small() -> None:
    files = [file for file in CORPUS.rglob("*") if file.is_file()]
    assert {file.parent.name for file in files} == set(TARGETS)
    assert len(files) <= MOST_FILES
    assert max(file.stat().st_size for file in files) <= 6000


def test_each_target_lets_bad_bytes_pass_by_name() -> None:
    for run in TARGETS.values():
        for data in (b"", b"\0", b"\xff" * 20, b"\xc0", b"\x02\xc0", bytes(range(256))):
            run(data)
