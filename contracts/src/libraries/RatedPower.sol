// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title How many blocks of its rated power some energy takes
/// @notice 1 µWh = 3.6 mJ = 18/5 W·ms. Both roundings are against the one who claims, and fit:
/// energy <= energyRoundedDown(n) exactly if blocksRoundedUp(energy) <= n.
library RatedPower {
    /// @param blockEnergyWms Rated power times the length of a block, watt-milliseconds, not 0.
    function blocksRoundedUp(uint256 energyUwh, uint256 blockEnergyWms)
        internal
        pure
        returns (uint256)
    {
        return Math.ceilDiv(energyUwh * 18, blockEnergyWms * 5);
    }

    /// @notice Energy in microwatt-hours that the rated power gives in so many blocks.
    function energyRoundedDown(uint256 blocks, uint256 blockEnergyWms)
        internal
        pure
        returns (uint256)
    {
        return blocks * blockEnergyWms * 5 / 18;
    }
}
