// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyAuction} from "../interfaces/IEnergyAuction.sol";
import {Direction} from "./Direction.sol";

/// @title Orders and payouts as an auction's callers bring them: packed, and tied by hashes
/// @notice      0        20       32  33        41                 0        20      32     48
///        order | meter | price | direction | energyUwh |  payout | meter | amount | owed |
library Packed {
    uint256 internal constant ORDER = 41;
    uint256 internal constant PAYOUT = 48;
    uint256 internal constant RANK = 2;

    /// @notice Link of a chain of orders after one more.
    function afterOrder(
        bytes27 link,
        address meter,
        uint96 price,
        uint8 direction,
        uint64 energyUwh
    ) internal pure returns (bytes27) {
        return bytes27(keccak256(abi.encodePacked(link, meter, price, direction, energyUwh)));
    }

    /// @notice Link of a chain of payouts with one more before it.
    function beforePayouts(bytes27 link, address meter, uint96 amount, uint128 owed)
        internal
        pure
        returns (bytes27)
    {
        return bytes27(keccak256(abi.encodePacked(meter, amount, owed, link)));
    }

    /// @notice Link of a whole chain of orders.
    function ordersLink(bytes calldata orders) internal pure returns (bytes27 link) {
        // buffer: | link (27) | order (41) |
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            let end := add(orders.offset, orders.length)
            for { let from := orders.offset } lt(from, end) { from := add(from, 41) } {
                mstore(buffer, link)
                calldatacopy(add(buffer, 27), from, 41)
                link := and(keccak256(buffer, 68), not(0xffffffffff))
            }
        }
    }

    /// @notice Link of payouts that stand before others.
    function payoutsLink(bytes calldata payouts, bytes27 rest)
        internal
        pure
        returns (bytes27 link)
    {
        link = rest;
        // buffer: | payout (48) | link (27) |
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            let from := add(payouts.offset, payouts.length)
            for {} gt(from, payouts.offset) {} {
                from := sub(from, 48)
                calldatacopy(buffer, from, 48)
                mstore(add(buffer, 48), link)
                link := and(keccak256(buffer, 75), not(0xffffffffff))
            }
        }
    }

    /// @notice The meter of an order. `index` must be of one of the orders, here and below.
    function meterAt(bytes calldata orders, uint256 index)
        internal
        pure
        returns (address meter)
    {
        assembly ("memory-safe") {
            meter := shr(96, calldataload(add(orders.offset, mul(index, 41))))
        }
    }

    function orderAt(bytes calldata orders, uint256 index)
        internal
        pure
        returns (uint96 price, uint8 direction, uint64 energyUwh)
    {
        assembly ("memory-safe") {
            let from := add(orders.offset, mul(index, 41))
            price := and(calldataload(from), 0xffffffffffffffffffffffff)
            let last := calldataload(add(from, 32))
            direction := byte(0, last)
            energyUwh := and(shr(184, last), 0xffffffffffffffff)
        }
    }

    function payoutAt(bytes calldata payouts, uint256 index)
        internal
        pure
        returns (address meter, uint96 amount, uint128 owed)
    {
        assembly ("memory-safe") {
            let from := add(payouts.offset, mul(index, 48))
            let first := calldataload(from)
            meter := shr(96, first)
            amount := and(first, 0xffffffffffffffffffffffff)
            owed := shr(128, calldataload(add(from, 32)))
        }
    }

    /// @notice Room for so many payouts, to be set in their order.
    function newPayouts(uint256 count) internal pure returns (bytes memory payouts) {
        payouts = new bytes(count * PAYOUT + 16); // the last is written with 16 bytes to spare
        assembly ("memory-safe") {
            mstore(payouts, mul(count, 48))
        }
    }

    function setPayout(
        bytes memory payouts,
        uint256 index,
        address meter,
        uint96 amount,
        uint128 owed
    ) internal pure {
        assembly ("memory-safe") {
            let to := add(add(payouts, 32), mul(index, 48))
            mstore(to, or(shl(96, meter), amount))
            mstore(add(to, 32), shl(128, owed))
        }
    }

    function rankAt(bytes calldata ranks, uint256 rank) internal pure returns (uint256 index) {
        assembly ("memory-safe") {
            index := shr(240, calldataload(add(ranks.offset, mul(rank, 2))))
        }
    }

    /// @notice How many orders are sells.
    function sellsOf(bytes calldata orders) internal pure returns (uint256 sells) {
        for (uint256 offset = 0; offset < orders.length; offset += ORDER) {
            if (uint8(orders[offset + 32]) == Direction.EXPORT) ++sells;
        }
    }

    /// @notice How many words of a call these bytes fill, without that of their length.
    function words(bytes calldata packed) internal pure returns (uint256) {
        return (packed.length + 31) / 32;
    }

    /// @notice Reverts unless these are exactly so many items of this size.
    function requireLength(bytes calldata packed, uint256 items, uint256 size) internal pure {
        if (packed.length != items * size) {
            revert IEnergyAuction.PackedLength(items * size, packed.length);
        }
    }
}
