"""The way from the command to the programs of the node: control sockets and the secure world."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from firmware.jsonrpc import Client
from firmware.places import Places

if TYPE_CHECKING:
    from secure_world.protocol import SecureWorld

CALL_LIMIT_S = 120.0  # a purchase waits for its transactions to be final
SECURED_LIMIT_S = 5.0
QUICK_LIMIT_S = 15.0  # a socket of systemd takes a connection before its program has started


def call(program: str, method: str, /, **params: Any) -> Any:
    """One JSON-RPC call to `meterd` or `noded` of this node; raises RpcError, RpcFailed."""
    with Client(Places.of_environment().socket(program), CALL_LIMIT_S) as client:
        return client.call(method, **params)


def quick(program: str, method: str, /) -> Any:
    """The same for a question that a running program answers at once."""
    with Client(Places.of_environment().socket(program), QUICK_LIMIT_S) as client:
        return client.call(method)


@contextmanager
def secure_world(role: str, limit_s: float = SECURED_LIMIT_S) -> "Iterator[SecureWorld]":
    """The secure world's socket of a role: admin, meter or node."""
    from secure_world.protocol import SecureWorld

    client = SecureWorld(Places.of_environment().socket(f"secured-{role}"), limit_s)
    try:
        yield client
    finally:
        client.close()
