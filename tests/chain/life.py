"""A process with an outbox that kills itself (SIGKILL) at the n-th point; 0: it lives.

python -m tests.chain.life URL FILE KEY CONTRACT N
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_keys.datatypes import PrivateKey

from normal_world.chain.client import Chain
from normal_world.chain.outbox import Outbox
from normal_world.chain.outbox_store import OutboxStore
from normal_world.chain.transaction import sign
from tests.chain.words import word

INTENTS = 3
_left = 0


def _point() -> None:
    global _left
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def _around(effect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*arguments: Any) -> Any:
        _point()
        result = effect(*arguments)
        _point()
        return result

    return guarded


def main(url: str, file: str, key: str, contract: str, at: str) -> None:
    global _left
    _left = int(at)
    signer = PrivateKey(bytes.fromhex(key))
    chain = Chain(url)
    chain.rpc = _around(chain.rpc)  # type: ignore[method-assign]
    remember = OutboxStore.remember
    OutboxStore.remember = _around(remember)  # type: ignore[method-assign]
    box = Outbox(
        Path(file),
        chain,
        signer.public_key.to_address(),
        _around(lambda payload: sign(payload, signer)),
    )
    for number in range(INTENTS):
        box.put(f"count:{number}", contract, word(number))
    while box.step():
        time.sleep(0.01)  # the devchain's clock makes a block meanwhile


if __name__ == "__main__":
    main(*sys.argv[1:])
