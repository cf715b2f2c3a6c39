"""A child's whole work for one request: read it, do it, answer the client.

The handlers get the forked copy of the device: its components' memory is theirs to read; its store
is closed, and what they change in memory is lost. Only effects last.
"""

import socket
from collections.abc import Callable
from typing import Any

from secure_world.commands import LAYOUTS, MAX_MESSAGE, Command, Role
from secure_world.device import Device
from secure_world.effects import EFFECTS
from secure_world.envelope import decode_request, encode_refusal, encode_response
from secure_world.errors import ErrorCode, FieldInvalid, SecureWorldRefused
from secure_world.handlers import link, new_keys, persons, seal
from secure_world.message import Message
from secure_world.parent import Parent

APART: dict[Command, Callable[[Device, Any, Parent], Message]] = {
    Command.PROVISION: new_keys.provision,
    Command.RESTORE: new_keys.restore,
    Command.RESTORE_KEY: new_keys.restore_key,
    Command.CLAIM: persons.claim,
    Command.CHANGE_PIN: persons.change_pin,
    Command.UNLOCK: persons.unlock,
    Command.BACKUP: persons.backup,
    Command.ZEROISE: persons.zeroise,
    Command.ATTEST: seal.attest,
    Command.SET_PASSPHRASE: seal.set_passphrase,
    Command.UNSEAL: seal.unseal,
    Command.ENROLL_MANIFEST: seal.enroll_manifest,
    Command.LINK_REQUEST: link.link_request,
    Command.LINK_SESSION: link.link_session,
    Command.SIGN_LINK: link.sign_link,
}


def serve(device: Device, role: Role, client: socket.socket, channel: socket.socket) -> None:
    """One request of `client`, answered; `channel` leads to the parent."""
    parent = Parent(channel, {effect: number for number, (effect, _) in enumerate(EFFECTS)})
    number = 0
    try:
        number, code, fields = decode_request(client.recv(MAX_MESSAGE + 1))
        client.send(encode_response(number, _run(device, parent, code, fields)))
        return
    except SecureWorldRefused as error:
        refusal = error
    except FieldInvalid as error:
        refusal = SecureWorldRefused(ErrorCode.MALFORMED, str(error))
    except BlockingIOError:
        raise  # it does not read its answers: the parent drops it
    except ConnectionError:
        return  # of parent or client; what was kept is unknown, so say nothing
    except Exception as error:  # never print the values
        refusal = SecureWorldRefused(
            ErrorCode.INTERNAL, f"{type(error).__name__} in a child of evlock-secured"
        )
    parent.refused(role, refusal)
    client.send(encode_refusal(number, refusal))


def _run(device: Device, parent: Parent, code: int, fields: Any) -> Message:
    command = Command(code)  # the parent has looked at it
    return APART[command](device, LAYOUTS[command].request.from_rlp(fields), parent)
