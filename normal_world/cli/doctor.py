"""doctor: one line a check: found, works, or what to do."""

import sys
from typing import Annotated

import typer

from normal_world.cli.errors import DoctorFailed, UsageInvalid
from normal_world.cli.output import Json, note, show


def doctor(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="This check; repeat for more."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check everything that this node needs, and say what to do.

    Changes nothing, and moves no relay. Exit code 0 if nothing failed, 4 if only
    hardware did, else 1.

    \b
    Examples:
      evlock doctor
      evlock doctor --only bus --only adc-current
    """
    from dataclasses import asdict

    from firmware.places import Places
    from normal_world.diagnosis.checks import NAMES, diagnose, exit_code
    from normal_world.diagnosis.gather import Gathered
    from normal_world.diagnosis.text import line_of, summary

    for name in only or ():
        if name not in NAMES:
            raise UsageInvalid(f"--only {name!r}: one of {', '.join(NAMES)} expected")
    results = []
    if not as_json and sys.stderr.isatty() and not only:
        note("looking; this takes some seconds")
    for result in diagnose(Gathered(Places.of_environment()), only or ()):
        results.append(result)
        if not as_json:
            print(line_of(result, sys.stdout.isatty()), flush=True)
    code = exit_code(results)
    told = {"checks": [asdict(result) for result in results], "exit_code": code}
    show(told, as_json=as_json, text=f"\n{summary(results)}")
    if code:
        failed = ", ".join(dict.fromkeys(r.name for r in results if r.state == "fail"))
        raise DoctorFailed(f"failed: {failed}", code)
