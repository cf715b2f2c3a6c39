// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {Direction} from "./libraries/Direction.sol";
import {RatedPower} from "./libraries/RatedPower.sol";

/// @title The list of meters, see IMeterRegistry
/// @dev The owner is the grid operator. A claim uses up as many blocks of rated power, rounded up,
/// as its energy needs, beginning where the last claim left off. So all claims since enrolment
/// together stay below rated power times time, however they are spread over blocks, and two trades
/// delivered one after the other may be claimed in the same block.
contract MeterRegistry is IMeterRegistry, Ownable2Step {
    /// @dev How far claims may run ahead of the blocks: the one being mined, the rounding up of
    /// short trades, and blocks that come late. Eight seconds of rated power at one-second blocks.
    uint256 private constant BURST_BLOCKS = 8;

    /// @inheritdoc IMeterRegistry
    uint32 public immutable blockMilliseconds;
    /// @inheritdoc IMeterRegistry
    mapping(address claimer => bool) public isClaimer;
    /// @inheritdoc IMeterRegistry
    mapping(address meter => address) public accountOf;
    mapping(address meter => Meter) private meters;

    modifier onlyClaimer() {
        if (!isClaimer[msg.sender]) revert NotClaimer(msg.sender);
        _;
    }

    /// @param owner_ The grid operator.
    /// @param blockMilliseconds_ Nominal length of a block of this chain, not 0.
    constructor(address owner_, uint32 blockMilliseconds_) Ownable(owner_) {
        if (blockMilliseconds_ == 0) revert ZeroValue();
        blockMilliseconds = blockMilliseconds_;
    }

    /// @inheritdoc IMeterRegistry
    function enroll(
        address meter,
        address account,
        uint24 feeder,
        uint24 ratedPowerW,
        uint16 credit
    ) external onlyOwner {
        if (meter == address(0) || account == address(0)) revert ZeroAddress();
        if (feeder == 0 || ratedPowerW == 0) revert ZeroValue();
        if (_isKnown(meters[meter].ratedPowerW)) revert MeterKnown(meter);
        uint32 now_ = uint32(block.number);
        meters[meter] = Meter(feeder, ratedPowerW, credit, 0, 0, now_, now_);
        accountOf[meter] = account;
        emit Enrolled(meter, account, feeder, ratedPowerW, credit);
    }

    /// @inheritdoc IMeterRegistry
    function retire(address meter) external onlyOwner {
        if (meters[meter].feeder == 0) revert MeterNotEnrolled(meter);
        meters[meter].feeder = 0;
        emit Retired(meter);
    }

    /// @inheritdoc IMeterRegistry
    function setClaimer(address claimer, bool allowed) external onlyOwner {
        if (claimer == address(0)) revert ZeroAddress();
        isClaimer[claimer] = allowed;
        emit ClaimerSet(claimer, allowed);
    }

    /// @inheritdoc IMeterRegistry
    function claim(address meter, uint8 direction, uint64 from, uint64 to) external onlyClaimer {
        Meter memory m = _claimable(meter, direction, from, to);
        uint64 claimed = _claimedUpTo(m, direction);
        if (from < claimed) revert IntervalClaimed(meter, direction, from, claimed);
        uint64 allowed = _allowedUwh(m, direction);
        if (to - from > allowed) revert ClaimTooLarge(meter, direction, to - from, allowed);
        _claim(meter, m, direction, from, to);
    }

    /// @inheritdoc IMeterRegistry
    function claimAtMost(address meter, uint8 direction, uint64 from, uint64 to)
        external
        onlyClaimer
        returns (uint64 energyUwh)
    {
        Meter memory m = _claimable(meter, direction, from, to);
        uint64 claimed = _claimedUpTo(m, direction);
        if (from < claimed) from = claimed;
        if (to <= from) return 0;
        uint64 allowed = _allowedUwh(m, direction);
        energyUwh = to - from < allowed ? to - from : allowed;
        if (energyUwh > 0) _claim(meter, m, direction, from, from + energyUwh);
    }

    /// @inheritdoc IMeterRegistry
    function changeCredit(address meter, int16 change) external onlyClaimer {
        Meter storage m = meters[meter];
        if (!_isKnown(m.ratedPowerW)) revert MeterNotEnrolled(meter);
        int256 credit = int256(uint256(m.credit)) + change;
        if (credit < 0) credit = 0;
        if (credit > int256(uint256(type(uint16).max))) credit = int256(uint256(type(uint16).max));
        m.credit = uint16(uint256(credit));
        emit CreditChanged(meter, uint16(uint256(credit)));
    }

    /// @inheritdoc IMeterRegistry
    function meterOf(address meter) external view returns (Meter memory) {
        return meters[meter];
    }

    /// @inheritdoc IMeterRegistry
    function traderOf(address meter) external view returns (Trader memory) {
        Meter storage m = meters[meter];
        return Trader(accountOf[meter], m.feeder, m.credit);
    }

    /// @inheritdoc IMeterRegistry
    function creditOf(address meter) external view returns (uint16) {
        return meters[meter].credit;
    }

    /// @inheritdoc IMeterRegistry
    function claimedUpTo(address meter, uint8 direction) external view returns (uint64) {
        if (direction > Direction.EXPORT) revert DirectionUnknown(direction);
        return _claimedUpTo(meters[meter], direction);
    }

    function _claimable(address meter, uint8 direction, uint64 from, uint64 to)
        private
        view
        returns (Meter memory m)
    {
        if (direction > Direction.EXPORT) revert DirectionUnknown(direction);
        if (to < from) revert IntervalBackwards(meter, from, to);
        m = meters[meter];
        if (!_isKnown(m.ratedPowerW)) revert MeterNotEnrolled(meter);
    }

    function _claim(address meter, Meter memory m, uint8 direction, uint64 from, uint64 to)
        private
    {
        uint32 used = uint32(RatedPower.blocksRoundedUp(to - from, _blockEnergyWms(m)));
        if (direction == Direction.IMPORT) (m.claimedImport, m.blockImport) = (to, m.blockImport + used);
        else (m.claimedExport, m.blockExport) = (to, m.blockExport + used);
        meters[meter] = m;
        emit Claimed(meter, direction, from, to);
    }

    function _allowedUwh(Meter memory m, uint8 direction) private view returns (uint64) {
        uint256 usedUpTo = direction == Direction.IMPORT ? m.blockImport : m.blockExport;
        uint256 blocks = block.number + BURST_BLOCKS - usedUpTo;
        uint256 energyUwh = RatedPower.energyRoundedDown(blocks, _blockEnergyWms(m));
        return energyUwh < type(uint64).max ? uint64(energyUwh) : type(uint64).max;
    }

    function _blockEnergyWms(Meter memory m) private view returns (uint256) {
        return uint256(m.ratedPowerW) * blockMilliseconds;
    }

    /// @dev Retired meters are known too: what they delivered is still settled.
    function _isKnown(uint24 ratedPowerW) private pure returns (bool) {
        return ratedPowerW > 0;
    }

    function _claimedUpTo(Meter memory m, uint8 direction) private pure returns (uint64) {
        return direction == Direction.IMPORT ? m.claimedImport : m.claimedExport;
    }
}
