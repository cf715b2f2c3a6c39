"""All tests, in two halves side by side: trades that take real time, and the rest.

    python -m tests.run

The trades mostly wait (a block a second), so the rest runs beside them, with less priority. The
first half is printed as it goes, the second when it has ended. Exit code: 0 if both passed.
"""

import os
import subprocess
import sys
import tempfile

TRADES = "tests/e2e"
_PYTEST = (sys.executable, "-m", "pytest")
_LESS_PRIORITY = 5


def main() -> int:
    """Run both; the worse of the two exit codes."""
    with tempfile.TemporaryFile("w+") as told:
        rest = subprocess.Popen(
            [*_PYTEST, f"--ignore={TRADES}"],
            stdout=told,
            stderr=subprocess.STDOUT,
            preexec_fn=_step_back,
        )
        with rest:
            trades = subprocess.run([*_PYTEST, TRADES], check=False).returncode
            print(f"== {TRADES}: exit code {trades}; now what the rest said", flush=True)
        told.seek(0)
        sys.stdout.writelines(told)
    print(f"== trades: exit code {trades}; the rest: {rest.returncode}")
    return max(trades, rest.returncode)


def _step_back() -> None:
    os.nice(_LESS_PRIORITY)


if __name__ == "__main__":
    sys.exit(main())
