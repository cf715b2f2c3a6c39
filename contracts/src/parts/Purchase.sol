// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from
    "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {Calldata} from "../libraries/Calldata.sol";
import {Money} from "../libraries/Money.sol";
import {OfferBook} from "./OfferBook.sol";

/// @title The part of the market that turns offers into trades and takes the money for them
abstract contract Purchase is OfferBook, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev A buyer and what it still wants, while its offers are filled.
    struct Order {
        address meter;
        IMeterRegistry.Trader buyer;
        uint64 missingUwh;
        uint128 priceBefore;
        uint128 maxPrice;
        bytes32 salt;
    }

    /// @inheritdoc IEnergyMarket
    IERC20 public immutable token;
    /// @inheritdoc IEnergyMarket
    uint32 public immutable tradeBlocks;
    mapping(bytes32 trade => Trade) internal trades;

    constructor(IERC20 token_, uint32 tradeBlocks_) {
        if (address(token_) == address(0)) revert ZeroAddress();
        if (tradeBlocks_ == 0) revert ZeroBlocks();
        (token, tradeBlocks) = (token_, tradeBlocks_);
    }

    /// @inheritdoc IEnergyMarket
    function buy(
        uint256[] calldata offerIds,
        uint32[] calldata versions,
        address meter,
        uint64 amountUwh,
        uint128 maxPrice,
        bytes32 salt
    ) external nonReentrant {
        if (offerIds.length != versions.length) {
            revert LengthMismatch(offerIds.length, versions.length);
        }
        Calldata.requireWords(8 + 2 * offerIds.length);
        if (amountUwh == 0) revert ZeroAmount();
        Order memory order = _order(meter, amountUwh, maxPrice, salt);
        uint256 escrow = 0;
        for (uint256 i = 0; i < offerIds.length && order.missingUwh > 0; ++i) {
            escrow += _fill(order, offerIds[i], versions[i]);
        }
        if (order.missingUwh > 0) revert AmountNotOffered(order.missingUwh);
        token.safeTransferFrom(msg.sender, address(this), escrow);
    }

    /// @inheritdoc IEnergyMarket
    function tradeId(Terms memory terms) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), terms));
    }

    function _order(address meter, uint64 amountUwh, uint128 maxPrice, bytes32 salt)
        private
        view
        returns (Order memory)
    {
        IMeterRegistry.Trader memory buyer = registry.traderOf(meter);
        _requireTrader(meter, buyer);
        return Order(meter, buyer, amountUwh, 0, maxPrice, salt);
    }

    function _fill(Order memory order, uint256 offerId, uint32 version)
        private
        returns (uint256 escrow)
    {
        (Offer memory from, uint64 amountUwh) = _take(offerId, version, order.missingUwh);
        _requireMatch(order, offerId, from);
        order.priceBefore = from.price;
        order.missingUwh -= amountUwh;
        return _openTrade(
            Terms(offerId, version, from.meter, order.meter, amountUwh, from.price, order.salt)
        );
    }

    function _requireMatch(Order memory order, uint256 offerId, Offer memory from) private view {
        if (from.price < order.priceBefore) {
            revert OffersOutOfOrder(offerId, from.price, order.priceBefore);
        }
        if (from.price > order.maxPrice) {
            revert PriceAboveBound(offerId, from.price, order.maxPrice);
        }
        if (order.buyer.credit < from.minCredit) {
            revert CreditTooLow(order.meter, order.buyer.credit, from.minCredit);
        }
        // slither-disable-next-line calls-loop -- as many as the caller names, and pays for
        IMeterRegistry.Trader memory seller = registry.traderOf(from.meter);
        if (seller.feeder == 0) revert MeterNotEnrolled(from.meter);
        if (seller.account == order.buyer.account) revert OwnOffer(offerId);
        if (seller.feeder != order.buyer.feeder) revert DifferentFeeder(from.meter, order.meter);
    }

    function _openTrade(Terms memory terms) private returns (uint256 escrow) {
        bytes32 id = tradeId(terms);
        if (trades[id].status != Status.None) revert TradeExists(id);
        uint32 deadlineBlock = uint32(block.number) + tradeBlocks;
        trades[id].status = Status.Open;
        trades[id].deadlineBlock = deadlineBlock;
        escrow = Money.paymentRoundedDown(terms.amountUwh, terms.price);
        emit Bought(
            id,
            terms.offerId,
            terms.version,
            terms.sellerMeter,
            terms.buyerMeter,
            terms.amountUwh,
            terms.price,
            terms.salt,
            escrow,
            deadlineBlock
        );
    }
}
