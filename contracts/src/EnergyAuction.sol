// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IBidderGate} from "./interfaces/IBidderGate.sol";
import {IEnergyAuction} from "./interfaces/IEnergyAuction.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {Calldata} from "./libraries/Calldata.sol";
import {Clearing} from "./libraries/Clearing.sol";
import {Packed} from "./libraries/Packed.sol";
import {AuctionPurses} from "./parts/AuctionPurses.sol";
import {Placing} from "./parts/Placing.sol";
import {Slots} from "./parts/Slots.sol";
import {Utility} from "./parts/Utility.sol";

/// @title The neighbourhood's double auction, see IEnergyAuction
contract EnergyAuction is Placing {
    using SafeERC20 for IERC20;

    /// @param token_ A plain ERC-20 without hooks or fees.
    /// @param registry_ Must have this auction as a claimer.
    /// @param gate_ Who may bid.
    /// @param utility_ The owner: trades what is left over, sets the tariff.
    constructor(
        IERC20 token_,
        IMeterRegistry registry_,
        IBidderGate gate_,
        address utility_,
        Settings memory settings
    )
        Slots(settings.slotBlocks, settings.commitBlocks, settings.revealBlocks)
        Utility(utility_, settings.gridBuyPrice, settings.feedInPrice)
        AuctionPurses(token_, registry_, settings.deposit)
        Placing(gate_, settings.orderFee)
    {}

    /// @inheritdoc IEnergyAuction
    function clear(uint64 slot, bytes calldata orders, bytes calldata ranks, uint256 payNow)
        external
        nonReentrant
    {
        Calldata.requireWords(6 + Packed.words(orders) + Packed.words(ranks));
        Round memory round = rounds[slot];
        _requireRound(slot, round, orders, ranks);
        Clearing.Result memory result = _run(slot, orders, ranks, round.sells, funds);
        uint256 count = result.payouts.length;
        if (payNow > count) payNow = count;
        round.link = _linkAfter(orders, result.payouts, payNow);
        round.stage = payNow < count ? Stage.Paying : Stage.Done;
        rounds[slot] = round;
        _keepFunds(slot, result);
        for (uint256 i = 0; i < payNow; ++i) {
            (uint96 amount, uint128 owed) = Clearing.split(result.payouts[i]);
            _pay(slot, Packed.meterAt(orders, i), amount, owed);
        }
        _payFees(payNow);
    }

    /// @inheritdoc IEnergyAuction
    function pay(uint64 slot, bytes calldata payouts, bytes27 rest) external nonReentrant {
        Calldata.requireWords(4 + Packed.words(payouts));
        Round memory round = rounds[slot];
        if (round.stage != Stage.Paying) revert RoundNotPaying(slot);
        uint256 count = payouts.length / Packed.PAYOUT;
        if (count == 0) revert NothingPaid();
        Packed.requireLength(payouts, count, Packed.PAYOUT);
        bytes27 link = Packed.payoutsLink(payouts, rest);
        if (link != round.link) revert PayoutsDiffer(slot, round.link, link);
        round.link = rest;
        if (rest == 0) round.stage = Stage.Done;
        rounds[slot] = round;
        for (uint256 i = 0; i < count; ++i) {
            (address meter, uint96 amount, uint128 owed) = Packed.payoutAt(payouts, i);
            _pay(slot, meter, amount, owed);
        }
        _payFees(count);
    }

    /// @inheritdoc IEnergyAuction
    function payoutsOf(
        uint64 slot,
        bytes calldata orders,
        bytes calldata ranks,
        uint256 funds_
    ) external view returns (bytes memory payouts) {
        uint256 count = orders.length / Packed.ORDER;
        Packed.requireLength(orders, count, Packed.ORDER);
        Packed.requireLength(ranks, count, Packed.RANK);
        uint256 sells = Packed.sellsOf(orders);
        uint256[] memory results = _run(slot, orders, ranks, sells, funds_).payouts;
        payouts = Packed.newPayouts(count);
        for (uint256 i = 0; i < count; ++i) {
            (uint96 amount, uint128 owed) = Clearing.split(results[i]);
            Packed.setPayout(payouts, i, Packed.meterAt(orders, i), amount, owed);
        }
    }

    /// @inheritdoc IEnergyAuction
    function linkOf(bytes calldata payouts) external pure returns (bytes27) {
        Packed.requireLength(payouts, payouts.length / Packed.PAYOUT, Packed.PAYOUT);
        return Packed.payoutsLink(payouts, 0);
    }

    /// @dev Reverts unless the round may be cleared and these are all its orders, as placed.
    function _requireRound(
        uint64 slot,
        Round memory round,
        bytes calldata orders,
        bytes calldata ranks
    ) private view {
        if (block.number < _clearFrom(slot)) revert TooEarlyToClear(slot, _clearFrom(slot));
        if (round.stage != Stage.Open) revert RoundNotOpen(slot);
        uint256 count = uint256(round.sells) + round.buys;
        if (count == 0) revert RoundEmpty(slot);
        Packed.requireLength(orders, count, Packed.ORDER);
        Packed.requireLength(ranks, count, Packed.RANK);
        bytes27 link = Packed.ordersLink(orders);
        if (link != round.link) revert OrdersDiffer(slot, round.link, link);
    }

    function _run(
        uint64 slot,
        bytes calldata orders,
        bytes calldata ranks,
        uint256 sells,
        uint256 funds_
    ) private view returns (Clearing.Result memory) {
        (uint88 gridBuyPrice, uint88 feedInPrice) = tariffOf(slot);
        return Clearing.run(orders, ranks, sells, gridBuyPrice, feedInPrice, funds_);
    }

    /// @dev Link of the payouts from number `first` on; 0 if there are none.
    function _linkAfter(bytes calldata orders, uint256[] memory payouts, uint256 first)
        private
        pure
        returns (bytes27 link)
    {
        for (uint256 i = payouts.length; i > first; --i) {
            (uint96 amount, uint128 owed) = Clearing.split(payouts[i - 1]);
            link = Packed.beforePayouts(link, Packed.meterAt(orders, i - 1), amount, owed);
        }
    }

    function _keepFunds(uint64 slot, Clearing.Result memory result) private {
        emit Cleared(
            slot, msg.sender, result.tradedUwh, funds, result.income, result.spent, result.owed
        );
        funds = result.funds;
        if (result.owed > 0) owedInAll += result.owed;
    }

    /// @dev To who made so many payouts: clearing a round and leaving it unpaid earns nothing.
    function _payFees(uint256 payouts) private {
        uint256 fees = payouts * orderFee;
        if (fees > 0) token.safeTransfer(msg.sender, fees);
    }

    function _pay(uint64 slot, address meter, uint96 amount, uint128 owed) private {
        if (amount > 0) _put(meter, amount);
        emit Paid(slot, meter, amount);
        if (owed == 0) return;
        owedTo[meter] += owed;
        emit Owed(slot, meter, owed);
    }
}
