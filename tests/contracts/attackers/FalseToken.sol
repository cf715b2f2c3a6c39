// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A token that says no by returning false instead of reverting (A23)
contract FalseToken {
    function transferFrom(address, address, uint256) external pure returns (bool) {
        return false;
    }
}
