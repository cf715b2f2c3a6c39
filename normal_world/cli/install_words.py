"""What `evlock install` puts in place for the person at the terminal: command, manual."""

from pathlib import PurePosixPath

SHARE = PurePosixPath("usr/local/share")
COMMAND = PurePosixPath("usr/local/bin/evlock")
COMPLETIONS = {
    "bash": SHARE / "bash-completion/completions/evlock",
    "zsh": SHARE / "zsh/site-functions/_evlock",
    "fish": SHARE / "fish/vendor_completions.d/evlock.fish",
}
MANUAL = SHARE / "man/man1/evlock.1"
TARGETS = (COMMAND, *COMPLETIONS.values(), MANUAL)


def files(scripts: str) -> dict[PurePosixPath, str]:
    """Contents by target; `scripts` is the folder of the evlock program."""
    from normal_world.cli.completion import script
    from normal_world.cli.manual import roff

    words = {target: script(shell) for shell, target in COMPLETIONS.items()}
    found = {MANUAL: roff(), **words}
    if PurePosixPath(scripts) != COMMAND.parent:  # else it is there already
        found[COMMAND] = f'#!/bin/sh\nexec {scripts}/evlock "$@"\n'
    return found
