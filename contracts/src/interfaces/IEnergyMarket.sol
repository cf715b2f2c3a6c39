// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IMeterRegistry} from "./IMeterRegistry.sol";

/// @title The bilateral market: match, hold, deliver, pay
/// @notice Energy in µWh, prices in token base units per kWh, deadlines in blocks.
interface IEnergyMarket {
    /// @notice A seller's standing offer. `amountUwh` is what remains.
    struct Offer {
        address meter;
        uint16 minCredit;
        uint128 price;
        uint64 amountUwh;
        uint32 version;
    }

    /// @notice What two parties agreed; its hash with chain and market is the trade's id.
    struct Terms {
        uint256 offerId;
        uint32 version;
        address sellerMeter;
        address buyerMeter;
        uint64 amountUwh;
        uint128 price;
        bytes32 salt;
    }

    /// @notice EIP-712 structure that a meter signs. `state`: 0 delivering, 1 final.
    struct Reading {
        bytes32 trade;
        address meter;
        uint64 from;
        uint64 to;
        uint32 sequence;
        uint8 state;
    }

    enum Status {
        None,
        Open,
        Settled,
        Closed
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

    /// @notice State of a trade. `firstReportBlock` is 0 while nothing was reported.
    struct Trade {
        Status status;
        uint32 deadlineBlock;
        uint32 firstReportBlock;
        Side seller;
        Side buyer;
    }

    /// @notice An offer was made, or repriced: then `version` is higher than before.
    event Offered(
        uint256 indexed offerId,
        address indexed meter,
        uint32 version,
        uint64 amountUwh,
        uint128 price,
        uint16 minCredit
    );
    event Cancelled(uint256 indexed offerId);
    event Bought(
        bytes32 indexed trade,
        uint256 offerId,
        uint32 version,
        address indexed sellerMeter,
        address indexed buyerMeter,
        uint64 amountUwh,
        uint128 price,
        bytes32 salt,
        uint256 escrow,
        uint32 deadlineBlock
    );
    event Reported(
        bytes32 indexed trade, address indexed meter, uint32 sequence, uint64 energyUwh
    );
    event Settled(bytes32 indexed trade, uint64 energyUwh, uint256 paid, uint256 refunded);
    event Closed(bytes32 indexed trade, uint64 energyUwh, uint256 paid, uint256 refunded);

    /// @notice The call carries more or fewer bytes than its arguments need.
    error CalldataLength(uint256 expected, uint256 actual);
    error ZeroAddress();
    error ZeroBlocks();
    error ZeroAmount();
    error ZeroPrice();
    /// @notice The meter is not in the registry, or is retired.
    error MeterNotEnrolled(address meter);
    /// @notice Only the meter's own account may trade for it.
    error NotMeterAccount(address meter, address caller);
    /// @notice No such offer: never made, cancelled or used up.
    error OfferUnknown(uint256 offerId);
    /// @notice The offer changed since the buyer looked.
    error OfferChanged(uint256 offerId, uint32 expected, uint32 actual);
    /// @notice Offers must be named cheapest first.
    error OffersOutOfOrder(uint256 offerId, uint128 price, uint128 priceBefore);
    error PriceAboveBound(uint256 offerId, uint128 price, uint128 maxPrice);
    error CreditTooLow(address meter, uint16 credit, uint16 minCredit);
    error DifferentFeeder(address sellerMeter, address buyerMeter);
    /// @notice Seller and buyer are the same meter or the same account.
    error OwnOffer(uint256 offerId);
    /// @notice As many versions as offers are needed.
    error LengthMismatch(uint256 offers, uint256 versions);
    /// @notice The named offers together fall short by this much.
    error AmountNotOffered(uint64 missingUwh);
    /// @notice These very terms were bought before: take another salt.
    error TradeExists(bytes32 trade);
    /// @notice The trade is not open: never bought, or ended.
    error TradeNotOpen(bytes32 trade, Status status);
    error ReadingOfOtherTrade(bytes32 expected, bytes32 actual);
    error ReadingOfOtherMeter(address expected, address actual);
    error ReadingStateUnknown(uint8 state);
    error ReadingBackwards(uint64 from, uint64 to);
    /// @notice `settle` takes only FINAL readings.
    error ReadingNotFinal(address meter);
    /// @notice A reading at least as high was reported.
    error ReadingOutranked(address meter, uint32 sequence, Stage knownStage, uint32 knownSequence);
    /// @notice A trade's interval keeps its start and never shrinks.
    error ReadingContradicts(address meter, uint64 knownFrom, uint64 knownTo);
    error SignatureLength(uint256 length);
    /// @notice The signature is not the meter's over this reading, chain and market.
    error SignatureInvalid(address meter, address recovered);
    error TooEarlyToClose(bytes32 trade, uint256 closableFromBlock);

    /// @notice Offers energy of a meter. Caller: the meter's account.
    /// @param meter Enrolled meter that will deliver.
    /// @param amountUwh More than 0.
    /// @param price Base units per kWh, more than 0.
    /// @param minCredit Least credit of a buyer.
    function offer(address meter, uint64 amountUwh, uint128 price, uint16 minCredit)
        external
        returns (uint256 offerId);

    /// @notice Withdraws what is left of an offer. Trades already bought stay.
    function cancel(uint256 offerId) external;

    /// @notice Changes the price and with it the offer's version.
    function reprice(uint256 offerId, uint128 price) external;

    /// @notice Buys from offers, cheapest first, exactly `amountUwh` or nothing; each fill is a trade
    /// of its own. Takes the sum of the trades' escrows, each floor(amount * price / 1e9).
    /// @param offerIds By price ascending; those after the amount is reached stay untouched.
    /// @param versions The version of each offer that the buyer looked at.
    /// @param meter The buyer's meter; caller is its account.
    /// @param maxPrice No offer dearer than this is taken.
    /// @param salt Makes equal terms another trade.
    function buy(
        uint256[] calldata offerIds,
        uint32[] calldata versions,
        address meter,
        uint64 amountUwh,
        uint128 maxPrice,
        bytes32 salt
    ) external;

    /// @notice Ends a trade with the FINAL readings of both meters: pays what the buyer's meter
    /// received, refunds the rest, claims both intervals, credit +1 for both. Anyone may call.
    function settle(
        Terms calldata terms,
        Reading calldata seller,
        bytes calldata sellerSignature,
        Reading calldata buyer,
        bytes calldata buyerSignature
    ) external;

    /// @notice Brings a signed reading of either meter, claims its interval and keeps it if it
    /// outranks the one known: a higher sequence, or FINAL. The first opens the report window.
    function report(Terms calldata terms, Reading calldata reading, bytes calldata signature)
        external;

    /// @notice Ends a trade by what was reported, after the report window. Anyone may call.
    function close(Terms calldata terms) external;

    /// @notice What remains of an offer; zeros if unknown.
    function offers(uint256 offerId) external view returns (Offer memory);

    /// @notice State of a trade; zeros if unknown.
    function tradeOf(bytes32 trade) external view returns (Trade memory);

    /// @notice keccak256(abi.encode(chain id, market, terms)).
    function tradeId(Terms calldata terms) external view returns (bytes32);

    /// @notice First block in which `close` works, as things stand.
    function closableFrom(bytes32 trade) external view returns (uint256 blockNumber);

    /// @notice Money of the market.
    function token() external view returns (IERC20);

    /// @notice Who may trade.
    function registry() external view returns (IMeterRegistry);

    /// @notice Length of the report window, blocks.
    function reportBlocks() external view returns (uint32);

    /// @notice Blocks from purchase to deadline.
    function tradeBlocks() external view returns (uint32);
}
