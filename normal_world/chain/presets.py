"""Networks by name: what `--network` means."""

from dataclasses import dataclass

from normal_world.chain.client import Chain
from normal_world.chain.finality import ANVIL, EMBEDDED, KAIA, KAIROS
from normal_world.errors import ConfigError


@dataclass(frozen=True)
class Preset:
    """`chain_id` None: whatever the node says. `finality`: a setting of finality.py."""

    chain_id: int | None
    finality: str
    told: str


# Kaia makes a block a second, final with its first confirmation; the gas price is asked of the node
# and charged in full, so transactions are legacy ones.
PRESETS = {
    "auto": Preset(None, "auto", "the chain that the node serves"),
    "mainnet": Preset(KAIA, "kaia", "Kaia, chain id 8217: real money"),
    "kairos": Preset(KAIROS, "kaia", "Kaia's test network, chain id 1001"),
    "private": Preset(None, "kaia", "a Kaia network of one's own, any chain id"),
    "dev": Preset(EMBEDDED, "immediate", "evlock devchain"),
    "anvil": Preset(ANVIL, "immediate", "Foundry's anvil, chain id 31337"),
}


def chain_of(rpc: str, name: str = "auto") -> Chain:
    """The node of a named network; ChainWrongId at the first question if it serves another."""
    found = PRESETS.get(name)
    if found is None:
        raise ConfigError(f"--network {name}: expected {', '.join(PRESETS)}", "CONFIG-NETWORK")
    return Chain(rpc, finality=found.finality, chain_id=found.chain_id)
