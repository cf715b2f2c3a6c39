"""A listening node as a process of its own, to be killed: prints its address, then serves."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from normal_world.link import pki
from normal_world.link.errors import LinkError
from normal_world.link.link import Handlers, Identity, LinkServer, Peer
from tests.link.signer import Signer
from tests.link.support import SELLER


async def main(listen: str, enrolled: str, authority: Path, folder: Path) -> None:
    async def echo(peer: Peer, kind: str, body: dict[str, Any]) -> None:
        await peer.send(kind, body)

    async def ignore(*_: Peer | LinkError) -> None:
        return

    signer = Signer(SELLER)
    made = pki.issue(authority, signer.request(), 1, output=folder)
    identity = Identity(made.ca, made.certificate, signer)
    server = LinkServer(
        listen, identity, lambda: {bytes.fromhex(enrolled)}, Handlers(echo, ignore, ignore)
    )
    await server.start()
    print(server.address, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])))
