// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Strict calls: nothing is carried along that is not read
library Calldata {
    /// @notice The call carries more or fewer bytes than its arguments need.
    error CalldataLength(uint256 expected, uint256 actual);

    /// @notice Reverts unless the call is a selector and exactly so many words of 32 bytes.
    function requireWords(uint256 words) internal pure {
        uint256 expected = 4 + 32 * words;
        if (msg.data.length != expected) revert CalldataLength(expected, msg.data.length);
    }
}
