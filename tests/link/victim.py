"""A listening node as a process of its own, to be killed: prints its address, then serves."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from normal_world.link.errors import LinkError
from normal_world.link.link import Credentials, Handlers, LinkServer, Peer


async def main(listen: str, enrolled: str, files: list[str]) -> None:
    async def echo(peer: Peer, kind: str, body: dict[str, Any]) -> None:
        await peer.send(kind, body)

    async def ignore(*_: Peer | LinkError) -> None:
        return

    credentials = Credentials(*map(Path, files))
    server = LinkServer(
        listen, credentials, lambda: {bytes.fromhex(enrolled)}, Handlers(echo, ignore, ignore)
    )
    await server.start()
    print(server.address, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
