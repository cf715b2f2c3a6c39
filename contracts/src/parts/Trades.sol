// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";
import {Drawer} from "../libraries/Drawer.sol";
import {Money} from "../libraries/Money.sol";
import {OfferRef} from "../libraries/OfferRef.sol";
import {TradeId} from "../libraries/TradeId.sol";
import {Purses} from "./Purses.sol";

/// @title The part of the market that keeps open trades, one word each
/// @dev The escrow of a trade is not stored: it follows from the terms, which every call brings
/// along and whose hash is the trade's id. No id comes twice, because no buyer's salt does.
abstract contract Trades is IEnergyMarket, Purses {
    using Drawer for uint256;

    /// @inheritdoc IEnergyMarket
    uint32 public immutable tradeBlocks;
    mapping(uint256 key => uint256 word) internal drawers;

    constructor(uint32 tradeBlocks_) {
        if (tradeBlocks_ == 0) revert ZeroBlocks();
        tradeBlocks = tradeBlocks_;
    }

    /// @inheritdoc IEnergyMarket
    function tradeId(Terms calldata terms) external view returns (bytes32) {
        return TradeId.hash(terms);
    }

    /// @dev Puts a trade into its drawer and announces it.
    function _openTrade(Terms memory terms) internal {
        bytes32 id = TradeId.hash(terms);
        uint256 deadlineBlock = block.number + tradeBlocks;
        if (deadlineBlock.isTooLate()) revert DeadlineTooLate(deadlineBlock);
        uint256 key = Drawer.keyOf(terms.buyerMeter, terms.salt);
        if (drawers[key].isTaken()) revert DrawerTaken(terms.buyerMeter, uint8(terms.salt));
        drawers[key] = Drawer.pack(id, deadlineBlock);
        emit Bought(
            id,
            _sellerOf(terms),
            terms.buyerMeter,
            terms.ref,
            terms.amountUwh,
            terms.price,
            terms.salt,
            uint32(deadlineBlock)
        );
    }

    /// @dev The trade's id, its drawer and what lies there, if the trade is open.
    function _open(Terms memory terms)
        internal
        view
        returns (bytes32 id, uint256 key, uint256 word)
    {
        id = TradeId.hash(terms);
        key = Drawer.keyOf(terms.buyerMeter, terms.salt);
        word = drawers[key];
        if (!word.holds(id)) revert TradeNotOpen(id);
    }

    /// @dev Empties the trade's drawer, pays for the energy and gives the rest back. Nothing else
    /// ever leaves an escrow.
    /// @param energyUwh Not more than the trade's amount.
    function _end(Terms memory terms, uint256 key, uint64 energyUwh)
        internal
        returns (uint256 paid, uint256 refunded)
    {
        drawers[key] = Drawer.EMPTIED;
        paid = Money.paymentRoundedDown(energyUwh, terms.price);
        unchecked {
            refunded = Money.paymentRoundedDown(terms.amountUwh, terms.price) - paid;
        }
        _put(_sellerOf(terms), paid);
        _put(terms.buyerMeter, refunded);
    }

    function _sellerOf(Terms memory terms) internal pure returns (address) {
        return OfferRef.meterOf(terms.ref >> 32);
    }
}
