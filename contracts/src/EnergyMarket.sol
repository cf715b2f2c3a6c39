// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IEnergyMarket} from "./interfaces/IEnergyMarket.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {Calldata} from "./libraries/Calldata.sol";
import {Drawer} from "./libraries/Drawer.sol";
import {ReadingLib} from "./libraries/ReadingLib.sol";
import {SideLib} from "./libraries/SideLib.sol";
import {Purchase} from "./parts/Purchase.sol";
import {Purses} from "./parts/Purses.sol";
import {Reports} from "./parts/Reports.sol";
import {Trades} from "./parts/Trades.sol";

/// @title The bilateral market, see IEnergyMarket
/// @dev Every value-bearing deadline is a block number. Only the registry is called while a trade
/// begins or ends; tokens move between purses and accounts alone.
contract EnergyMarket is Purchase, Reports {
    using Drawer for uint256;
    using SideLib for Side;

    int16 private constant CREDIT_SETTLED = 1;
    uint8 private constant FINAL = 1;

    /// @param token_ A plain ERC-20: no hooks, no fees on transfer, fewer than 2^128 base units.
    /// @param registry_ The grid operator's meters; must name this market as claimer.
    /// @param reportBlocks_ Length of the report window, not 0.
    /// @param tradeBlocks_ Blocks from purchase to deadline, not 0.
    constructor(IERC20 token_, IMeterRegistry registry_, uint32 reportBlocks_, uint32 tradeBlocks_)
        Purses(token_, registry_)
        Trades(tradeBlocks_)
        Reports(reportBlocks_)
    {}

    /// @inheritdoc IEnergyMarket
    function settle(Terms calldata terms, Final calldata seller, Final calldata buyer)
        external
        nonReentrantView
    {
        Calldata.requireWords(15);
        Terms memory t = terms;
        (bytes32 id, uint256 key, uint256 word) = _open(t);
        address sellerMeter = _sellerOf(t);
        (uint64 sentFrom, uint64 sentTo) = _verified(id, sellerMeter, seller, t.amountUwh);
        (uint64 from, uint64 to) = _verified(id, t.buyerMeter, buyer, t.amountUwh);
        uint64 energyUwh;
        unchecked {
            energyUwh = to - from; // at most the amount
        }
        if (word.isReported()) {
            sentFrom = _newFrom(id, sellerMeter, seller, sentTo);
            from = _newFrom(id, t.buyerMeter, buyer, to);
            _forget(t, id, word);
        }
        (uint256 paid, uint256 refunded) = _end(t, key, energyUwh);
        emit Settled(id, energyUwh, paid, refunded);
        registry.claimTrade(sellerMeter, sentFrom, sentTo, t.buyerMeter, from, to, CREDIT_SETTLED);
    }

    /// @dev The energy that a FINAL reading shows, cut to the amount agreed, if its meter signed it.
    function _verified(bytes32 id, address meter, Final calldata reading, uint64 amountUwh)
        private
        view
        returns (uint64 from, uint64 end)
    {
        from = reading.from;
        uint64 to = reading.to;
        end = ReadingLib.cut(from, to, amountUwh);
        bytes32 hash = ReadingLib.structHash(id, uint160(meter), from, to, reading.sequence, FINAL);
        ReadingLib.requireSigned(meter, _hashTypedDataV4(hash), reading.r, reading.vs);
    }

    /// @dev Register value from which a FINAL reading shows energy that no report did.
    function _newFrom(bytes32 id, address meter, Final calldata reading, uint64 end)
        private
        view
        returns (uint64)
    {
        Side memory next = Side(reading.from, end, reading.sequence, Stage.Final);
        Side memory before = _side(id, meter);
        next.requireFollows(before, meter);
        return next.newFrom(before);
    }
}
