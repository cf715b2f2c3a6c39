"""`python -m normal_world.chain.devchain`: the development chain as a program."""

import argparse
import logging
import sys
from pathlib import Path

from normal_world.chain.devchain import run_devchain
from normal_world.errors import NormalWorldError


def main() -> int:
    """Reads the options, serves, gives the exit code."""
    parser = argparse.ArgumentParser(prog="devchain", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8545, help="0: any free one, see the log")
    parser.add_argument("--state", type=Path, help="folder that keeps the chain (default: none)")
    parser.add_argument(
        "--block-seconds", type=float, default=1.0, help="0: blocks only by evm_mine"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        run_devchain(options.host, options.port, options.state, options.block_seconds)
    except NormalWorldError as error:
        logging.error("%s %s", error.code, error)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
