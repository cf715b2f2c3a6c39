// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A drawer: one word that holds an open trade
/// @notice 224 bits of the trade's id, a bit that says whether anything was reported, 31 bits of
/// deadline. Finding other terms with the same 224 bits takes 2^112 hashes if one makes both.
library Drawer {
    /// @dev What an ended trade leaves: not zero, so that the next one need not pay for a new slot.
    uint256 internal constant EMPTIED = 1;
    uint256 private constant ID_SHIFT = 32;
    uint256 private constant REPORTED = 1 << 31;
    uint256 private constant MAX_DEADLINE = REPORTED - 1;

    /// @notice Where a trade of a buyer lies: the low byte of its salt names the drawer.
    function keyOf(address buyerMeter, uint64 salt) internal pure returns (uint256) {
        return uint256(uint160(buyerMeter)) << 8 | uint8(salt);
    }

    /// @notice Whether a deadline is too high to be kept.
    function isTooLate(uint256 deadlineBlock) internal pure returns (bool) {
        return deadlineBlock > MAX_DEADLINE;
    }

    /// @param deadlineBlock Not too late.
    function pack(bytes32 trade, uint256 deadlineBlock) internal pure returns (uint256 word) {
        return uint256(trade) >> ID_SHIFT << ID_SHIFT | deadlineBlock;
    }

    function isTaken(uint256 word) internal pure returns (bool) {
        return word >> ID_SHIFT != 0;
    }

    function holds(uint256 word, bytes32 trade) internal pure returns (bool) {
        return word >> ID_SHIFT == uint256(trade) >> ID_SHIFT;
    }

    function deadline(uint256 word) internal pure returns (uint32) {
        return uint32(word & MAX_DEADLINE);
    }

    function isReported(uint256 word) internal pure returns (bool) {
        return word & REPORTED != 0;
    }

    function reported(uint256 word) internal pure returns (uint256) {
        return word | REPORTED;
    }
}
