// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGridOperator} from "./IGridOperator.sol";
import {IMeterRegistry} from "./IMeterRegistry.sol";

/// @title What hardware calls: production, reported to a grid operator
/// @notice A report is a Claim (see ClaimLib) of the meter's export register, whose consumer is the
/// operator: nobody's word counts but the meter key's. The registry claims the interval, so that no
/// energy is rewarded twice, nor once more after it was sold.
interface ISmartMeter {
    /// @notice `number` is the running number signed; the operator's event says what was paid.
    event ProductionReported(address indexed meter, uint64 indexed number, uint64 from, uint64 to);

    error ZeroAddress();
    /// @notice The interval holds no energy.
    error NothingProduced(address meter, uint64 from, uint64 to);
    /// @notice The operator's reward is below what the claim asks for.
    error RewardBelowBound(uint96 reward, uint96 minReward);

    /// @notice Claims the interval [from, to) of a meter's export register and has it rewarded, or
    /// reverts. Anyone may bring it; the money goes to the meter's account.
    /// @param from Register value, µWh; not below what is claimed already.
    /// @param to Register value, µWh; above `from`.
    /// @param number Running number that was signed (the reference of the claim).
    /// @param minReward Lowest reward, base units per kWh, for which the meter gives its energy: the
    /// signed price; 0 takes any.
    /// @param r First half of the EIP-2098 signature.
    /// @param vs Second half.
    /// @return paid Base units.
    function reportProduction(
        address meter,
        uint64 from,
        uint64 to,
        uint64 number,
        uint96 minReward,
        bytes32 r,
        bytes32 vs
    ) external returns (uint256 paid);

    /// @notice The organisation that offers the service: named so that people know whom they
    /// trust. It has no power here.
    function owner() external view returns (address);

    /// @notice Who rewards.
    function operator() external view returns (IGridOperator);

    /// @notice Where energy is claimed.
    function registry() external view returns (IMeterRegistry);
}
