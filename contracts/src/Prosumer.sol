// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IEnergyToken} from "./interfaces/IEnergyToken.sol";
import {IGridOperator} from "./interfaces/IGridOperator.sol";
import {IProsumer} from "./interfaces/IProsumer.sol";
import {Money} from "./libraries/Money.sol";

/// @title A household's own account, see IProsumer
contract Prosumer is IProsumer, Ownable2Step {
    using SafeERC20 for IERC20;

    /// @param owner_ The household.
    constructor(address owner_) Ownable(owner_) {}

    /// @inheritdoc IProsumer
    function payForEnergy(IGridOperator operator, uint64 amountUwh, uint96 maxPrice)
        external
        onlyOwner
        returns (uint256 paid)
    {
        uint96 price = operator.price();
        if (price > maxPrice) revert PriceAboveBound(price, maxPrice);
        IERC20 token = operator.token();
        paid = Money.paymentRoundedDown(amountUwh, price);
        emit EnergyPaid(address(operator), amountUwh, paid);
        token.forceApprove(address(operator), paid);
        uint256 taken = operator.buyEnergy(amountUwh, maxPrice);
        // Nothing may stay within another's reach.
        uint256 left = token.allowance(address(this), address(operator));
        if (taken != paid || left != 0) revert PaymentNotTaken(address(operator), left);
    }

    /// @inheritdoc IProsumer
    function transfer(IERC20 token, address to, uint256 amount) external onlyOwner {
        if (to == address(0)) revert ZeroAddress();
        emit TokensSent(address(token), to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IProsumer
    function buyTokens(IEnergyToken token) external payable onlyOwner {
        token.buyTokens{value: msg.value}();
    }
}
