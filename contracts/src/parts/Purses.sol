// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from
    "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {IPurses} from "../interfaces/IPurses.sol";
import {Calldata} from "../libraries/Calldata.sol";

/// @title Prepaid money, one purse a meter, see IPurses
/// @dev Tokens move here only, so the guard stands here; whatever else changes purses is
/// `nonReentrantView`: closed while tokens move. A deriving contract may use `extra`.
abstract contract Purses is IPurses, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct Purse {
        uint128 balance;
        uint128 extra;
    }

    /// @inheritdoc IPurses
    IERC20 public immutable token;
    /// @inheritdoc IPurses
    IMeterRegistry public immutable registry;
    mapping(address meter => Purse) internal purses;

    /// @param token_ A plain ERC-20 without hooks or fees, of which fewer than 2^128 exist.
    constructor(IERC20 token_, IMeterRegistry registry_) {
        if (address(token_) == address(0) || address(registry_) == address(0)) revert ZeroAddress();
        (token, registry) = (token_, registry_);
    }

    /// @inheritdoc IPurses
    function deposit(address meter, uint128 amount) external nonReentrant {
        Calldata.requireWords(2);
        if (amount == 0) revert NothingDeposited();
        if (registry.traderOf(meter).feeder == 0) revert MeterNotEnrolled(meter);
        _put(meter, amount);
        emit Deposited(meter, msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IPurses
    function withdraw(address meter, uint128 amount) external nonReentrant {
        Calldata.requireWords(2);
        if (amount == 0) revert NothingWithdrawn();
        if (registry.accountOf(meter) != msg.sender) revert NotMeterAccount(meter, msg.sender);
        _take(meter, amount);
        emit Withdrawn(meter, msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IPurses
    function purseOf(address meter) external view returns (uint128 balance) {
        return purses[meter].balance;
    }

    /// @dev Into a purse. Never more than the contract holds, so it fits.
    function _put(address meter, uint256 amount) internal {
        if (amount > 0) purses[meter].balance += uint128(amount);
    }

    /// @dev Out of a purse, or PurseTooSmall.
    function _take(address meter, uint256 amount) internal {
        uint128 balance = purses[meter].balance;
        if (amount > balance) revert PurseTooSmall(meter, balance, amount);
        purses[meter].balance = balance - uint128(amount);
    }
}
