// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBidderGate} from "./IBidderGate.sol";
import {IPurses} from "./IPurses.sol";

/// @title The neighbourhood's double auction of measured energy
/// @notice Energy in µWh, prices in token base units per kWh, time in blocks only. Slot n is the
/// blocks from n * slotBlocks to (n + 1) * slotBlocks - 1. Once it has ended, its orders are
/// committed for commitBlocks (none if commitBlocks is 0), then placed for revealBlocks, then
/// cleared and paid by anyone. A meter gives one order a slot.
///
/// The clearing. Orders are numbered as they were placed, sells and buys together. Sells stand in
/// ascending order of (price, number), buys in descending order of price, then ascending number.
/// While the first buy's price is at least the first sell's, the two trade the smaller of what they
/// have left, at floor((sell price + buy price) / 2). What is left over trades with the utility:
/// buys at gridBuyPrice, sells at feedInPrice. Each of these trades is paid
/// floor(energy * price / 1e9): rounded against the one who is paid.
///
/// An order is 41 bytes: abi.encodePacked(address meter, uint96 price, uint8 direction,
/// uint64 energyUwh). A round's orders hang together by a chain of hashes, from 0:
/// link = bytes27(keccak256(abi.encodePacked(link before, order))).
/// A payout is 48 bytes: abi.encodePacked(address meter, uint96 amount, uint128 owed), one for each
/// order in their order. They hang together from the last back to the first, from 0:
/// link = bytes27(keccak256(abi.encodePacked(payout, link after))).
interface IEnergyAuction is IPurses {
    /// @notice What never changes, and the tariff to begin with.
    /// @param slotBlocks Length of a slot, at least commitBlocks + revealBlocks.
    /// @param commitBlocks Length of the commit window; 0: no commitments, prices show at once.
    /// @param revealBlocks Length of the window for placing, more than 0.
    /// @param deposit What a commitment that is not revealed costs; 0 if commitBlocks is 0.
    /// @param orderFee What every order pays to whoever clears it.
    /// @param gridBuyPrice What the utility takes for energy that nobody of the round sold.
    /// @param feedInPrice What it pays for energy that nobody bought, at most gridBuyPrice.
    struct Settings {
        uint32 slotBlocks;
        uint32 commitBlocks;
        uint32 revealBlocks;
        uint88 deposit;
        uint88 orderFee;
        uint88 gridBuyPrice;
        uint88 feedInPrice;
    }

    /// @notice An order that proves itself: the meter's Claim of [from, to) for this auction, slot
    /// and price, with its EIP-2098 signature. `direction`: 0 a buy (import), 1 a sell (export).
    /// `price`: the most a buyer pays, the least a seller takes. `salt`: the commitment's; without
    /// commitments 0.
    struct Placement {
        address meter;
        uint8 direction;
        uint64 from;
        uint64 to;
        uint96 price;
        uint128 salt;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice Open: orders, if any, are not cleared. Paying: cleared, payouts left. Done: all paid.
    enum Stage {
        Open,
        Paying,
        Done
    }

    /// @notice One word a slot. `link`: of all orders while open, of the payouts left while paying.
    struct Round {
        bytes27 link;
        uint16 sells;
        uint16 buys;
        Stage stage;
    }

    event Committed(uint64 indexed slot, address indexed meter);
    /// @notice An order; those of a slot are numbered from 0 in the order of these events. A buy's
    /// floor(energyUwh * max(price, gridBuyPrice) / 1e9) is held for it, and everybody's orderFee.
    event Placed(
        uint64 indexed slot,
        address indexed meter,
        uint8 direction,
        uint64 energyUwh,
        uint96 price
    );
    /// @notice A round is cleared. `funds`: the utility's money before it was paid for what the
    /// round's buys left over; `income`: that pay; `spent`: what it then paid for sells left over;
    /// `owed`: what it could not pay.
    event Cleared(
        uint64 indexed slot,
        address indexed clearer,
        uint256 tradedUwh,
        uint256 funds,
        uint256 income,
        uint256 spent,
        uint256 owed
    );
    /// @notice An order's payout: a sell's proceeds or a buy's change, now in the meter's purse.
    event Paid(uint64 indexed slot, address indexed meter, uint96 amount);
    /// @notice What the utility could not pay of an order; `collect` brings it later.
    event Owed(uint64 indexed slot, address indexed meter, uint128 amount);
    /// @notice The utility paid, into the meter's purse, what it owed.
    event Collected(address indexed meter, uint256 amount);
    /// @notice A commitment was not revealed; its deposit is the utility's.
    event Forfeited(address indexed meter, uint256 amount);
    /// @notice The tariff of all slots from this one on.
    event TariffSet(uint64 indexed fromSlot, uint88 gridBuyPrice, uint88 feedInPrice);
    event Funded(address indexed payer, uint256 amount);
    event Drawn(address indexed account, uint256 amount);

    /// @notice A slot or a reveal window of no blocks, or a deposit without (or no deposit with) a
    /// commit window.
    error ZeroValue();
    /// @notice commitBlocks + revealBlocks must fit into a slot, so that one slot is open at a time.
    error WindowsTooLong(uint256 windows, uint256 slotBlocks);
    /// @notice The utility must not pay more for energy than it takes.
    error TariffInverted(uint88 gridBuyPrice, uint88 feedInPrice);
    /// @notice More money than a purse can hold (2^88 - 1) would lie in the auction.
    error TooMuchMoney(uint256 held);
    /// @notice Commitments (or orders) of this slot are taken from block `opens` to `closes` - 1.
    error WindowClosed(uint64 slot, uint256 opens, uint256 closes);
    /// @notice Orders may come until block `closes` - 1.
    error TooEarlyToClear(uint64 slot, uint256 closes);
    /// @notice This auction takes orders without commitments.
    error NoCommitments();
    error ZeroCommitment();
    /// @notice The meter has committed to, or placed, its order of this slot already.
    error OrderGiven(address meter, uint64 slot);
    /// @notice The meter committed to no order of this slot, or to another order than this.
    error NotCommitted(address meter, uint64 slot);
    /// @notice Without commitments the salt must be 0.
    error SaltWithoutCommitment(address meter);
    error BidderRefused(address meter);
    /// @notice An order of no energy, or of an interval that ends before it begins.
    error NoEnergy(address meter, uint64 from, uint64 to);
    error NothingPlaced();
    /// @notice The slot has MAX_ORDERS orders.
    error RoundFull(uint64 slot);
    /// @notice Nobody gave an order: there is nothing to clear.
    error RoundEmpty(uint64 slot);
    error RoundNotOpen(uint64 slot);
    error RoundNotPaying(uint64 slot);
    /// @notice Packed orders, ranks or payouts of a wrong number of bytes.
    error PackedLength(uint256 expected, uint256 actual);
    /// @notice These are not the round's orders in the order of placing.
    error OrdersDiffer(uint64 slot, bytes27 expected, bytes27 actual);
    /// @notice Rank `rank` (sells first, then buys) names no order of that side.
    error RankOfOtherSide(uint256 rank, uint256 number);
    /// @notice The order at this rank does not come after the one before it.
    error RanksOutOfOrder(uint256 rank, uint256 number);
    /// @notice These are not the payouts that are due next, or not the link of those after them.
    error PayoutsDiffer(uint64 slot, bytes27 expected, bytes27 actual);
    error NothingPaid();
    /// @notice The utility owes this meter nothing, or has no money.
    error NothingToCollect(address meter);
    /// @notice The utility may draw what it does not owe.
    error FundsTooSmall(uint256 free, uint256 wanted);

    /// @notice Commits a meter to an order of a slot that has ended. Caller: the meter's account.
    /// The deposit must lie in the purse and stays there, locked; if the order is not placed, the
    /// utility has it. One commitment a meter and slot; it cannot be taken back.
    /// @param commitment As `commitmentOf` gives it, not 0.
    function commit(uint64 slot, address meter, bytes18 commitment) external;

    /// @notice Places orders, all or none, by anyone: each proves itself. Takes a buyer's maximum
    /// and everybody's fee from the purse, and claims the energy in the registry.
    function place(uint64 slot, Placement[] calldata placements) external;

    /// @notice Clears a slot by the one rule above, by anyone, who receives the fee
    /// of every order paid out at once.
    /// @param orders All orders, packed, as placed.
    /// @param ranks uint16 each, packed: the numbers of the sells as they stand, then of the buys.
    /// @param payNow How many payouts to pay at once (all of them, if it is more than there are).
    function clear(uint64 slot, bytes calldata orders, bytes calldata ranks, uint256 payNow)
        external;

    /// @notice Pays the payouts that are due next, by anyone, who receives their
    /// orders' fees.
    /// @param payouts One or more, packed.
    /// @param rest Link of those after them; 0 if there are none.
    function pay(uint64 slot, bytes calldata payouts, bytes27 rest) external;

    /// @notice Pays a meter what the utility owes it, as far as there is money, by anyone.
    function collect(address meter) external;

    /// @notice Sets the tariff for all slots from the next one on. Caller: the utility (the owner).
    function setTariff(uint88 gridBuyPrice, uint88 feedInPrice) external;

    /// @notice Moves tokens of the caller, who has approved them, to the utility's funds.
    function fund(uint128 amount) external;

    /// @notice Moves the utility's funds to it, as far as nobody is owed them.
    function draw(uint128 amount) external;

    /// @notice bytes18(keccak256(abi.encode(chain id, auction, slot, meter, direction, from, to,
    /// price, salt))).
    function commitmentOf(
        uint64 slot,
        address meter,
        uint8 direction,
        uint64 from,
        uint64 to,
        uint96 price,
        uint128 salt
    ) external view returns (bytes18);

    /// @notice What a meter last did: whether it gave its order of this slot (committed or placed),
    /// and the commitment that still stands, 0 if none.
    function givenOf(address meter, uint64 slot)
        external
        view
        returns (bool given, bytes18 commitment);

    function roundOf(uint64 slot) external view returns (Round memory);

    /// @notice The tariff of a slot.
    function tariffOf(uint64 slot)
        external
        view
        returns (uint88 gridBuyPrice, uint88 feedInPrice);

    /// @notice The payouts, packed, of a round of this slot with these orders and ranks if the
    /// utility has these funds. For whoever clears, or goes on paying what another cleared (`funds`
    /// is then in `Cleared`). Checks the ranks, not that these are the round's orders.
    function payoutsOf(uint64 slot, bytes calldata orders, bytes calldata ranks, uint256 funds)
        external
        view
        returns (bytes memory payouts);

    /// @notice The link of packed payouts that are a round's last: `rest` for `pay`.
    function linkOf(bytes calldata payouts) external pure returns (bytes27);

    /// @notice What the utility still owes a meter.
    function owedTo(address meter) external view returns (uint256);

    /// @notice The utility's money here, and how much of it (or more) is owed.
    function utility() external view returns (uint256 funds, uint256 owed);

    /// @notice The slot that has ended last at this block, and where its windows stand: placing
    /// opens at `placeFrom` and closes at `clearFrom`. Nothing has ended yet: all 0.
    function openSlot() external view returns (uint64 slot, uint256 placeFrom, uint256 clearFrom);

    /// @notice Who may bid.
    function gate() external view returns (IBidderGate);

    /// @notice Length of a slot.
    function slotBlocks() external view returns (uint32);

    /// @notice Length of the commit window, 0 if orders need no commitment.
    function commitBlocks() external view returns (uint32);

    /// @notice Length of the window for placing.
    function revealBlocks() external view returns (uint32);

    /// @notice What a commitment that is not revealed costs.
    function orderDeposit() external view returns (uint88);

    /// @notice What every order pays to whoever clears it.
    function orderFee() external view returns (uint88);
}
