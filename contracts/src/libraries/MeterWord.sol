// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";

/// @title A meter's slot as one word: read once, changed, written once
/// @notice Places follow from the order of IMeterRegistry.Meter; both directions' values lie at
/// equal distances, so a direction (0 or 1) needs no branch. A compiler writes a struct member by
/// member, which costs a hundred gas each. What is unchecked are sums of few and small numbers.
library MeterWord {
    uint256 private constant POWER = 24;
    uint256 private constant CREDIT = 48;
    int256 private constant MAX_CREDIT = int256(uint256(type(uint16).max));
    uint256 private constant CLAIMED = 64;
    uint256 private constant BLOCK = 192;

    function load(IMeterRegistry.Meter storage m) internal view returns (uint256 word) {
        // Reads the struct's only slot, nothing else.
        assembly ("memory-safe") {
            word := sload(m.slot)
        }
    }

    function store(IMeterRegistry.Meter storage m, uint256 word) internal {
        // Writes the struct's only slot, nothing else.
        assembly ("memory-safe") {
            sstore(m.slot, word)
        }
    }

    /// @notice Watts; 0 if the meter was never enrolled.
    function ratedPowerW(uint256 word) internal pure returns (uint256) {
        return uint24(word >> POWER);
    }

    function credit(uint256 word) internal pure returns (uint16) {
        return uint16(word >> CREDIT);
    }

    /// @notice The word with a change added to its credit, which stays within its bounds.
    function withCreditChanged(uint256 word, int16 change) internal pure returns (uint256) {
        int256 sum;
        unchecked {
            sum = int256(uint256(credit(word))) + change;
        }
        if (sum < 0) sum = 0;
        if (sum > MAX_CREDIT) sum = MAX_CREDIT;
        return word & ~(uint256(MAX_CREDIT) << CREDIT) | uint256(sum) << CREDIT;
    }

    /// @notice Register value up to which a direction is claimed.
    function claimed(uint256 word, uint256 direction) internal pure returns (uint64) {
        unchecked {
            return uint64(word >> (CLAIMED + 64 * direction));
        }
    }

    /// @notice Block up to which a direction's rated power is used up.
    function usedUpTo(uint256 word, uint256 direction) internal pure returns (uint256) {
        unchecked {
            return uint32(word >> (BLOCK + 32 * direction));
        }
    }

    /// @notice The word with a direction claimed up to `to`, and `blocks` more of it used up.
    function withClaim(uint256 word, uint256 direction, uint64 to, uint256 blocks)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            uint256 used = uint32(usedUpTo(word, direction) + blocks);
            uint256 shift = CLAIMED + 64 * direction;
            word = word & ~(uint256(type(uint64).max) << shift) | uint256(to) << shift;
            shift = BLOCK + 32 * direction;
            return word & ~(uint256(type(uint32).max) << shift) | used << shift;
        }
    }
}
