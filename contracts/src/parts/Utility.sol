// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IEnergyAuction} from "../interfaces/IEnergyAuction.sol";
import {Calldata} from "../libraries/Calldata.sol";
import {Slots} from "./Slots.sol";

/// @title The utility that trades what a round leaves over: its tariff, its funds, its debts
/// @dev The utility is the owner. A tariff holds for slots that begin after it was set.
abstract contract Utility is Slots, Ownable2Step {
    using Checkpoints for Checkpoints.Trace208;

    uint8 private constant PRICE_BITS = 88;

    uint256 internal funds;
    uint256 internal owedInAll;
    /// @inheritdoc IEnergyAuction
    mapping(address meter => uint256) public owedTo;
    Checkpoints.Trace208 private tariffs;

    constructor(address utility_, uint88 gridBuyPrice, uint88 feedInPrice) Ownable(utility_) {
        _setTariff(0, gridBuyPrice, feedInPrice);
    }

    /// @inheritdoc IEnergyAuction
    function setTariff(uint88 gridBuyPrice, uint88 feedInPrice) external onlyOwner {
        Calldata.requireWords(2);
        _setTariff(uint48(block.number / slotBlocks + 1), gridBuyPrice, feedInPrice);
    }

    /// @inheritdoc IEnergyAuction
    function utility() external view returns (uint256, uint256) {
        return (funds, owedInAll);
    }

    /// @inheritdoc IEnergyAuction
    function tariffOf(uint64 slot)
        public
        view
        returns (uint88 gridBuyPrice, uint88 feedInPrice)
    {
        uint208 tariff = tariffs.upperLookupRecent(uint48(Math.min(slot, type(uint48).max)));
        return (uint88(tariff >> PRICE_BITS), uint88(tariff));
    }

    function _setTariff(uint48 fromSlot, uint88 gridBuyPrice, uint88 feedInPrice) private {
        if (feedInPrice > gridBuyPrice) revert TariffInverted(gridBuyPrice, feedInPrice);
        // slither-disable-next-line unused-return -- the old and the new value, which we know
        tariffs.push(fromSlot, uint208(gridBuyPrice) << PRICE_BITS | feedInPrice);
        emit TariffSet(fromSlot, gridBuyPrice, feedInPrice);
    }
}
