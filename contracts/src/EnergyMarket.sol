// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IEnergyMarket} from "./interfaces/IEnergyMarket.sol";
import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {Calldata} from "./libraries/Calldata.sol";
import {Direction} from "./libraries/Direction.sol";
import {Money} from "./libraries/Money.sol";
import {ReadingLib} from "./libraries/ReadingLib.sol";
import {SideLib} from "./libraries/SideLib.sol";
import {OfferBook} from "./parts/OfferBook.sol";
import {Purchase} from "./parts/Purchase.sol";

/// @title The bilateral market, see IEnergyMarket
/// @dev The escrow of a trade is not stored: it follows from the terms, which every call brings
/// along and whose hash is the trade's key. Every value-bearing deadline is a block number.
contract EnergyMarket is Purchase, EIP712 {
    using ReadingLib for Reading;
    using SafeERC20 for IERC20;
    using SideLib for Side;

    int16 private constant CREDIT_SETTLED = 1;
    int16 private constant CREDIT_CLOSED = -3;

    /// @inheritdoc IEnergyMarket
    uint32 public immutable reportBlocks;

    /// @param token_ A plain ERC-20: no hooks, no fees on transfer.
    /// @param registry_ The grid operator's meters; must name this market as claimer.
    /// @param reportBlocks_ Length of the report window, not 0.
    /// @param tradeBlocks_ Blocks from purchase to deadline, not 0.
    constructor(IERC20 token_, IMeterRegistry registry_, uint32 reportBlocks_, uint32 tradeBlocks_)
        OfferBook(registry_)
        Purchase(token_, tradeBlocks_)
        EIP712("Evlock", "1")
    {
        if (reportBlocks_ == 0) revert ZeroBlocks();
        reportBlocks = reportBlocks_;
    }

    /// @inheritdoc IEnergyMarket
    function settle(
        Terms calldata terms,
        Reading calldata seller,
        bytes calldata sellerSignature,
        Reading calldata buyer,
        bytes calldata buyerSignature
    ) external nonReentrant {
        Calldata.requireWords(27);
        bytes32 id = tradeId(terms);
        Trade memory known = _open(id);
        Side memory sent = _final(terms, id, seller, terms.sellerMeter, sellerSignature, known.seller);
        Side memory got = _final(terms, id, buyer, terms.buyerMeter, buyerSignature, known.buyer);
        trades[id].status = Status.Settled;
        _claim(terms.sellerMeter, Direction.EXPORT, sent, known.seller);
        _claim(terms.buyerMeter, Direction.IMPORT, got, known.buyer);
        _changeCredit(terms, CREDIT_SETTLED);
        uint64 energyUwh = got.energyUwh();
        (uint256 paid, uint256 refunded) = _pay(terms, energyUwh);
        emit Settled(id, energyUwh, paid, refunded);
    }

    /// @inheritdoc IEnergyMarket
    function report(Terms calldata terms, Reading calldata reading, bytes calldata signature)
        external
        nonReentrant
    {
        Calldata.requireWords(17);
        bytes32 id = tradeId(terms);
        Trade memory known = _open(id);
        bool ofSeller = reading.meter == terms.sellerMeter;
        address meter = ofSeller ? terms.sellerMeter : terms.buyerMeter;
        Side memory before = ofSeller ? known.seller : known.buyer;
        Side memory next = _verified(terms, id, reading, meter, signature, before);
        if (next.rank() == before.rank()) _revertOutranked(meter, next, before);
        if (known.firstReportBlock == 0) trades[id].firstReportBlock = uint32(block.number);
        if (ofSeller) trades[id].seller = next;
        else trades[id].buyer = next;
        _claim(meter, ofSeller ? Direction.EXPORT : Direction.IMPORT, next, before);
        emit Reported(id, meter, next.sequence, next.energyUwh());
    }

    /// @inheritdoc IEnergyMarket
    function close(Terms calldata terms) external nonReentrant {
        Calldata.requireWords(7);
        bytes32 id = tradeId(terms);
        Trade memory known = _open(id);
        uint256 closable = _closableFrom(known);
        if (block.number < closable) revert TooEarlyToClose(id, closable);
        trades[id].status = Status.Closed;
        if (known.buyer.energyUwh() > 0) _changeCredit(terms, CREDIT_CLOSED);
        uint64 energyUwh = _energyOnClose(known);
        (uint256 paid, uint256 refunded) = _pay(terms, energyUwh);
        emit Closed(id, energyUwh, paid, refunded);
    }

    /// @inheritdoc IEnergyMarket
    function tradeOf(bytes32 trade) external view returns (Trade memory) {
        return trades[trade];
    }

    /// @inheritdoc IEnergyMarket
    function closableFrom(bytes32 trade) external view returns (uint256 blockNumber) {
        return _closableFrom(_open(trade));
    }

    /// @dev Pays for the energy and refunds the rest. Nothing else ever leaves the escrow.
    function _pay(Terms calldata terms, uint64 energyUwh)
        private
        returns (uint256 paid, uint256 refunded)
    {
        paid = Money.paymentRoundedDown(energyUwh, terms.price);
        refunded = Money.paymentRoundedDown(terms.amountUwh, terms.price) - paid;
        if (paid > 0) token.safeTransfer(registry.accountOf(terms.sellerMeter), paid);
        if (refunded > 0) token.safeTransfer(registry.accountOf(terms.buyerMeter), refunded);
    }

    /// @dev Claims what `next` shows beyond `before`. The seller's claim is strict: exported energy
    /// is paid once. The buyer's is not: a buyer who lets another trade claim first must not be able
    /// to hold back the seller's money with it.
    function _claim(address meter, uint8 direction, Side memory next, Side memory before) private {
        uint64 from = next.newFrom(before);
        if (from == next.to) return;
        if (direction == Direction.EXPORT) registry.claim(meter, direction, from, next.to);
        // slither-disable-next-line unused-return -- however little it was, the seller is paid
        else registry.claimAtMost(meter, direction, from, next.to);
    }

    function _changeCredit(Terms calldata terms, int16 change) private {
        registry.changeCredit(terms.sellerMeter, change);
        registry.changeCredit(terms.buyerMeter, change);
    }

    function _final(
        Terms calldata terms,
        bytes32 id,
        Reading calldata reading,
        address meter,
        bytes calldata signature,
        Side memory before
    ) private view returns (Side memory next) {
        next = _verified(terms, id, reading, meter, signature, before);
        if (next.stage != Stage.Final) revert ReadingNotFinal(meter);
    }

    /// @dev The side that a reading shows, if its meter signed it and no higher one is known.
    function _verified(
        Terms calldata terms,
        bytes32 id,
        Reading calldata reading,
        address meter,
        bytes calldata signature,
        Side memory before
    ) private view returns (Side memory next) {
        reading.requireSound(id, meter);
        reading.requireSigned(_hashTypedDataV4(reading.structHash()), signature);
        next = reading.toSide(terms.amountUwh);
        if (next.rank() < before.rank()) _revertOutranked(meter, next, before);
        next.requireAgrees(before, meter);
    }

    /// @dev The sides are read only if there is something in them: two cold slots.
    function _open(bytes32 id) private view returns (Trade memory known) {
        Trade storage trade = trades[id];
        known.status = trade.status;
        if (known.status != Status.Open) revert TradeNotOpen(id, known.status);
        known.deadlineBlock = trade.deadlineBlock;
        known.firstReportBlock = trade.firstReportBlock;
        if (known.firstReportBlock != 0) (known.seller, known.buyer) = (trade.seller, trade.buyer);
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

    function _revertOutranked(address meter, Side memory next, Side memory known) private pure {
        revert ReadingOutranked(meter, next.sequence, known.stage, known.sequence);
    }
}
