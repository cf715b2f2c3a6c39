// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {Calldata} from "../libraries/Calldata.sol";

/// @title The part of the market that keeps offers
abstract contract OfferBook is IEnergyMarket {
    /// @inheritdoc IEnergyMarket
    IMeterRegistry public immutable registry;
    uint256 private lastOfferId;
    mapping(uint256 offerId => Offer) private book;

    constructor(IMeterRegistry registry_) {
        if (address(registry_) == address(0)) revert ZeroAddress();
        registry = registry_;
    }

    /// @inheritdoc IEnergyMarket
    function offer(address meter, uint64 amountUwh, uint128 price, uint16 minCredit)
        external
        returns (uint256 offerId)
    {
        Calldata.requireWords(4);
        if (amountUwh == 0) revert ZeroAmount();
        if (price == 0) revert ZeroPrice();
        _requireTrader(meter, registry.traderOf(meter));
        offerId = ++lastOfferId;
        book[offerId] = Offer(meter, minCredit, price, amountUwh, 1);
        emit Offered(offerId, meter, 1, amountUwh, price, minCredit);
    }

    /// @inheritdoc IEnergyMarket
    function cancel(uint256 offerId) external {
        Calldata.requireWords(1);
        _requireOwn(offerId, book[offerId].meter);
        delete book[offerId];
        emit Cancelled(offerId);
    }

    /// @inheritdoc IEnergyMarket
    function reprice(uint256 offerId, uint128 price) external {
        Calldata.requireWords(2);
        if (price == 0) revert ZeroPrice();
        Offer memory o = book[offerId];
        _requireOwn(offerId, o.meter);
        (o.price, o.version) = (price, o.version + 1);
        book[offerId] = o;
        emit Offered(offerId, o.meter, o.version, o.amountUwh, price, o.minCredit);
    }

    /// @inheritdoc IEnergyMarket
    function offers(uint256 offerId) external view returns (Offer memory) {
        return book[offerId];
    }

    /// @dev Takes up to `wantedUwh` from an offer that is still the version the buyer looked at.
    /// An offer that is used up is deleted. Returns it as it was before.
    function _take(uint256 offerId, uint32 version, uint64 wantedUwh)
        internal
        returns (Offer memory taken, uint64 amountUwh)
    {
        taken = book[offerId];
        if (taken.amountUwh == 0) revert OfferUnknown(offerId);
        if (taken.version != version) revert OfferChanged(offerId, version, taken.version);
        if (wantedUwh < taken.amountUwh) {
            amountUwh = wantedUwh;
            book[offerId].amountUwh = taken.amountUwh - wantedUwh;
        } else {
            amountUwh = taken.amountUwh;
            delete book[offerId];
        }
    }

    /// @dev Reverts unless the caller is the account of an enrolled meter.
    function _requireTrader(address meter, IMeterRegistry.Trader memory trader) internal view {
        if (trader.feeder == 0) revert MeterNotEnrolled(meter);
        if (trader.account != msg.sender) revert NotMeterAccount(meter, msg.sender);
    }

    /// @dev A retired meter's account may still clear its offers away.
    function _requireOwn(uint256 offerId, address meter) private view {
        if (meter == address(0)) revert OfferUnknown(offerId);
        if (registry.accountOf(meter) != msg.sender) revert NotMeterAccount(meter, msg.sender);
    }
}
