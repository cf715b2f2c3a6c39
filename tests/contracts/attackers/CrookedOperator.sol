// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title An operator that takes one amount, says another, and hopes for what is left
contract CrookedOperator {
    IERC20 public immutable token;
    uint96 public price;
    uint256 private takes;
    uint256 private says;

    constructor(IERC20 token_) {
        token = token_;
    }

    function plan(uint96 price_, uint256 takes_, uint256 says_) external {
        (price, takes, says) = (price_, takes_, says_);
    }

    function buyEnergy(uint64, uint96) external returns (uint256) {
        token.transferFrom(msg.sender, address(this), takes);
        return says;
    }
}
