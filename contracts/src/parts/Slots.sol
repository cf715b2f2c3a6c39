// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyAuction} from "../interfaces/IEnergyAuction.sol";

/// @title The auction's clock: slots and their windows, in blocks
/// @dev     slot n           | commit | reveal | (rest of slot n + 1)
///          n * slotBlocks   ^ end of slot n   ^ clearing from here on
/// The windows fit into a slot, so no two slots' windows are ever open at once.
abstract contract Slots is IEnergyAuction {
    /// @inheritdoc IEnergyAuction
    uint32 public immutable slotBlocks;
    /// @inheritdoc IEnergyAuction
    uint32 public immutable commitBlocks;
    /// @inheritdoc IEnergyAuction
    uint32 public immutable revealBlocks;

    constructor(uint32 slotBlocks_, uint32 commitBlocks_, uint32 revealBlocks_) {
        if (slotBlocks_ == 0 || revealBlocks_ == 0) revert ZeroValue();
        uint256 windows = uint256(commitBlocks_) + revealBlocks_;
        if (windows > slotBlocks_) revert WindowsTooLong(windows, slotBlocks_);
        (slotBlocks, commitBlocks, revealBlocks) = (slotBlocks_, commitBlocks_, revealBlocks_);
    }

    /// @inheritdoc IEnergyAuction
    function openSlot() external view returns (uint64 slot, uint256 placeFrom, uint256 clearFrom) {
        if (block.number < slotBlocks) return (0, 0, 0);
        slot = uint64(block.number / slotBlocks - 1);
        (placeFrom, clearFrom) = (_placeFrom(slot), _clearFrom(slot));
    }

    /// @dev First block after the slot. Of 64 and 32 bits, so nothing here overflows.
    function _end(uint64 slot) internal view returns (uint256) {
        unchecked {
            return (uint256(slot) + 1) * slotBlocks;
        }
    }

    function _placeFrom(uint64 slot) internal view returns (uint256) {
        unchecked {
            return _end(slot) + commitBlocks;
        }
    }

    function _clearFrom(uint64 slot) internal view returns (uint256) {
        unchecked {
            return _placeFrom(slot) + revealBlocks;
        }
    }

    function _requireWindow(uint64 slot, uint256 opens, uint256 closes) internal view {
        if (block.number < opens || block.number >= closes) {
            revert WindowClosed(slot, opens, closes);
        }
    }

    /// @dev How a purse remembers a slot. 0, of a fresh purse, comes again after 2^24 slots only.
    function _mark(uint64 slot) internal pure returns (uint24) {
        unchecked {
            return uint24(slot + 1);
        }
    }

    /// @dev Whether a purse remembers this slot.
    function _isOf(uint24 mark, uint64 slot) internal pure returns (bool) {
        // slither-disable-next-line incorrect-equality -- a name, not an amount that one could miss
        return mark == _mark(slot);
    }

    /// @dev Whether a commitment to the slot with this mark may still be revealed.
    function _isRevealable(uint24 mark) internal view returns (bool) {
        if (block.number < slotBlocks) return false;
        uint64 slot = uint64(block.number / slotBlocks - 1);
        return _isOf(mark, slot) && block.number < _clearFrom(slot);
    }
}
