// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {Claims} from "./parts/Claims.sol";

/// @title The list of meters, see IMeterRegistry
/// @dev The owner is the grid operator.
contract MeterRegistry is Ownable2Step, Claims {
    /// @inheritdoc IMeterRegistry
    mapping(address meter => address) public accountOf;

    /// @param owner_ The grid operator.
    /// @param blockMilliseconds_ Nominal length of a block of this chain, not 0.
    constructor(address owner_, uint32 blockMilliseconds_)
        Ownable(owner_)
        Claims(blockMilliseconds_)
    {}

    /// @inheritdoc IMeterRegistry
    function enroll(
        address meter,
        address account,
        uint24 feeder,
        uint24 ratedPowerW,
        uint16 credit
    ) external onlyOwner {
        if (meter == address(0) || account == address(0)) revert ZeroAddress();
        if (feeder == 0 || ratedPowerW == 0) revert ZeroValue();
        if (meters[meter].ratedPowerW > 0) revert MeterKnown(meter);
        uint32 now_ = uint32(block.number);
        meters[meter] = Meter(feeder, ratedPowerW, credit, 0, 0, now_, now_);
        accountOf[meter] = account;
        emit Enrolled(meter, account, feeder, ratedPowerW, credit);
    }

    /// @inheritdoc IMeterRegistry
    function retire(address meter) external onlyOwner {
        if (meters[meter].feeder == 0) revert MeterNotEnrolled(meter);
        meters[meter].feeder = 0;
        emit Retired(meter);
    }

    /// @inheritdoc IMeterRegistry
    function setClaimer(address claimer, bool allowed) external onlyOwner {
        if (claimer == address(0)) revert ZeroAddress();
        isClaimer[claimer] = allowed;
        emit ClaimerSet(claimer, allowed);
    }

    /// @inheritdoc IMeterRegistry
    function meterOf(address meter) external view returns (Meter memory) {
        return meters[meter];
    }

    /// @inheritdoc IMeterRegistry
    function traderOf(address meter) external view returns (Trader memory) {
        Meter storage m = meters[meter];
        return Trader(accountOf[meter], m.feeder, m.credit);
    }

    /// @inheritdoc IMeterRegistry
    function pairOf(address seller, address buyer)
        external
        view
        returns (
            uint24 sellerFeeder,
            uint24 buyerFeeder,
            uint16 buyerCredit,
            address buyerAccount
        )
    {
        Meter storage m = meters[buyer];
        return (meters[seller].feeder, m.feeder, m.credit, accountOf[buyer]);
    }

    /// @inheritdoc IMeterRegistry
    function creditOf(address meter) external view returns (uint16) {
        return meters[meter].credit;
    }
}
