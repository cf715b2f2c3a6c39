"""The options of evlock-secured. argparse would cost a tenth of the start."""

from collections.abc import Sequence
from pathlib import Path

from secure_world import places

USAGE = """\
usage: evlock-secured [--state FOLDER] [--run FOLDER] [--noise PATH] [--allow NAME]...

The secure world's software home.

  --state FOLDER  state folder (default: {state})
  --run FOLDER    socket folder (default: {run})
  --noise PATH    noise source, which must work then (default: /dev/hwrng if there is one)
  --allow NAME    start although this part of the isolation is missing; may be repeated"""


class UsageWrong(ValueError):
    """An option that is unknown or lacks its value."""


class Options:
    """What was given on the command line."""

    def __init__(self, arguments: Sequence[str]) -> None:
        """Raises UsageWrong."""
        self.state, self.run = places.state_folder(), places.run_folder()
        self.noise: Path | None = None
        self.allowed: list[str] = []
        self.help = False
        rest = list(arguments)
        while rest:
            self._take(rest.pop(0), rest)

    def _take(self, argument: str, rest: list[str]) -> None:
        name, equals, value = argument.partition("=")
        if name in ("-h", "--help") and not equals:
            self.help = True
            return
        if name not in ("--state", "--run", "--noise", "--allow"):
            raise UsageWrong(f"{argument}: unknown, expected --state, --run, --noise or --allow")
        if not equals and not rest:
            raise UsageWrong(f"{name}: no value, expected one")
        self._set(name, value if equals else rest.pop(0))

    def _set(self, name: str, value: str) -> None:
        if name == "--allow":
            self.allowed.append(value)
        elif name == "--noise":
            self.noise = Path(value)
        elif name == "--state":
            self.state = Path(value)
        else:
            self.run = Path(value)


def usage() -> str:
    """What `--help` prints."""
    return USAGE.format(state=places.state_folder(), run=places.run_folder())
