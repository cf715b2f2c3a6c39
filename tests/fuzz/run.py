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
    found = Path(rest[0]) if rest else Path(tempfile.mkdtemp(prefix="evlock-fuzz-found-"))
    found.mkdir(parents=True, exist_ok=True)
    corpus = CORPUS / target
    options = [f"-max_len={MOST_BYTES}", f"-artifact_prefix={found}/finding-"]
    if seconds == "merge":
        folders, more = [str(corpus), str(found)], ["-merge=1"]
    else:
        folders, more = [str(found), str(corpus)], [f"-max_total_time={seconds}"]
    atheris.Setup([sys.argv[0], *options, *more, *folders], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
