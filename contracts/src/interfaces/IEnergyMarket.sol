// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPurses} from "./IPurses.sol";

/// @title The bilateral market: match, hold, deliver, pay
/// @notice Energy in µWh, prices in token base units per kWh, deadlines in blocks. Money comes from
/// and goes to purses (IPurses). What a call needs to know of a trade, it brings along: the chain
/// keeps one word for a trade, in one of 256 drawers of the buyer's meter, used again and again.
interface IEnergyMarket is IPurses {
    /// @notice A seller's standing offer. `amountUwh` is what remains; 0 if used up or cancelled.
    /// Its id is meter << 32 | number; a version of it is named by ref = id << 32 | version.
    /// Versions of an id only grow, also over offers that are gone.
    struct Offer {
        uint96 price;
        uint64 amountUwh;
        uint32 version;
        uint16 minCredit;
    }

    /// @notice What two parties agreed; its hash with chain and market is the trade's id.
    /// The seller's meter is ref >> 64. The low byte of the salt is the drawer.
    struct Terms {
        uint256 ref;
        address buyerMeter;
        uint64 amountUwh;
        uint96 price;
        uint64 salt;
    }

    /// @notice A meter's FINAL reading of the trade, with its EIP-2098 signature.
    struct Final {
        uint64 from;
        uint64 to;
        uint32 sequence;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice A meter's reading of the trade. `state`: 0 delivering, 1 final. Signed as
    /// Reading(bytes32 trade,address meter,uint64 from,uint64 to,uint32 sequence,uint8 state).
    struct Shown {
        address meter;
        uint64 from;
        uint64 to;
        uint32 sequence;
        uint8 state;
        bytes32 r;
        bytes32 vs;
    }

    enum Stage {
        None,
        Delivering,
        Final
    }

    /// @notice The highest reading reported of one meter, cut to the trade's amount.
    struct Side {
        uint64 from;
        uint64 to;
        uint32 sequence;
        Stage stage;
    }

    /// @notice State of a trade. Not open: never bought, or ended. `firstReportBlock` is 0 while
    /// nothing was reported.
    struct Trade {
        bool open;
        uint32 deadlineBlock;
        uint32 firstReportBlock;
        Side seller;
        Side buyer;
    }

    /// @notice An offer was made, or repriced: its version is higher than any before.
    event Offered(
        uint256 indexed offerId,
        address indexed meter,
        uint32 version,
        uint64 amountUwh,
        uint96 price,
        uint16 minCredit
    );
    event Cancelled(uint256 indexed offerId);
    /// @notice A trade: floor(amountUwh * price / 1e9) of the buyer's purse is held for it.
    event Bought(
        bytes32 indexed trade,
        address indexed sellerMeter,
        address indexed buyerMeter,
        uint256 ref,
        uint64 amountUwh,
        uint96 price,
        uint64 salt,
        uint32 deadlineBlock
    );
    event Reported(
        bytes32 indexed trade, address indexed meter, uint32 sequence, uint64 energyUwh
    );
    event Settled(bytes32 indexed trade, uint64 energyUwh, uint256 paid, uint256 refunded);
    event Closed(bytes32 indexed trade, uint64 energyUwh, uint256 paid, uint256 refunded);

    error ZeroBlocks();
    error ZeroAmount();
    error ZeroPrice();
    /// @notice The number is taken: reprice or cancel that offer, or take another number.
    error OfferOpen(uint256 offerId);
    /// @notice No such offer: never made, cancelled or used up.
    error OfferUnknown(uint256 offerId);
    /// @notice The offer changed since the buyer looked.
    error OfferChanged(uint256 offerId, uint32 expected, uint32 actual);
    /// @notice Offers must be named cheapest first.
    error OffersOutOfOrder(uint256 offerId, uint96 price, uint96 priceBefore);
    error PriceAboveBound(uint256 offerId, uint96 price, uint96 maxPrice);
    error CreditTooLow(address meter, uint16 credit, uint16 minCredit);
    error DifferentFeeder(address sellerMeter, address buyerMeter);
    /// @notice Seller and buyer are the same meter or the same account.
    error OwnOffer(uint256 offerId);
    /// @notice The named offers together fall short by this much.
    error AmountNotOffered(uint64 missingUwh);
    /// @notice The salt is not above the buyer's last one.
    error SaltUsed(uint64 salt, uint64 lastSalt);
    /// @notice An open trade lies in the drawer that the salt's low byte names: take another salt.
    error DrawerTaken(address buyerMeter, uint8 drawer);
    /// @notice No open trade of these terms: never bought, or ended.
    error TradeNotOpen(bytes32 trade);
    /// @notice The reading is of a meter that has no part in the trade.
    error ReadingOfOtherMeter(address meter);
    error ReadingStateUnknown(uint8 state);
    error ReadingBackwards(uint64 from, uint64 to);
    /// @notice A reading at least as high was reported.
    error ReadingOutranked(address meter, uint32 sequence, Stage knownStage, uint32 knownSequence);
    /// @notice A trade's interval keeps its start and never shrinks.
    error ReadingContradicts(address meter, uint64 knownFrom, uint64 knownTo);
    /// @notice The signature is not the meter's over this reading, trade, chain and market.
    error SignatureInvalid(address meter, address recovered);
    /// @notice The chain is too old for this contract: a deadline no longer fits in 31 bits.
    error DeadlineTooLate(uint256 deadlineBlock);
    error TooEarlyToClose(bytes32 trade, uint256 closableFromBlock);

    /// @notice Offers energy of a meter. Caller: the meter's account.
    /// @param meter Enrolled meter that will deliver.
    /// @param number Which of the meter's offers; free again once used up or cancelled.
    /// @param amountUwh More than 0.
    /// @param price Base units per kWh, more than 0.
    /// @param minCredit Least credit of a buyer.
    function offer(
        address meter,
        uint32 number,
        uint64 amountUwh,
        uint96 price,
        uint16 minCredit
    ) external returns (uint256 offerId);

    /// @notice Withdraws what is left of an offer. Trades already bought stay.
    function cancel(uint256 offerId) external;

    /// @notice Changes the price and with it the offer's version.
    function reprice(uint256 offerId, uint96 price) external;

    /// @notice Buys from offers, cheapest first, exactly `amountUwh` or nothing; each fill is a trade
    /// of its own, with salt, salt + 1, … in the order filled. Takes the sum of the escrows, each
    /// floor(amount * price / 1e9), from the purse of the buyer's meter.
    /// @param refs Offers at the versions that the buyer looked at (id << 32 | version), by price
    /// ascending; those after the amount is reached stay untouched.
    /// @param meter The buyer's meter; caller is its account.
    /// @param maxPrice No offer dearer than this is taken.
    /// @param salt Above every salt that this meter used before.
    function buy(
        uint256[] calldata refs,
        address meter,
        uint64 amountUwh,
        uint96 maxPrice,
        uint64 salt
    ) external;

    /// @notice Ends a trade with the FINAL readings of both meters: pays what the buyer's meter
    /// received, refunds the rest, claims both intervals, credit +1 for both. Anyone may call.
    function settle(Terms calldata terms, Final calldata seller, Final calldata buyer) external;

    /// @notice Brings a signed reading of either meter, claims its interval and keeps it if it
    /// outranks the one known: a higher sequence, or FINAL. The first opens the report window.
    function report(Terms calldata terms, Shown calldata reading) external;

    /// @notice Ends a trade by what was reported, after the report window. Anyone may call.
    function close(Terms calldata terms) external;

    /// @notice What remains of an offer; zeros if unknown.
    function offers(uint256 offerId) external view returns (Offer memory);

    /// @notice State of a trade.
    function tradeOf(Terms calldata terms) external view returns (Trade memory);

    /// @notice keccak256(abi.encode(chain id, market, terms)).
    function tradeId(Terms calldata terms) external view returns (bytes32);

    /// @notice First block in which `close` works, as things stand.
    function closableFrom(Terms calldata terms) external view returns (uint256 blockNumber);

    /// @notice Highest salt that a buyer's meter used; the next must be above it.
    function lastSalt(address buyerMeter) external view returns (uint64);

    /// @notice Length of the report window, blocks.
    function reportBlocks() external view returns (uint32);

    /// @notice Blocks from purchase to deadline.
    function tradeBlocks() external view returns (uint32);
}
