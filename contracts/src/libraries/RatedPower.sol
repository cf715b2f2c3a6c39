// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title How many blocks of its rated power some energy takes
/// @notice 1 µWh = 3.6 mJ = 18/5 W·ms. Both roundings are against the one who claims, and fit:
/// energy <= energyRoundedDown(n) exactly if blocksRoundedUp(energy) <= n. Nothing overflows:
/// energy is below 2^64, rated power times block length below 2^56, a block number below 2^64.
library RatedPower {
    /// @param blockEnergyWms Rated power times the length of a block, watt-milliseconds, not 0.
    function blocksRoundedUp(uint256 energyUwh, uint256 blockEnergyWms)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            uint256 perBlock = blockEnergyWms * 5;
            return (energyUwh * 18 + perBlock - 1) / perBlock;
        }
    }

    /// @notice Energy in microwatt-hours that the rated power gives in so many blocks.
    function energyRoundedDown(uint256 blocks, uint256 blockEnergyWms)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            return blocks * blockEnergyWms * 5 / 18;
        }
    }
}
