// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What energy costs
library Money {
    uint256 private constant UWH_PER_KWH = 1e9;

    /// @notice Price of an amount of energy, rounded against the one who is paid.
    /// @param energyUwh Microwatt-hours.
    /// @param price Base units per kWh. The product is below 2^192, so it cannot overflow.
    function paymentRoundedDown(uint64 energyUwh, uint128 price) internal pure returns (uint256) {
        unchecked {
            return uint256(energyUwh) * price / UWH_PER_KWH;
        }
    }
}
