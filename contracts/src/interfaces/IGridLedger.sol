// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title The grid's ledger: storage, purchase, transfer, acknowledgement, bill
/// @notice A grid is the account of whoever runs it; anyone may be one, so a customer must know
/// which it buys from. Energy in µWh, rates in token base units per kWh, payments rounded down. For
/// each grid and customer: acknowledged <= transferred <= purchased.
interface IGridLedger {
    /// @notice What a grid has and how much it recorded. Two storage slots a grid.
    /// @param availableUwh Stored and not purchased.
    /// @param rate Price of it, base units per kWh; 0 if the grid never added storage.
    /// @param storageCount How often storage was added.
    /// @param purchaseCount Purchases from this grid.
    /// @param capacityUwh Most that fits in.
    /// @param transferCount Transfers by this grid.
    /// @param billCount Bills by this grid to its customers.
    struct Grid {
        uint64 availableUwh;
        uint96 rate;
        uint48 storageCount;
        uint48 purchaseCount;
        uint64 capacityUwh;
        uint64 transferCount;
        uint64 billCount;
    }

    /// @notice What passed between a grid and a customer, µWh since ever. One storage slot.
    struct Account {
        uint64 purchasedUwh;
        uint64 transferredUwh;
        uint64 acknowledgedUwh;
    }

    /// @notice Storage was added: an alert to every customer.
    /// @param availableUwh After it.
    /// @param latitudeE6 Millionths of a degree north.
    /// @param longitudeE6 Millionths of a degree east.
    event StorageAdded(
        address indexed grid,
        uint64 capacityUwh,
        uint64 addedUwh,
        uint64 availableUwh,
        int32 latitudeE6,
        int32 longitudeE6,
        uint96 rate
    );
    /// @notice A purchase, dated by its block, and the alert that storage fell to `availableUwh`.
    /// `cost` went from customer to grid.
    event Purchased(
        address indexed grid,
        address indexed customer,
        uint64 quantityUwh,
        uint64 availableUwh,
        uint256 cost
    );
    /// @notice Times are labels, UTC seconds: what the grid's sensors said.
    event Transferred(
        address indexed grid,
        address indexed customer,
        address device,
        uint64 amountUwh,
        uint40 startTime,
        uint40 endTime
    );
    event Acknowledged(address indexed grid, address indexed customer, uint64 amountUwh);
    /// @notice A bill over all that the customer acknowledged since the bill before. One that shows
    /// the same `acknowledgedUwh` as the bill before corrects it.
    event Billed(
        address indexed grid, address indexed customer, bytes32 digest, uint64 acknowledgedUwh
    );
    /// @notice Bill of a trade of the market.
    event BillFiled(
        address indexed purchaser, address indexed issuer, bytes32 indexed trade, bytes32 digest
    );
    /// @notice A fault during supply, an alert to both sides.
    event Fault(
        address indexed grid, address indexed customer, address reporter, uint16 code
    );

    error ZeroAddress();
    error ZeroAmount();
    error ZeroRate();
    error ZeroDigest();
    error ZeroCode();
    /// @notice Not on Earth: latitude within ±90 000 000, longitude within ±180 000 000.
    error LocationInvalid(int32 latitudeE6, int32 longitudeE6);
    /// @notice More than fits in: what is stored already and what is added, µWh.
    error CapacityExceeded(uint64 capacityUwh, uint256 wantedUwh);
    /// @notice This grid never added storage.
    error GridUnknown(address grid);
    /// @notice A grid does not buy from itself.
    error OwnStorage(address grid);
    error RateAboveBound(uint96 rate, uint96 maxRate);
    error StorageShort(address grid, uint64 quantityUwh, uint64 availableUwh);
    /// @notice The customer's purchases from this grid since ever would pass 2^64 - 1 µWh.
    error AccountFull(address grid, address customer);
    /// @notice A transfer must end after it began, and its start must be known.
    error TimesInvalid(uint40 startTime, uint40 endTime);
    /// @notice More than the customer purchased and did not get yet.
    error NotPurchased(address grid, address customer, uint64 amountUwh, uint64 openUwh);
    /// @notice More than the grid transferred and the customer did not acknowledge yet.
    error NotTransferred(address grid, address customer, uint64 amountUwh, uint64 openUwh);
    /// @notice No bill before a purchase, its transfer and the customer's acknowledgement of it.
    error NotAcknowledged(address grid, address customer);
    /// @notice Faults are reported by the grid or by the customer of a purchase.
    error NotParty(address grid, address customer, address caller);
    /// @notice This issuer filed a bill of this trade; it is never replaced.
    error BillKnown(address purchaser, address issuer, bytes32 trade);

    /// @notice Adds energy to the caller's storage, and says how large, where, and at what rate.
    /// @param capacityUwh Most that fits in, from now on.
    /// @param addedUwh What was stored now, more than 0.
    /// @param latitudeE6 Millionths of a degree north, -90 000 000 to 90 000 000.
    /// @param longitudeE6 Millionths of a degree east, -180 000 000 to 180 000 000.
    /// @param rate From now on, for all that is available; more than 0.
    function addStorage(
        uint64 capacityUwh,
        uint64 addedUwh,
        int32 latitudeE6,
        int32 longitudeE6,
        uint96 rate
    ) external;

    /// @notice Purchases energy from a grid's storage: pays floor(quantityUwh * rate / 1e9) straight
    /// to the grid, from the caller, who approved that much, or reverts.
    /// @param quantityUwh More than 0, at most what is available.
    /// @param maxRate Nothing is purchased if the rate is above this.
    /// @return cost Base units.
    function purchase(address grid, uint64 quantityUwh, uint96 maxRate)
        external
        returns (uint256 cost);

    /// @notice Records supply to a customer. Caller: the grid.
    /// @param device Id of the meter through which it went; not 0.
    /// @param amountUwh More than 0, at most what is purchased and not transferred.
    /// @param startTime UTC seconds, a label; not 0.
    /// @param endTime UTC seconds, a label; after `startTime`.
    function transfer(
        address customer,
        address device,
        uint64 amountUwh,
        uint40 startTime,
        uint40 endTime
    ) external;

    /// @notice Says that energy arrived. Caller: the customer.
    /// @param amountUwh More than 0, at most what is transferred and not acknowledged.
    function acknowledge(address grid, uint64 amountUwh) external;

    /// @notice Keeps a bill's digest under the customer; the latest replaces the one before. Caller:
    /// the grid, after storage, purchase, transfer and acknowledgement.
    /// @param digest SHA-256 of the document, as in its CID; not 0.
    function bill(address customer, bytes32 digest) external;

    /// @notice Keeps the digest of a bill of one of the market's trades, once, under purchaser,
    /// caller and trade. Anyone may issue: a reader must look under the issuer that it believes.
    function fileBill(address purchaser, bytes32 trade, bytes32 digest) external;

    /// @notice Reports a fault during supply. Caller: the grid or the customer.
    /// @param code What the sensor says, not 0.
    function fault(address grid, address customer, uint16 code) external;

    /// @notice Everything kept of a grid; zeros if unknown.
    function gridOf(address grid) external view returns (Grid memory);

    /// @notice What passed between a grid and a customer; zeros if nothing did.
    function accountOf(address grid, address customer) external view returns (Account memory);

    /// @notice Digest of the grid's latest bill to a customer; 0 if there is none.
    function billOf(address customer, address grid) external view returns (bytes32);

    /// @notice Digest of the bill of a trade; 0 if there is none.
    function filedBill(address purchaser, address issuer, bytes32 trade)
        external
        view
        returns (bytes32);

    /// @notice The money.
    function token() external view returns (IERC20);
}
