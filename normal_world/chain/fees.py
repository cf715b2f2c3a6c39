"""What a transaction offers for gas: always the node's word, never a number of ours.

Where blocks carry a base fee: EIP-1559 (twice the base fee survives six full blocks). Elsewhere,
and on Kaia, which charges the declared price in full: a legacy transaction at eth_gasPrice.
"""

from dataclasses import dataclass

BUMP_NUMERATOR, BUMP_DENOMINATOR = 1125, 1000  # nodes ask for +10 % or +12.5 % of both fees


@dataclass(frozen=True)
class Fees:
    """Wei per gas. Legacy: both are the gas price."""

    max_fee: int
    max_priority_fee: int
    legacy: bool = False

    def bumped_up(self, market: "Fees") -> "Fees":
        """At least 12.5 % more in both, and at least what the market asks now."""
        return Fees(
            max(_raise_up(self.max_fee), market.max_fee),
            max(
                _raise_up(self.max_priority_fee),
                market.max_fee if self.legacy else market.max_priority_fee,
            ),
            self.legacy,
        )


def _raise_up(fee: int) -> int:
    return max(-(-fee * BUMP_NUMERATOR // BUMP_DENOMINATOR), fee + 1)


def legacy(gas_price: int) -> Fees:
    """A legacy transaction's price."""
    return Fees(gas_price, gas_price, legacy=True)


def dynamic(base_fee: int, tip: int) -> Fees:
    """EIP-1559 from the latest base fee and the node's tip."""
    return Fees(2 * base_fee + tip, tip)
