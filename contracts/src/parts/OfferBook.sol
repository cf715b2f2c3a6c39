// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {Calldata} from "../libraries/Calldata.sol";
import {OfferRef} from "../libraries/OfferRef.sol";
import {Purses} from "./Purses.sol";

/// @title The part of the market that keeps offers
abstract contract OfferBook is IEnergyMarket, Purses {
    /// @dev An offer and a mark of its seller's account: one slot. Two accounts may share a mark
    /// (2^48 of them), then they cannot trade with each other; one account never has two.
    struct Listed {
        uint96 price;
        uint64 amountUwh;
        uint32 version;
        uint16 minCredit;
        uint48 accountMark;
    }

    mapping(uint256 offerId => Listed) private book;

    /// @inheritdoc IEnergyMarket
    function offer(
        address meter,
        uint32 number,
        uint64 amountUwh,
        uint96 price,
        uint16 minCredit
    ) external nonReentrantView returns (uint256 offerId) {
        Calldata.requireWords(5);
        if (amountUwh == 0) revert ZeroAmount();
        if (price == 0) revert ZeroPrice();
        IMeterRegistry.Trader memory trader = registry.traderOf(meter);
        if (trader.feeder == 0) revert MeterNotEnrolled(meter);
        if (trader.account != msg.sender) revert NotMeterAccount(meter, msg.sender);
        offerId = OfferRef.idOf(meter, number);
        Listed storage o = book[offerId];
        if (o.amountUwh > 0) revert OfferOpen(offerId);
        uint32 version = o.version + 1;
        book[offerId] = Listed(price, amountUwh, version, minCredit, _markOf(msg.sender));
        emit Offered(offerId, meter, version, amountUwh, price, minCredit);
    }

    /// @inheritdoc IEnergyMarket
    function cancel(uint256 offerId) external nonReentrantView {
        Calldata.requireWords(1);
        (, Listed storage o) = _requireOwn(offerId);
        o.amountUwh = 0;
        emit Cancelled(offerId);
    }

    /// @inheritdoc IEnergyMarket
    function reprice(uint256 offerId, uint96 price) external nonReentrantView {
        Calldata.requireWords(2);
        if (price == 0) revert ZeroPrice();
        (address meter, Listed storage o) = _requireOwn(offerId);
        uint32 version = o.version + 1;
        (o.price, o.version) = (price, version);
        emit Offered(offerId, meter, version, o.amountUwh, price, o.minCredit);
    }

    /// @inheritdoc IEnergyMarket
    function offers(uint256 offerId) external view returns (Offer memory) {
        Listed storage o = book[offerId];
        return Offer(o.price, o.amountUwh, o.version, o.minCredit);
    }

    /// @dev Takes up to `wantedUwh` from an offer that is still the version the buyer looked at.
    /// Returns it as it was before. Its version stays when it is used up, so it never comes again.
    function _takeOffer(uint256 offerId, uint32 version, uint64 wantedUwh)
        internal
        returns (Listed memory)
    {
        Listed storage o = book[offerId];
        Listed memory taken = o;
        if (taken.amountUwh == 0) revert OfferUnknown(offerId);
        if (taken.version != version) revert OfferChanged(offerId, version, taken.version);
        unchecked {
            o.amountUwh = wantedUwh < taken.amountUwh ? taken.amountUwh - wantedUwh : 0;
        }
        return taken;
    }

    /// @dev Low bits of the account.
    function _markOf(address account) internal pure returns (uint48) {
        return uint48(uint160(account));
    }

    /// @dev A retired meter's account may still clear its offers away.
    function _requireOwn(uint256 offerId) private view returns (address meter, Listed storage o) {
        o = book[offerId];
        meter = OfferRef.meterOf(offerId);
        if (o.amountUwh == 0) revert OfferUnknown(offerId);
        if (registry.accountOf(meter) != msg.sender) revert NotMeterAccount(meter, msg.sender);
    }
}
