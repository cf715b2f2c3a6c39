// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IMeterRegistry} from "./IMeterRegistry.sol";

/// @title Prepaid money, one purse a meter
/// @notice Tokens lie in the contract that pays with them; only its own rules move them, and only
/// the meter's account takes them out. All purses and escrows together never exceed the tokens held.
interface IPurses {
    event Deposited(address indexed meter, address indexed payer, uint256 amount);
    event Withdrawn(address indexed meter, address indexed account, uint256 amount);

    error ZeroAddress();
    error NothingDeposited();
    error NothingWithdrawn();
    /// @notice The meter is not in the registry, or is retired.
    error MeterNotEnrolled(address meter);
    /// @notice Only the meter's own account acts for it.
    error NotMeterAccount(address meter, address caller);
    /// @notice The purse holds less than is needed: deposit the difference first.
    error PurseTooSmall(address meter, uint256 balance, uint256 needed);

    /// @notice Moves tokens of the caller, who has approved them, into an enrolled meter's purse.
    function deposit(address meter, uint128 amount) external;

    /// @notice Moves tokens from a meter's purse to its account, which must be the caller. A retired
    /// meter's money is still its account's.
    function withdraw(address meter, uint128 amount) external;

    /// @notice Base units in a meter's purse.
    function purseOf(address meter) external view returns (uint128 balance);

    /// @notice Money of the purses.
    function token() external view returns (IERC20);

    /// @notice Whose meters.
    function registry() external view returns (IMeterRegistry);
}
