// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGridOperator} from "./interfaces/IGridOperator.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {ISmartMeter} from "./interfaces/ISmartMeter.sol";
import {Calldata} from "./libraries/Calldata.sol";
import {ClaimLib} from "./libraries/ClaimLib.sol";
import {Direction} from "./libraries/Direction.sol";

/// @title What hardware calls, see ISmartMeter
/// @dev Everything is undone together if the operator does not pay.
contract SmartMeter is ISmartMeter {
    /// @inheritdoc ISmartMeter
    address public immutable owner;
    /// @inheritdoc ISmartMeter
    IMeterRegistry public immutable registry;
    /// @inheritdoc ISmartMeter
    IGridOperator public immutable operator;

    /// @param owner_ The metering organisation.
    constructor(address owner_, IMeterRegistry registry_, IGridOperator operator_) {
        if (owner_ == address(0)) revert ZeroAddress();
        if (address(registry_) == address(0) || address(operator_) == address(0)) {
            revert ZeroAddress();
        }
        owner = owner_;
        registry = registry_;
        operator = operator_;
    }

    /// @inheritdoc ISmartMeter
    function reportProduction(
        address meter,
        uint64 from,
        uint64 to,
        uint64 number,
        uint96 minReward,
        bytes32 r,
        bytes32 vs
    ) external returns (uint256 paid) {
        Calldata.requireWords(7);
        if (to <= from) revert NothingProduced(meter, from, to);
        uint96 reward = operator.reward();
        if (reward < minReward) revert RewardBelowBound(reward, minReward);
        bytes32 purpose = ClaimLib.purpose(address(operator), number, minReward);
        ClaimLib.requireSigned(
            ClaimLib.Claim(meter, Direction.EXPORT, from, to, purpose),
            ClaimLib.domainSeparator(address(registry)),
            r,
            vs
        );
        emit ProductionReported(meter, number, from, to);
        registry.claim(meter, Direction.EXPORT, from, to);
        paid = operator.rewardProduction(meter, to - from);
    }
}
