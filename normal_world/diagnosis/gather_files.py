"""Facts of the settings, the certificate and the counterparts' addresses."""

import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from firmware.board import BoardConfig
from firmware.board_file import read_board
from firmware.config import read_meter
from firmware.errors import ConfigError
from firmware.places import Places
from normal_world.config import NodeConfig, read_node

TCP_LIMIT_S = 2.0


def file_facts(places: Places) -> tuple[dict[str, Any], NodeConfig | None]:
    """Problems of both files; the node's settings if noded could start with them."""
    board_path, node_path = places.etc / "board.toml", places.etc / "node.toml"
    board, board_problems = _board(board_path)
    node, node_problems = _node(node_path, board)
    facts = {
        "board": {
            "path": str(board_path),
            "there": board_path.exists(),
            "problems": board_problems,
            "told": f"{board.name}: {board.title}" if board else "",
        },
        "node": {
            "path": str(node_path),
            "there": node_path.exists(),
            "problems": node_problems,
            "told": f"{node.name}, {len(node.peers)} counterparts" if node else "",
        },
        "device_secret": board.claims.device_secret if board else None,
    }
    return facts, node


def certificate_facts(config: NodeConfig | None) -> dict[str, Any]:
    """Validity, authority, meter and key of the device's certificate; state of the list."""
    told: dict[str, Any] = {"skipped": None, "error": None}
    if config is None:
        return told | {"skipped": "node.toml cannot be read"}
    from normal_world.link.errors import LinkError
    from normal_world.link.pki import inspect

    try:
        found = inspect(config.device)
        issued = _issued_by(config.device, config.ca)
        problem = _list_problem(config)
    except PermissionError as error:
        return told | {"skipped": f"you may not read {error.filename}"}
    except (LinkError, OSError) as error:
        return told | {"error": " ".join(str(error).split())}
    return told | {
        "not_before_s": found.not_before.timestamp(),
        "not_after_s": found.not_after.timestamp(),
        "meter": "0x" + found.meter.hex() if found.meter else "nobody",
        "issued_by_ca": issued,
        "link_key": "0x" + found.key.hex() if found.key else None,
        "list_problem": problem,
    }


def peer_facts(config: NodeConfig | None, links: dict[str, bool] | None) -> list[dict[str, Any]]:
    """Each counterpart: connected by noded's word, else whether its port can be reached."""
    peers = config.peers.items() if config else ()
    return [_peer("0x" + meter.hex(), address, links) for meter, address in peers]


def _peer(meter: str, address: str, links: dict[str, bool] | None) -> dict[str, Any]:
    linked = None if links is None else links.get(meter, False)
    told: dict[str, Any] = {"meter": meter, "address": address, "linked": linked}
    if linked is not False:
        return told | {"tcp": None, "why": None}
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), TCP_LIMIT_S):
            return told | {"tcp": True, "why": None}
    except OSError as error:
        return told | {"tcp": False, "why": error.strerror or "no answer"}


def _issued_by(certificate: Path, ca: Path) -> bool:
    from cryptography.exceptions import InvalidSignature

    from normal_world.link.pem import read_certificate

    with suppress(ValueError, TypeError, InvalidSignature):
        read_certificate(certificate).verify_directly_issued_by(read_certificate(ca))
        return True
    return False


def _list_problem(config: NodeConfig) -> str | None:
    """What is wrong with the list of revoked devices, or with this device by it."""
    from normal_world.link.errors import CertificateRevoked, RevocationUnknown
    from normal_world.link.identity import utc_now
    from normal_world.link.pem import read_certificate
    from normal_world.link.revocation import Revocations

    try:
        Revocations(config.revoked, config.ca, utc_now).check(read_certificate(config.device))
    except (CertificateRevoked, RevocationUnknown) as error:
        return f"{error.code} {error}"
    return None


def _board(path: Path) -> tuple[BoardConfig | None, list[str]]:
    try:
        return read_board(path), []
    except ConfigError as error:
        return None, _texts(error)
    except OSError as error:
        return None, [f"{path}: {error.strerror}"]


def _node(path: Path, board: BoardConfig | None) -> tuple[NodeConfig | None, list[str]]:
    node, problems = None, list[str]()
    for read in (lambda: read_meter(path, board), lambda: read_node(path)):
        try:
            found = read()
            node = found if isinstance(found, NodeConfig) else node
        except ConfigError as error:
            problems += _texts(error)
        except OSError as error:
            problems.append(f"{path}: {error.strerror}")
    return node, list(dict.fromkeys(problems))


def _texts(error: ConfigError) -> list[str]:
    return [text for _, text in error.problems]
