// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";

/// @title Strict calls: nothing is carried along that is not read
library Calldata {
    /// @notice Reverts unless the call is a selector and exactly so many words of 32 bytes.
    function requireWords(uint256 words) internal pure {
        uint256 expected = 4 + 32 * words;
        if (msg.data.length != expected) {
            revert IEnergyMarket.CalldataLength(expected, msg.data.length);
        }
    }
}
