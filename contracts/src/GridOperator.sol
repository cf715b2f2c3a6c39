// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from
    "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IGridOperator} from "./interfaces/IGridOperator.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {Calldata} from "./libraries/Calldata.sol";
import {Money} from "./libraries/Money.sol";

/// @title A grid operator's counter, see IGridOperator
contract GridOperator is IGridOperator, Ownable2Step, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IGridOperator
    IERC20 public immutable token;
    /// @inheritdoc IGridOperator
    IMeterRegistry public immutable registry;
    /// @inheritdoc IGridOperator
    uint96 public price;
    /// @inheritdoc IGridOperator
    uint96 public reward;
    /// @inheritdoc IGridOperator
    mapping(address smartMeter => bool) public isTrusted;

    /// @param owner_ The grid operator.
    constructor(address owner_, IERC20 token_, IMeterRegistry registry_) Ownable(owner_) {
        if (address(token_) == address(0) || address(registry_) == address(0)) {
            revert ZeroAddress();
        }
        token = token_;
        registry = registry_;
    }

    /// @inheritdoc IGridOperator
    function setPrice(uint96 price_) external onlyOwner {
        price = price_;
        emit PriceSet(price_);
    }

    /// @inheritdoc IGridOperator
    function setReward(uint96 reward_) external onlyOwner {
        reward = reward_;
        emit RewardSet(reward_);
    }

    /// @inheritdoc IGridOperator
    function trust(address smartMeter) external onlyOwner {
        if (smartMeter == address(0)) revert ZeroAddress();
        if (isTrusted[smartMeter]) revert AlreadyTrusted(smartMeter);
        isTrusted[smartMeter] = true;
        emit Trusted(smartMeter);
    }

    /// @inheritdoc IGridOperator
    function untrust(address smartMeter) external onlyOwner {
        if (!isTrusted[smartMeter]) revert NotTrusted(smartMeter);
        isTrusted[smartMeter] = false;
        emit Untrusted(smartMeter);
    }

    /// @inheritdoc IGridOperator
    function rewardProduction(address meter, uint64 energyUwh)
        external
        nonReentrant
        returns (uint256 paid)
    {
        if (!isTrusted[msg.sender]) revert NotTrusted(msg.sender);
        if (energyUwh == 0) revert ZeroAmount();
        uint96 reward_ = reward;
        if (reward_ == 0) revert RewardUnset();
        if (registry.meterOf(meter).feeder == 0) revert MeterNotEnrolled(meter);
        address account = registry.accountOf(meter);
        paid = Money.paymentRoundedDown(energyUwh, reward_);
        uint256 held = token.balanceOf(address(this));
        if (paid > held) revert ReserveShort(paid, held);
        emit Rewarded(meter, account, msg.sender, energyUwh, reward_, paid);
        token.safeTransfer(account, paid);
    }

    /// @inheritdoc IGridOperator
    function buyEnergy(uint64 amountUwh, uint96 maxPrice)
        external
        nonReentrant
        returns (uint256 paid)
    {
        Calldata.requireWords(2);
        if (amountUwh == 0) revert ZeroAmount();
        uint96 price_ = price;
        if (price_ == 0) revert PriceUnset();
        if (price_ > maxPrice) revert PriceAboveBound(price_, maxPrice);
        paid = Money.paymentRoundedDown(amountUwh, price_);
        emit EnergyBought(msg.sender, amountUwh, price_, paid);
        token.safeTransferFrom(msg.sender, address(this), paid);
    }

    /// @inheritdoc IGridOperator
    function withdraw(address to, uint256 amount) external onlyOwner nonReentrant {
        if (to == address(0)) revert ZeroAddress();
        emit Withdrawn(to, amount);
        token.safeTransfer(to, amount);
    }
}
