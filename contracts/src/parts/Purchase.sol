// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";
import {Calldata} from "../libraries/Calldata.sol";
import {Money} from "../libraries/Money.sol";
import {OfferRef} from "../libraries/OfferRef.sol";
import {OfferBook} from "./OfferBook.sol";
import {Trades} from "./Trades.sol";

/// @title The part of the market that turns offers into trades and takes the money for them
abstract contract Purchase is OfferBook, Trades {
    /// @inheritdoc IEnergyMarket
    function buy(
        uint256[] calldata refs,
        address meter,
        uint64 amountUwh,
        uint96 maxPrice,
        uint64 salt
    ) external nonReentrantView {
        Calldata.requireWords(6 + refs.length);
        if (amountUwh == 0) revert ZeroAmount();
        Purse memory purse = purses[meter];
        Terms memory terms = Terms(0, meter, 0, 0, salt);
        (uint256 escrow, uint64 last) = (0, uint64(purse.extra));
        for (uint256 i = 0; amountUwh > 0; ++i) {
            if (i == refs.length) revert AmountNotOffered(amountUwh);
            if (terms.salt <= last) revert SaltUsed(terms.salt, last);
            _fill(terms, refs[i], amountUwh, maxPrice);
            last = terms.salt;
            unchecked {
                terms.salt = last + 1; // after the highest comes 0, which is refused as used
                amountUwh -= terms.amountUwh; // no more than was missing
                escrow += Money.paymentRoundedDown(terms.amountUwh, terms.price); // below 2^131
            }
        }
        if (escrow > purse.balance) revert PurseTooSmall(meter, purse.balance, escrow);
        unchecked {
            (purse.balance, purse.extra) = (purse.balance - uint128(escrow), last);
        }
        purses[meter] = purse;
    }

    /// @inheritdoc IEnergyMarket
    function lastSalt(address buyerMeter) external view returns (uint64) {
        return uint64(purses[buyerMeter].extra);
    }

    /// @dev Makes the terms of one fill, which still hold those of the fill before, and opens it.
    function _fill(Terms memory terms, uint256 ref, uint64 missingUwh, uint96 maxPrice) private {
        (uint256 offerId, uint32 version) = OfferRef.split(ref);
        Listed memory from = _takeOffer(offerId, version, missingUwh);
        uint96 price = from.price;
        if (price < terms.price) revert OffersOutOfOrder(offerId, price, terms.price);
        if (price > maxPrice) revert PriceAboveBound(offerId, price, maxPrice);
        _requireMatch(terms.buyerMeter, offerId, from);
        (terms.ref, terms.price) = (ref, price);
        terms.amountUwh = from.amountUwh < missingUwh ? from.amountUwh : missingUwh;
        _openTrade(terms);
    }

    function _requireMatch(address meter, uint256 offerId, Listed memory from) private view {
        address seller = OfferRef.meterOf(offerId);
        // slither-disable-next-line calls-loop -- as many as the caller names, and pays for
        (uint24 sellerFeeder, uint24 feeder, uint16 credit, address account) =
            registry.pairOf(seller, meter);
        if (feeder == 0) revert MeterNotEnrolled(meter);
        if (account != msg.sender) revert NotMeterAccount(meter, msg.sender);
        if (credit < from.minCredit) revert CreditTooLow(meter, credit, from.minCredit);
        if (sellerFeeder == 0) revert MeterNotEnrolled(seller);
        if (from.accountMark == _markOf(msg.sender)) revert OwnOffer(offerId);
        if (sellerFeeder != feeder) revert DifferentFeeder(seller, meter);
    }
}
