"""What the parts of the link share: limits, the owner's handlers, addresses."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from normal_world.link.errors import AddressInvalid, LinkError
from normal_world.link.frames import Body

if TYPE_CHECKING:
    from normal_world.link.peer import Peer

OnMessage = Callable[["Peer", str, Body], Awaitable[None]]
OnUp = Callable[["Peer"], Awaitable[None]]
OnDown = Callable[["Peer", LinkError], Awaitable[None]]
OnRefused = Callable[[str, LinkError], None]


@dataclass(frozen=True)
class Handlers:
    """For one peer never two at once, and always in the order up, messages, down.

    `on_refused` gets an address and the error for each connection that did not come up.
    """

    on_message: OnMessage
    on_up: OnUp
    on_down: OnDown
    on_refused: OnRefused | None = None


@dataclass(frozen=True)
class Limits:
    handshake_s: float = 5.0  # from TCP connection to the end of the greeting
    ping_s: float = 1.0
    silence_s: float = 3.0  # nothing heard for so long: the peer is gone
    goodbye_s: float = 3.0  # for handlers to finish when the link is closed
    retry_first_s: float = 0.1
    retry_last_s: float = 2.0
    handshakes_per_address: int = 8
    handshakes: int = 32
    inbox: int = 16  # messages received and not handled: then the reader stops reading
    senders: int = 256  # send() calls that wait for the socket: then LinkBusy


def parse_address(address: str) -> tuple[str, int]:
    """`host:port` or `[ipv6]:port`; AddressInvalid otherwise."""
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise AddressInvalid(f"address {address!r}, expected host:port with a port to 65535")
    return host, int(port)
