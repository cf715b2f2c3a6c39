// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title The money of the market: an ERC-20 with permit (EIP-2612) of fixed supply
interface IEnergyToken is IERC20 {
    event Withdrawn(address indexed to, uint256 amountWei);

    /// @notice `buyTokens` was called without money.
    error NothingPaid();
    /// @notice Fewer tokens are left than were paid for.
    error SoldOut(uint256 asked, uint256 left);

    /// @notice Gives one base unit for each wei paid, or reverts when that many are not left.
    function buyTokens() external payable;

    /// @notice Sends the proceeds of all sales; owner only.
    function withdraw(address payable to) external;
}
