// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEnergyAuction} from "../interfaces/IEnergyAuction.sol";
import {Direction} from "./Direction.sol";
import {Money} from "./Money.sol";
import {Packed} from "./Packed.sol";

/// @title The clearing of a round: one pass over both sides, the rule of IEnergyAuction
/// @notice Nobody sorts here: the caller says how the orders stand, and each must come strictly
/// after the one before it on its side. As many as the side has, strictly ascending, of that side:
/// that is every order once, in the one right sequence.
library Clearing {
    /// @notice `payouts`, by order number: amount << 128 | owed. `funds`: the utility's at the end.
    struct Result {
        uint256[] payouts;
        uint256 tradedUwh;
        uint256 funds;
        uint256 income;
        uint256 spent;
        uint256 owed;
    }

    /// @dev The order at which a side stands. `leftUwh` is 0 once the side is through.
    struct Cursor {
        uint8 direction;
        uint256 rank;
        uint256 end;
        uint256 key;
        uint256 number;
        uint96 price;
        uint64 energyUwh;
        uint64 leftUwh;
        uint256 money;
    }

    uint256 private constant OWED_BITS = 128;

    /// @param sells How many of the orders are sells: so many ranks are theirs, the others the buys'.
    function run(
        bytes calldata orders,
        bytes calldata ranks,
        uint256 sells,
        uint88 gridBuyPrice,
        uint88 feedInPrice,
        uint256 funds
    ) internal pure returns (Result memory result) {
        uint256 count = orders.length / Packed.ORDER;
        result.payouts = new uint256[](count);
        result.funds = funds;
        Cursor memory sell = Cursor(Direction.EXPORT, 0, sells, 0, 0, 0, 0, 0, 0);
        Cursor memory buy = Cursor(Direction.IMPORT, sells, count, 0, 0, 0, 0, 0, 0);
        _next(sell, orders, ranks);
        _next(buy, orders, ranks);
        while (sell.leftUwh > 0 && buy.leftUwh > 0 && sell.price <= buy.price) {
            _trade(sell, buy, result);
            if (sell.leftUwh == 0) {
                result.payouts[sell.number] = sell.money << OWED_BITS;
                _next(sell, orders, ranks);
            }
            if (buy.leftUwh == 0) {
                _closeBuy(buy, gridBuyPrice, result);
                _next(buy, orders, ranks);
            }
        }
        for (; buy.leftUwh > 0; _next(buy, orders, ranks)) {
            _buyFromUtility(buy, gridBuyPrice, result);
        }
        for (; sell.leftUwh > 0; _next(sell, orders, ranks)) {
            _sellToUtility(sell, feedInPrice, result);
        }
    }

    /// @notice What a buy order can cost at most: no part of it is dearer than its price or the
    /// tariff. A sum of parts rounded down never exceeds the whole rounded down.
    function maximumRoundedDown(uint64 energyUwh, uint96 price, uint88 gridBuyPrice)
        internal
        pure
        returns (uint256)
    {
        return Money.paymentRoundedDown(energyUwh, price > gridBuyPrice ? price : gridBuyPrice);
    }

    /// @notice The two halves of a payout.
    function split(uint256 payout) internal pure returns (uint96 amount, uint128 owed) {
        return (uint96(payout >> OWED_BITS), uint128(payout));
    }

    function _trade(Cursor memory sell, Cursor memory buy, Result memory result) private pure {
        uint64 energyUwh = sell.leftUwh < buy.leftUwh ? sell.leftUwh : buy.leftUwh;
        uint256 price = (uint256(sell.price) + buy.price) / 2;
        uint256 paid = Money.paymentRoundedDown(energyUwh, uint96(price));
        sell.leftUwh -= energyUwh;
        buy.leftUwh -= energyUwh;
        sell.money += paid;
        buy.money += paid;
        result.tradedUwh += energyUwh;
    }

    function _buyFromUtility(Cursor memory buy, uint88 gridBuyPrice, Result memory result)
        private
        pure
    {
        uint256 paid = Money.paymentRoundedDown(buy.leftUwh, gridBuyPrice);
        buy.money += paid;
        result.income += paid;
        result.funds += paid;
        _closeBuy(buy, gridBuyPrice, result);
    }

    /// @dev The change: never below 0, since no part was dearer than what the maximum was taken side.
    function _closeBuy(Cursor memory buy, uint88 gridBuyPrice, Result memory result) private pure {
        uint256 taken = maximumRoundedDown(buy.energyUwh, buy.price, gridBuyPrice);
        result.payouts[buy.number] = (taken - buy.money) << OWED_BITS;
    }

    function _sellToUtility(Cursor memory sell, uint88 feedInPrice, Result memory result)
        private
        pure
    {
        uint256 due = Money.paymentRoundedDown(sell.leftUwh, feedInPrice);
        uint256 paid = Math.min(due, result.funds);
        result.funds -= paid;
        result.spent += paid;
        result.owed += due - paid;
        result.payouts[sell.number] = (sell.money + paid) << OWED_BITS | (due - paid);
    }

    /// @dev To the side's next order, which must be of the side and come after the one before.
    function _next(Cursor memory side, bytes calldata orders, bytes calldata ranks) private pure {
        side.leftUwh = 0;
        if (side.rank == side.end) return;
        uint256 number = Packed.rankAt(ranks, side.rank);
        if (number >= orders.length / Packed.ORDER) {
            revert IEnergyAuction.RankOfOtherSide(side.rank, number);
        }
        (uint96 price, uint8 direction, uint64 energyUwh) = Packed.orderAt(orders, number);
        if (direction != side.direction) revert IEnergyAuction.RankOfOtherSide(side.rank, number);
        uint256 key = _key(direction, price, number);
        if (key <= side.key) revert IEnergyAuction.RanksOutOfOrder(side.rank, number);
        (side.key, side.number, side.price) = (key, number, price);
        (side.energyUwh, side.leftUwh, side.money) = (energyUwh, energyUwh, 0);
        ++side.rank;
    }

    /// @dev Ascending for both sides, above 0.
    function _key(uint8 direction, uint96 price, uint256 number) private pure returns (uint256) {
        uint96 place = direction == Direction.EXPORT ? price : type(uint96).max - price;
        return (uint256(place) << 16 | number) + 1;
    }
}
