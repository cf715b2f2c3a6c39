// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IEnergyToken} from "./IEnergyToken.sol";
import {IGridOperator} from "./IGridOperator.sol";

/// @title A household's own account: its tokens, moved by its owner alone
/// @notice A meter may be enrolled with this contract as its account; rewards then come here.
interface IProsumer {
    event EnergyPaid(address indexed operator, uint64 amountUwh, uint256 paid);
    event TokensSent(address indexed token, address indexed to, uint256 amount);

    error ZeroAddress();
    /// @notice The operator's price is above the bound.
    error PriceAboveBound(uint96 price, uint96 maxPrice);

    /// @notice The operator did not take the payment as agreed; all is undone.
    error PaymentNotTaken(address operator, uint256 left);

    /// @notice Buys energy from an operator's network: lets it take exactly
    /// floor(amountUwh * price / 1e9) of its token, at a price within the bound. Owner only.
    /// @return paid Base units.
    function payForEnergy(IGridOperator operator, uint64 amountUwh, uint96 maxPrice)
        external
        returns (uint256 paid);

    /// @notice Sends tokens to someone. Owner only.
    function transfer(IERC20 token, address to, uint256 amount) external;

    /// @notice Buys tokens for the coins sent along, one base unit a wei. Owner only.
    function buyTokens(IEnergyToken token) external payable;
}
