"""status: what the three programs of this node say of themselves."""

from typing import Any

from normal_world.cli.errors import ProgramsMissing
from normal_world.cli.output import Json, pairs, show
from normal_world.cli.programs import call, secure_world


def status(as_json: Json = False) -> None:
    """Show what the programs of this node are doing.

    \b
    Example:
      evlock status
    """
    told: dict[str, Any] = {}
    missing: list[str] = []
    for name, ask in (("secured", _secured), ("meterd", _meterd), ("noded", _noded)):
        try:
            told[name] = ask()
        except ConnectionError as error:
            told[name] = None
            missing.append(f"{name} ({error})")
    show(told, as_json=as_json, text=_text(told))
    if missing:
        raise ProgramsMissing(f"no answer from {'; '.join(missing)}")


def _secured() -> dict[str, Any]:
    with secure_world("node") as client:
        return client.info().to_json()


def _meterd() -> Any:
    return call("meterd", "status")


def _noded() -> Any:
    return call("noded", "status")


def _text(told: dict[str, Any]) -> str:
    blocks = [
        f"{name}: no answer"
        if answer is None
        else f"{name}\n  " + pairs(answer).replace("\n", "\n  ")
        for name, answer in told.items()
    ]
    return "\n".join(blocks)
