"""A process that deploys and kills itself (SIGKILL) right after its n-th transaction; 0: it lives.

python -m tests.chain.deployment_life URL BOOK KEY N
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from eth_keys.datatypes import PrivateKey

from normal_world.chain.client import Chain
from normal_world.chain.deployment_book import deploy_to_book
from normal_world.chain.operator import Operator


def main(url: str, book: str, key: str, at: str) -> None:
    left = int(at)
    chain = Chain(url)
    honest = chain.rpc

    def rpc(method: str, *params: Any) -> Any:
        nonlocal left
        answer = honest(method, *params)
        if method == "eth_sendRawTransaction":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return answer

    chain.rpc = rpc  # type: ignore[method-assign]
    signer = PrivateKey(bytes.fromhex(key))
    deploy_to_book(Operator(chain, signer.public_key.to_address(), signer), Path(book), {})


if __name__ == "__main__":
    main(*sys.argv[1:])
