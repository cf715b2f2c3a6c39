// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {Direction} from "../libraries/Direction.sol";
import {MeterWord} from "../libraries/MeterWord.sol";
import {RatedPower} from "../libraries/RatedPower.sol";

/// @title The part of the registry that claims energy and moves credit
/// @dev A claim uses up as many blocks of rated power, rounded up, as its energy needs, beginning
/// where the last claim left off. So all claims since enrolment together stay below rated power
/// times time, however they are spread over blocks, and two trades delivered one after the other
/// may be claimed in the same block.
abstract contract Claims is IMeterRegistry {
    using MeterWord for Meter;
    using MeterWord for uint256;

    /// @dev How far claims may run ahead of the blocks: the one being mined, the rounding up of
    /// short trades, and blocks that come late. Eight seconds of rated power at one-second blocks.
    uint256 private constant BURST_BLOCKS = 8;

    /// @inheritdoc IMeterRegistry
    uint32 public immutable blockMilliseconds;
    /// @inheritdoc IMeterRegistry
    mapping(address claimer => bool) public isClaimer;
    mapping(address meter => Meter) internal meters;

    modifier onlyClaimer() {
        if (!isClaimer[msg.sender]) revert NotClaimer(msg.sender);
        _;
    }

    constructor(uint32 blockMilliseconds_) {
        if (blockMilliseconds_ == 0) revert ZeroValue();
        blockMilliseconds = blockMilliseconds_;
    }

    /// @inheritdoc IMeterRegistry
    function claim(address meter, uint8 direction, uint64 from, uint64 to) external onlyClaimer {
        if (direction > Direction.EXPORT) revert DirectionUnknown(direction);
        Meter storage m = meters[meter];
        uint256 word = _claimable(m, meter, from, to);
        m.store(_useStrictly(meter, word, direction, from, to));
        emit Claimed(meter, direction, from, to);
    }

    /// @inheritdoc IMeterRegistry
    function claimAtMost(address meter, uint8 direction, uint64 from, uint64 to)
        external
        onlyClaimer
        returns (uint64 energyUwh)
    {
        if (direction > Direction.EXPORT) revert DirectionUnknown(direction);
        Meter storage m = meters[meter];
        uint256 word = _claimable(m, meter, from, to);
        (word, from, to) = _useAtMost(word, direction, from, to);
        // slither-disable-next-line incorrect-equality -- of the claim just cut: they meet or not
        if (from == to) return 0;
        m.store(word);
        emit Claimed(meter, direction, from, to);
        return to - from;
    }

    /// @inheritdoc IMeterRegistry
    function claimTrade(
        address seller,
        uint64 exportFrom,
        uint64 exportTo,
        address buyer,
        uint64 importFrom,
        uint64 importTo,
        int16 change
    ) external onlyClaimer {
        Meter storage m = meters[seller];
        uint256 word = _claimable(m, seller, exportFrom, exportTo);
        if (exportFrom < exportTo) {
            word = _useStrictly(seller, word, Direction.EXPORT, exportFrom, exportTo);
        }
        word = word.withCreditChanged(change);
        m.store(word);
        uint16 sellerCredit = word.credit();
        m = meters[buyer];
        word = _claimable(m, buyer, importFrom, importTo);
        (word, importFrom, importTo) = _useAtMost(word, Direction.IMPORT, importFrom, importTo);
        word = word.withCreditChanged(change);
        m.store(word);
        emit TradeClaimed(
            seller,
            buyer,
            exportFrom,
            exportTo,
            importFrom,
            importTo,
            sellerCredit,
            word.credit()
        );
    }

    /// @inheritdoc IMeterRegistry
    function changeCredit(address meter, int16 change) external onlyClaimer {
        Meter storage m = meters[meter];
        uint256 word = _known(m, meter).withCreditChanged(change);
        m.store(word);
        emit CreditChanged(meter, word.credit());
    }

    /// @inheritdoc IMeterRegistry
    function claimedUpTo(address meter, uint8 direction) external view returns (uint64) {
        if (direction > Direction.EXPORT) revert DirectionUnknown(direction);
        return meters[meter].load().claimed(direction);
    }

    /// @dev The meter's word, if the interval is sound. Retired meters are known too: what they
    /// delivered is still settled.
    function _claimable(Meter storage m, address meter, uint64 from, uint64 to)
        private
        view
        returns (uint256 word)
    {
        if (to < from) revert IntervalBackwards(meter, from, to);
        return _known(m, meter);
    }

    function _known(Meter storage m, address meter) private view returns (uint256 word) {
        word = m.load();
        if (word.ratedPowerW() == 0) revert MeterNotEnrolled(meter);
    }

    /// @dev The word with all of a sound interval claimed, or reverts.
    function _useStrictly(address meter, uint256 word, uint256 direction, uint64 from, uint64 to)
        private
        view
        returns (uint256)
    {
        uint64 claimed = word.claimed(direction);
        if (from < claimed) revert IntervalClaimed(meter, uint8(direction), from, claimed);
        uint256 blockEnergyWms = _blockEnergyWms(word);
        uint256 blocks = RatedPower.blocksRoundedUp(to - from, blockEnergyWms);
        uint256 free = _freeBlocks(word, direction);
        if (blocks > free) {
            uint256 allowed = RatedPower.energyRoundedDown(free, blockEnergyWms);
            revert ClaimTooLarge(meter, uint8(direction), to - from, uint64(allowed));
        }
        return word.withClaim(direction, to, blocks);
    }

    /// @dev The word with as much of a sound interval claimed as may be, and that part.
    function _useAtMost(uint256 word, uint256 direction, uint64 from, uint64 to)
        private
        view
        returns (uint256, uint64, uint64)
    {
        uint64 claimed = word.claimed(direction);
        if (from < claimed) from = claimed;
        if (to <= from) return (word, from, from);
        uint256 blockEnergyWms = _blockEnergyWms(word);
        uint256 blocks = RatedPower.blocksRoundedUp(to - from, blockEnergyWms);
        uint256 free = _freeBlocks(word, direction);
        if (blocks > free) {
            uint64 energyUwh = uint64(RatedPower.energyRoundedDown(free, blockEnergyWms));
            // slither-disable-next-line incorrect-equality -- no energy, no claim
            if (energyUwh == 0) return (word, from, from);
            to = from + energyUwh;
            blocks = RatedPower.blocksRoundedUp(energyUwh, blockEnergyWms);
        }
        return (word.withClaim(direction, to, blocks), from, to);
    }

    /// @dev Blocks of rated power not yet used up, some of them ahead of the chain. No claim uses
    /// more, and blocks only come, so it is never below 0.
    function _freeBlocks(uint256 word, uint256 direction) private view returns (uint256) {
        unchecked {
            return block.number + BURST_BLOCKS - word.usedUpTo(direction);
        }
    }

    /// @dev Below 2^56.
    function _blockEnergyWms(uint256 word) private view returns (uint256) {
        unchecked {
            return word.ratedPowerW() * blockMilliseconds;
        }
    }
}
