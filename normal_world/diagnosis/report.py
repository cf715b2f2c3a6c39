"""The parts of a support report: gathered without opening any key file, then scrubbed."""

import io
import json
import os
import platform
import tarfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from firmware.errors import RpcError
from firmware.jsonrpc import Client
from firmware.places import Places
from normal_world.diagnosis.checks import diagnose
from normal_world.diagnosis.gather import Gathered
from normal_world.diagnosis.scrub import ENDS_SECRET, Scrubber

LOG_LINES = 2000
EVENTS = 100
CALL_LIMIT_S = 30.0
FOLDER = "evlock-report"
PROMISE = (
    "No key file and no device secret was opened for this report, and no environment\n"
    "variable is in it. Passwords, tokens, backup words, private keys and the keys\n"
    "inside addresses of services were replaced by marks. Look through it before you\n"
    "send it.\n"
)
Logs = Callable[[], dict[str, list[str]]]


def parts(places: Places, logs: Logs) -> dict[str, Any]:
    """Name and text of every part, not scrubbed yet; what is missing is said in its place."""
    facts = Gathered(places)
    checks = [asdict(result) for result in diagnose(facts)]
    made: dict[str, Any] = {
        "versions.json": _versions(facts),
        "doctor.json": {"checks": checks},
        "status.json": {
            "secured": facts["secured"],
            "meterd": ask(places, "meterd-admin", "status"),
            "noded": facts["node"],
            "diagnose": facts["meter"],
        },
        "events.json": ask(places, "meterd-admin", "events", limit=EVENTS),
        "history.json": ask(places, "meterd-admin", "history", points=96),
        "board.toml": _text(places.etc / "board.toml"),
        "node.toml": _text(places.etc / "node.toml"),
        "contracts.json": _text(places.etc / "contracts.json"),
    }
    made |= {f"logs/{name}.txt": "\n".join(rows) + "\n" for name, rows in logs().items()}
    return made


def scrubbed(found: dict[str, Any], scrub: Scrubber) -> dict[str, str]:
    """Every part without secrets, as text, and README.txt that says so."""
    for part in found.values():
        scrub.learn(part if isinstance(part, str) else json.dumps(part, indent=1))
    # Not for the report: what a program was given in its environment may stand in its log.
    scrub.learn_values(value for name, value in os.environ.items() if ENDS_SECRET.search(name))
    clean = {
        name: scrub(part)
        if isinstance(part, str)
        else json.dumps(scrub.values(part), indent=1, ensure_ascii=False) + "\n"
        for name, part in found.items()
    }
    listed = "".join(f"{name:<22} {len(text):>9} bytes\n" for name, text in clean.items())
    moment = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return {"README.txt": f"Evlock support report of {moment}\n\n{listed}\n{PROMISE}", **clean}


def pack(texts: dict[str, str]) -> bytes:
    """A .tar.gz of the parts, owned by nobody in particular."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, text in texts.items():
            data = text.encode("utf-8", "replace")
            entry = tarfile.TarInfo(f"{FOLDER}/{name}")
            entry.size, entry.mtime, entry.mode = len(data), int(time.time()), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return target.getvalue()


def ask(places: Places, socket: str, method: str, **params: Any) -> Any:
    """The answer of a program, or what it said instead."""
    try:
        with Client(places.socket(socket), CALL_LIMIT_S) as client:
            return client.call(method, **params)
    except (RpcError, OSError) as error:
        return {"error": f"{getattr(error, 'code', 'CLI-FILE')} {error}"}


def names_of(found: dict[str, Any]) -> tuple[str, ...]:
    """What --anonymous takes out by name: the machine's, the node's."""
    import tomllib

    names = [platform.node()]
    with suppress(tomllib.TOMLDecodeError, KeyError, TypeError):
        names.append(str(tomllib.loads(found["node.toml"])["node"]["name"]))
    return tuple(name for name in names if len(name) > 2)


def _versions(facts: Gathered) -> dict[str, Any]:
    return {
        "evlock": facts["version"],
        "programs": facts["versions"],
        "python": platform.python_version(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "system": _release(),
        "memory_available": facts["memory_available"],
        "disk": facts["disk"],
    }


def _release() -> str:
    try:
        return str(platform.freedesktop_os_release().get("PRETTY_NAME", ""))
    except OSError:
        return platform.system()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"# {path}: {error.strerror}\n"
