"""setup: from an empty board to a node whose doctor is green; resumable, also from a file."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from normal_world.cli.errors import DoctorFailed, UsageInvalid
from normal_world.cli.output import Json, note, show

LATER = "\nWhat you answered is kept: evlock setup goes on from here."


def setup(
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="TOML: ask nobody. docs/field.md."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the answers.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget the answers so far; files and keys stay.")
    ] = False,
    wait: Annotated[
        float,
        typer.Option("--wait", metavar="S", min=0, max=3600, help="With --answers, for programs."),
    ] = 0.0,
    no_doctor: Annotated[bool, typer.Option("--no-doctor", help="Without it at the end.")] = False,
    as_json: Json = False,
) -> None:
    """Set this node up, step by step, from board to calibration.

    May be stopped at any question and called again; what is done is not done twice.
    Secrets are never kept, and never in the answers: only paths of files.

    \b
    Examples:
      evlock setup
      evlock setup --answers house-12.toml --check
      evlock setup --answers house-12.toml --wait 60
    """
    from normal_world.cli.setup_fitting import check_answers
    from normal_world.cli.setup_source import FileSource

    if check:
        if answers is None:
            raise UsageInvalid("--check: --answers FILE expected with it")
        check_answers(answers)
        show({"file": str(answers), "good": True}, as_json=as_json, text=f"{answers}: good")
        return
    if answers is None and (as_json or not sys.stdin.isatty()):
        raise UsageInvalid("setup: no terminal to ask at, --answers FILE expected")
    source = FileSource(answers) if answers is not None else None
    steps = _steps(source, restart, wait, as_json)
    _end(steps, no_doctor, as_json)


def _steps(source: Any, restart: bool, wait: float, as_json: bool) -> list[dict[str, str]]:
    from firmware.places import Places
    from normal_world.cli.logs import runs_services
    from normal_world.cli.setup_source import Progress, Terminal
    from normal_world.cli.setup_steps import STEPS, Setup, have_room

    places = Places.of_environment()
    have_room(places)
    file = places.var / "setup.json"
    if restart:
        file.unlink(missing_ok=True)
    progress = Progress(file)
    made = Setup(places, source or Terminal(progress), progress, wait, runs_services())
    told: list[dict[str, str]] = []
    try:
        for number, (name, step) in enumerate(STEPS, 1):
            text = step(made)
            if not text.startswith("later"):
                progress.finish(name)
            told.append({"step": name, "text": text})
            if not as_json:
                print(f"{number}/{len(STEPS)}  {name:<13}{text}", flush=True)
    except KeyboardInterrupt:
        note(LATER)
        raise
    return told


def _end(steps: list[dict[str, str]], no_doctor: bool, as_json: bool) -> None:
    """The diagnosis, as `evlock doctor` tells it."""
    if no_doctor:
        show({"steps": steps, "checks": None}, as_json=as_json, text="set up")
        return
    if not as_json:
        from normal_world.cli.doctor import doctor

        print()
        doctor(only=None, as_json=False)
        return
    from dataclasses import asdict

    from firmware.places import Places
    from normal_world.diagnosis.checks import diagnose, exit_code
    from normal_world.diagnosis.gather import Gathered

    results = list(diagnose(Gathered(Places.of_environment())))
    show({"steps": steps, "checks": [asdict(r) for r in results]}, as_json=True)
    if code := exit_code(results):
        failed = ", ".join(dict.fromkeys(r.name for r in results if r.state == "fail"))
        raise DoctorFailed(f"failed: {failed}", code)
