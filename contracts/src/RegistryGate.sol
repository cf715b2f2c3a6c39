// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBidderGate} from "./interfaces/IBidderGate.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";

/// @dev The first word of what IMeterRegistry.meterOf returns, which is all that a gate reads.
interface IFeederOf {
    function meterOf(address meter) external view returns (uint24 feeder);
}

/// @title One feeder's meters may bid, as the grid operator's list has them
/// @notice A retired meter has feeder 0 and may not.
contract RegistryGate is IBidderGate {
    IMeterRegistry public immutable registry;
    /// @notice Low-voltage grid whose meters may bid.
    uint24 public immutable feeder;

    error ZeroAddress();
    error ZeroFeeder();

    constructor(IMeterRegistry registry_, uint24 feeder_) {
        if (address(registry_) == address(0)) revert ZeroAddress();
        if (feeder_ == 0) revert ZeroFeeder();
        (registry, feeder) = (registry_, feeder_);
    }

    /// @inheritdoc IBidderGate
    function mayBid(address meter) external view returns (bool) {
        return IFeederOf(address(registry)).meterOf(meter) == feeder;
    }
}
