"""When a block is final, network by network (docs/protocol.md, "Chains").

A block has one confirmation as soon as it is in the chain, and one more with every block on top.
"""

from dataclasses import dataclass

from normal_world.errors import ConfigError

EMBEDDED = 131277322940537  # py-evm under eth-tester's conventional chain id
ANVIL = 31337
KAIA = 8217
KAIROS = 1001

FINALIZED_TAG = 0  # confirmations that mean: ask the node for its `finalized` block


@dataclass(frozen=True)
class Network:
    """Rules of a network: `confirmations` (0: the finalized tag), whether fees are legacy."""

    confirmations: int
    legacy_fees: bool = False


IMMEDIATE = Network(1)
# Istanbul BFT: one block is final. Kaia charges what a legacy transaction declares.
BFT = Network(1, legacy_fees=True)
BY_CHAIN_ID = {EMBEDDED: IMMEDIATE, ANVIL: IMMEDIATE, KAIA: BFT, KAIROS: BFT}
BY_NAME = {"immediate": IMMEDIATE, "kaia": BFT, "finalized": Network(FINALIZED_TAG)}


def network(setting: str, chain_id: int) -> Network:
    """Rules for `setting`: auto, immediate, kaia, finalized or confirmations:N (N from 1)."""
    if setting == "auto":
        return BY_CHAIN_ID.get(chain_id, BY_NAME["finalized"])
    if setting in BY_NAME:
        return BY_NAME[setting]
    word, _, number = setting.partition(":")
    if word == "confirmations" and number.isascii() and number.isdigit() and int(number) > 0:
        return Network(int(number), BY_CHAIN_ID.get(chain_id, IMMEDIATE).legacy_fees)
    raise ConfigError(
        f"[chain] finality: {setting!r}, expected auto, immediate, kaia, finalized "
        "or confirmations:N with N from 1",
        "CONFIG-FINALITY",
    )
