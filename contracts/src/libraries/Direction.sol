// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The two registers of a meter
library Direction {
    /// @notice Energy into the household.
    uint8 internal constant IMPORT = 0;
    /// @notice Energy out of the household.
    uint8 internal constant EXPORT = 1;
}
