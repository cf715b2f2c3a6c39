// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";
import {Calldata} from "../libraries/Calldata.sol";
import {Direction} from "../libraries/Direction.sol";
import {Drawer} from "../libraries/Drawer.sol";
import {ReadingLib} from "../libraries/ReadingLib.sol";
import {SideLib} from "../libraries/SideLib.sol";
import {TradeId} from "../libraries/TradeId.sol";
import {Trades} from "./Trades.sol";

/// @title The part of the market for when a counterpart is gone
abstract contract Reports is Trades, EIP712 {
    using Drawer for uint256;
    using SideLib for Side;

    int16 private constant CREDIT_CLOSED = -3;

    /// @dev A side and the block of its meter's first report: one slot.
    struct Kept {
        uint64 from;
        uint64 to;
        uint32 sequence;
        Stage stage;
        uint32 firstBlock;
    }

    /// @inheritdoc IEnergyMarket
    uint32 public immutable reportBlocks;
    mapping(bytes32 trade => mapping(address meter => Kept)) private kept;

    constructor(uint32 reportBlocks_) EIP712("Evlock", "1") {
        if (reportBlocks_ == 0) revert ZeroBlocks();
        reportBlocks = reportBlocks_;
    }

    /// @inheritdoc IEnergyMarket
    function report(Terms calldata terms, Shown calldata reading) external nonReentrantView {
        Calldata.requireWords(12);
        (bytes32 id, uint256 key, uint256 word) = _open(terms);
        address meter = reading.meter;
        bool ofSeller = meter == _sellerOf(terms);
        if (!ofSeller && meter != terms.buyerMeter) revert ReadingOfOtherMeter(meter);
        Side memory next = _shown(id, reading, terms.amountUwh);
        Side memory before = _side(id, meter);
        next.requireFollows(before, meter);
        if (next.rank() == before.rank()) next.revertOutranked(before, meter);
        _keep(id, meter, next);
        if (!word.isReported()) drawers[key] = word.reported();
        emit Reported(id, meter, next.sequence, next.energyUwh());
        _claim(meter, ofSeller, next.newFrom(before), next.to);
    }

    /// @inheritdoc IEnergyMarket
    function close(Terms calldata terms) external nonReentrantView {
        Calldata.requireWords(5);
        (bytes32 id, uint256 key, uint256 word) = _open(terms);
        Trade memory known = _known(terms, id, word);
        uint256 closable = _closableFrom(known);
        if (block.number < closable) revert TooEarlyToClose(id, closable);
        uint64 energyUwh = _energyOnClose(known);
        (uint256 paid, uint256 refunded) = _end(terms, key, energyUwh);
        _forget(terms, id, word);
        emit Closed(id, energyUwh, paid, refunded);
        if (known.buyer.energyUwh() > 0) {
            registry.changeCredit(_sellerOf(terms), CREDIT_CLOSED);
            registry.changeCredit(terms.buyerMeter, CREDIT_CLOSED);
        }
    }

    /// @inheritdoc IEnergyMarket
    function tradeOf(Terms calldata terms) external view returns (Trade memory known) {
        bytes32 id = TradeId.hash(terms);
        uint256 word = drawers[Drawer.keyOf(terms.buyerMeter, terms.salt)];
        if (word.holds(id)) return _known(terms, id, word);
    }

    /// @inheritdoc IEnergyMarket
    function closableFrom(Terms calldata terms) external view returns (uint256 blockNumber) {
        // slither-disable-next-line unused-return -- nothing changes in the drawer
        (bytes32 id,, uint256 word) = _open(terms);
        return _closableFrom(_known(terms, id, word));
    }

    /// @dev What was reported of a trade's meter; zeros if nothing.
    function _side(bytes32 id, address meter) internal view returns (Side memory) {
        Kept storage k = kept[id][meter];
        return Side(k.from, k.to, k.sequence, k.stage);
    }

    /// @dev Clears an ended trade's reports away.
    function _forget(Terms memory terms, bytes32 id, uint256 word) internal {
        if (!word.isReported()) return;
        delete kept[id][_sellerOf(terms)];
        delete kept[id][terms.buyerMeter];
    }

    function _keep(bytes32 id, address meter, Side memory next) private {
        Kept storage k = kept[id][meter];
        uint32 first = k.firstBlock == 0 ? uint32(block.number) : k.firstBlock;
        kept[id][meter] = Kept(next.from, next.to, next.sequence, next.stage, first);
    }

    /// @dev The seller's claim is strict: exported energy is paid once. The buyer's is not: a buyer
    /// who lets another trade claim first must not be able to hold back the seller's money with it.
    function _claim(address meter, bool ofSeller, uint64 from, uint64 to) private {
        if (from == to) return;
        if (ofSeller) registry.claim(meter, Direction.EXPORT, from, to);
        // slither-disable-next-line unused-return -- however little it was, the seller is paid
        else registry.claimAtMost(meter, Direction.IMPORT, from, to);
    }

    /// @dev The side that a reading shows, if its meter signed it.
    function _shown(bytes32 id, Shown calldata reading, uint64 amountUwh)
        private
        view
        returns (Side memory)
    {
        (uint64 from, uint64 to, uint32 sequence) = (reading.from, reading.to, reading.sequence);
        uint8 state = reading.state;
        if (state > 1) revert ReadingStateUnknown(state);
        uint64 end = ReadingLib.cut(from, to, amountUwh);
        bytes32 hash = ReadingLib.structHash(id, uint160(reading.meter), from, to, sequence, state);
        ReadingLib.requireSigned(reading.meter, _hashTypedDataV4(hash), reading.r, reading.vs);
        return Side(from, end, sequence, state == 1 ? Stage.Final : Stage.Delivering);
    }

    /// @dev The sides are read only if there is something in them: two cold slots.
    function _known(Terms memory terms, bytes32 id, uint256 word)
        private
        view
        returns (Trade memory known)
    {
        (known.open, known.deadlineBlock) = (true, word.deadline());
        if (!word.isReported()) return known;
        address seller = _sellerOf(terms);
        (known.seller, known.buyer) = (_side(id, seller), _side(id, terms.buyerMeter));
        uint32 first = kept[id][seller].firstBlock;
        uint32 other = kept[id][terms.buyerMeter].firstBlock;
        known.firstReportBlock = first == 0 || (other != 0 && other < first) ? other : first;
    }

    /// @dev A report after the deadline does not lengthen the window.
    function _closableFrom(Trade memory trade) private view returns (uint256) {
        uint256 first = trade.firstReportBlock;
        uint256 since = first != 0 && first < trade.deadlineBlock ? first : trade.deadlineBlock;
        return since + reportBlocks;
    }

    /// @dev What the buyer's meter signed. A seller whose meter did not sign FINAL is paid no more
    /// than it let be claimed: else it could show an early reading here and sell the rest again.
    function _energyOnClose(Trade memory trade) private pure returns (uint64) {
        uint64 received = trade.buyer.energyUwh();
        uint64 sent = trade.seller.energyUwh();
        return trade.seller.stage == Stage.Final || received < sent ? received : sent;
    }
}
