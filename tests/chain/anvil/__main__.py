"""Installs anvil into this folder: `make anvil`."""

import os
import sys

from contracts.toolchain import ToolchainError, bring_packages
from normal_world.chain.anvil import VARIABLE, find_anvil
from normal_world.errors import ConfigError
from tests.chain.anvil import FOLDER


def main() -> int:
    """Exit code 0 if it is there and fits this machine."""
    try:
        bring_packages(FOLDER)
        os.environ[VARIABLE] = str(FOLDER)
        program = find_anvil()
    except (ToolchainError, ConfigError) as error:
        print(f"{error.code} {error}", file=sys.stderr)
        return 1
    print(f"{program}\nThe tests find it there; for `evlock demo --chain anvil`:")
    print(f"export {VARIABLE}={FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
