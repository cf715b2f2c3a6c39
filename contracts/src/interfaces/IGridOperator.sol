// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IMeterRegistry} from "./IMeterRegistry.sol";

/// @title A grid operator's counter: energy from its network for tokens, tokens for feeding in
/// @notice Energy in µWh, price and reward in token base units per kWh, payments rounded down. The
/// operator's reserve is what tokens this contract holds; only its owner puts prices on energy and
/// names the smart meters that it trusts, and every such act is an event.
interface IGridOperator {
    event PriceSet(uint96 price);
    event RewardSet(uint96 reward);
    event Trusted(address indexed smartMeter);
    event Untrusted(address indexed smartMeter);
    /// @notice Energy fed in was rewarded: `paid` went to the meter's account.
    event Rewarded(
        address indexed meter,
        address indexed account,
        address indexed smartMeter,
        uint64 energyUwh,
        uint96 reward,
        uint256 paid
    );
    /// @notice Energy from the network was bought and paid for.
    event EnergyBought(address indexed buyer, uint64 amountUwh, uint96 price, uint256 paid);
    event Withdrawn(address indexed to, uint256 amount);

    error ZeroAddress();
    error ZeroAmount();
    /// @notice The operator sells nothing: its price is 0.
    error PriceUnset();
    /// @notice The operator rewards nothing: its reward is 0.
    error RewardUnset();
    error PriceAboveBound(uint96 price, uint96 maxPrice);
    /// @notice The operator does not trust this smart meter, or not any more.
    error NotTrusted(address smartMeter);
    error AlreadyTrusted(address smartMeter);
    /// @notice The meter is not in the registry, or is retired.
    error MeterNotEnrolled(address meter);
    /// @notice The operator's reserve does not reach for the reward.
    error ReserveShort(uint256 needed, uint256 held);

    /// @notice Sets the price of energy from the network, 0: nothing is sold. Owner only.
    function setPrice(uint96 price_) external;

    /// @notice Sets the reward for feeding in, 0: nothing is rewarded. Owner only.
    function setReward(uint96 reward_) external;

    /// @notice Lets a smart meter report production. Owner only. Whoever is trusted decides what
    /// is paid: trust only a SmartMeter whose code was checked.
    function trust(address smartMeter) external;

    /// @notice Takes the trust back, for everyone to see. Owner only.
    function untrust(address smartMeter) external;

    /// @notice Pays floor(energyUwh * reward / 1e9) to the meter's account. Trusted callers only.
    /// @param meter Enrolled meter that fed in.
    /// @param energyUwh More than 0.
    /// @return paid Base units.
    function rewardProduction(address meter, uint64 energyUwh) external returns (uint256 paid);

    /// @notice Buys energy from the network: takes floor(amountUwh * price / 1e9) from the caller,
    /// who approved that much, or reverts.
    /// @param amountUwh More than 0.
    /// @param maxPrice Nothing is bought if the price is above this.
    /// @return paid Base units.
    function buyEnergy(uint64 amountUwh, uint96 maxPrice) external returns (uint256 paid);

    /// @notice Takes tokens out of the reserve. Owner only.
    function withdraw(address to, uint256 amount) external;

    /// @notice Price of energy from the network; 0 if none is sold.
    function price() external view returns (uint96);

    /// @notice Reward for feeding in; 0 if none is given.
    function reward() external view returns (uint96);

    /// @notice Whether a smart meter may report production.
    function isTrusted(address smartMeter) external view returns (bool);

    /// @notice The money.
    function token() external view returns (IERC20);

    /// @notice The list that says whose meter it is.
    function registry() external view returns (IMeterRegistry);
}
