"""Coverage-guided fuzzing by atheris.

    python -m tests.fuzz.run TARGET SECONDS [folder for what is found]

The committed corpus is read; new inputs go to the folder (else to a temporary one) and are brought
in, minimised, by `python -m tests.fuzz.run TARGET merge FOLDER`.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["secure_world", "tests.fuzz.targets"]):
    from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
MOST_BYTES = 6000


def main() -> None:
    """Run until the time is over or a finding is made."""
    target, seconds, *rest = sys.argv[1:]
    atheris.Setup(_arguments(target, seconds, rest), TARGETS[target])
    atheris.Fuzz()


def _arguments(target: str, seconds: str, rest: list[str]) -> list[str]:
    """For libFuzzer. A merge starts its first argument again and again, through a shell."""
    if seconds == "child":
        return [sys.argv[0], *rest]
    found = Path(rest[0]) if rest else Path(tempfile.mkdtemp(prefix="evlock-fuzz-found-"))
    found.mkdir(parents=True, exist_ok=True)
    options = [f"-max_len={MOST_BYTES}", f"-artifact_prefix={found}/finding-"]
    corpus = str(CORPUS / target)
    if seconds == "merge":
        program = f"{sys.executable} -m tests.fuzz.run {target} child"
        return [program, *options, "-set_cover_merge=1", corpus, str(found)]
    return [sys.argv[0], *options, f"-max_total_time={seconds}", str(found), corpus]


if __name__ == "__main__":
    main()
