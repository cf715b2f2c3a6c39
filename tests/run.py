"""All tests, in two halves side by side: those that live by the real clock, and the rest.

    python -m tests.run

Trades mostly wait (a block a second), so the rest runs beside them, with less priority. The first
half is printed as it goes, the second when it has ended. Exit code: 0 if both passed.
"""

import os
import subprocess
import sys
import tempfile

REAL_TIME = ("tests/e2e", "tests/firmware", "tests/hardware")
_PYTEST = (sys.executable, "-m", "pytest")
_LESS_PRIORITY = 5


def main() -> int:
    """Run both; the worse of the two exit codes."""
    with tempfile.TemporaryFile("w+") as told:
        rest = subprocess.Popen(
            [*_PYTEST, *[f"--ignore={folder}" for folder in REAL_TIME]],
            stdout=told,
            stderr=subprocess.STDOUT,
            preexec_fn=_step_back,
        )
        with rest:
            first = subprocess.run([*_PYTEST, *REAL_TIME], check=False).returncode
            print(
                f"== {' '.join(REAL_TIME)}: exit code {first}; now what the rest said", flush=True
            )
        told.seek(0)
        sys.stdout.writelines(told)
    print(f"== first half: exit code {first}; the rest: {rest.returncode}")
    return max(first, rest.returncode)


def _step_back() -> None:
    os.nice(_LESS_PRIORITY)


if __name__ == "__main__":
    sys.exit(main())
