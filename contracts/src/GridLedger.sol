// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from
    "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IGridLedger} from "./interfaces/IGridLedger.sol";
import {Calldata} from "./libraries/Calldata.sol";
import {LedgerWords} from "./libraries/LedgerWords.sol";
import {Money} from "./libraries/Money.sol";

/// @title The grid's ledger, see IGridLedger
contract GridLedger is IGridLedger, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using LedgerWords for uint256;

    int32 private constant MAX_LATITUDE_E6 = 90_000_000;
    int32 private constant MAX_LONGITUDE_E6 = 180_000_000;

    /// @inheritdoc IGridLedger
    IERC20 public immutable token;
    mapping(address grid => uint256) private stocks;
    mapping(address grid => uint256) private totals;
    mapping(address grid => mapping(address customer => uint256)) private accounts;
    /// @inheritdoc IGridLedger
    mapping(address customer => mapping(address grid => bytes32)) public billOf;
    /// @inheritdoc IGridLedger
    mapping(address purchaser => mapping(address issuer => mapping(bytes32 trade => bytes32)))
        public filedBill;

    constructor(IERC20 token_) {
        if (address(token_) == address(0)) revert ZeroAddress();
        token = token_;
    }

    /// @inheritdoc IGridLedger
    function addStorage(
        uint64 capacityUwh,
        uint64 addedUwh,
        int32 latitudeE6,
        int32 longitudeE6,
        uint96 rate
    ) external {
        Calldata.requireWords(5);
        if (addedUwh == 0) revert ZeroAmount();
        if (rate == 0) revert ZeroRate();
        _requireOnEarth(latitudeE6, longitudeE6);
        uint256 stock = stocks[msg.sender];
        uint256 wanted = uint256(stock.availableUwh()) + addedUwh;
        if (wanted > capacityUwh) revert CapacityExceeded(capacityUwh, wanted);
        uint64 available = uint64(wanted);
        stocks[msg.sender] = stock.stored(available, rate);
        totals[msg.sender] = totals[msg.sender].withCapacity(capacityUwh);
        emit StorageAdded(
            msg.sender, capacityUwh, addedUwh, available, latitudeE6, longitudeE6, rate
        );
    }

    /// @inheritdoc IGridLedger
    function purchase(address grid, uint64 quantityUwh, uint96 maxRate)
        external
        nonReentrant
        returns (uint256 cost)
    {
        Calldata.requireWords(3);
        if (quantityUwh == 0) revert ZeroAmount();
        if (grid == msg.sender) revert OwnStorage(grid);
        uint256 stock = stocks[grid];
        cost = _costWithin(grid, stock, quantityUwh, maxRate);
        uint256 account = accounts[grid][msg.sender];
        if (quantityUwh > account.roomUwh()) revert AccountFull(grid, msg.sender);
        stock = stock.sold(quantityUwh);
        stocks[grid] = stock;
        accounts[grid][msg.sender] = account.purchased(quantityUwh);
        emit Purchased(grid, msg.sender, quantityUwh, stock.availableUwh(), cost);
        token.safeTransferFrom(msg.sender, grid, cost);
    }

    /// @inheritdoc IGridLedger
    function transfer(
        address customer,
        address device,
        uint64 amountUwh,
        uint40 startTime,
        uint40 endTime
    ) external {
        Calldata.requireWords(5);
        if (device == address(0)) revert ZeroAddress();
        if (amountUwh == 0) revert ZeroAmount();
        if (startTime == 0 || endTime <= startTime) revert TimesInvalid(startTime, endTime);
        mapping(address => uint256) storage own = accounts[msg.sender];
        uint256 account = own[customer];
        uint64 openUwh = account.toTransferUwh();
        if (amountUwh > openUwh) revert NotPurchased(msg.sender, customer, amountUwh, openUwh);
        own[customer] = account.transferred(amountUwh);
        totals[msg.sender] = totals[msg.sender].withTransfer();
        emit Transferred(msg.sender, customer, device, amountUwh, startTime, endTime);
    }

    /// @inheritdoc IGridLedger
    function acknowledge(address grid, uint64 amountUwh) external {
        Calldata.requireWords(2);
        if (amountUwh == 0) revert ZeroAmount();
        uint256 account = accounts[grid][msg.sender];
        uint64 openUwh = account.toAcknowledgeUwh();
        if (amountUwh > openUwh) revert NotTransferred(grid, msg.sender, amountUwh, openUwh);
        accounts[grid][msg.sender] = account.acknowledged(amountUwh);
        emit Acknowledged(grid, msg.sender, amountUwh);
    }

    /// @inheritdoc IGridLedger
    function bill(address customer, bytes32 digest) external {
        Calldata.requireWords(2);
        if (digest == 0) revert ZeroDigest();
        uint64 acknowledgedUwh = accounts[msg.sender][customer].acknowledgedUwh();
        if (acknowledgedUwh == 0) revert NotAcknowledged(msg.sender, customer);
        billOf[customer][msg.sender] = digest;
        totals[msg.sender] = totals[msg.sender].withBill();
        emit Billed(msg.sender, customer, digest, acknowledgedUwh);
    }

    /// @inheritdoc IGridLedger
    function fileBill(address purchaser, bytes32 trade, bytes32 digest) external {
        Calldata.requireWords(3);
        if (purchaser == address(0)) revert ZeroAddress();
        if (digest == 0) revert ZeroDigest();
        if (filedBill[purchaser][msg.sender][trade] != 0) {
            revert BillKnown(purchaser, msg.sender, trade);
        }
        filedBill[purchaser][msg.sender][trade] = digest;
        emit BillFiled(purchaser, msg.sender, trade, digest);
    }

    /// @inheritdoc IGridLedger
    function fault(address grid, address customer, uint16 code) external {
        Calldata.requireWords(3);
        if (code == 0) revert ZeroCode();
        bool isParty = msg.sender == grid || msg.sender == customer;
        if (!isParty || accounts[grid][customer].purchasedUwh() == 0) {
            revert NotParty(grid, customer, msg.sender);
        }
        emit Fault(grid, customer, msg.sender, code);
    }

    /// @inheritdoc IGridLedger
    function gridOf(address grid) external view returns (Grid memory) {
        return LedgerWords.asGrid(stocks[grid], totals[grid]);
    }

    /// @inheritdoc IGridLedger
    function accountOf(address grid, address customer) external view returns (Account memory) {
        return accounts[grid][customer].asAccount();
    }

    /// @dev What it costs, if the grid has it at a rate within the bound.
    function _costWithin(address grid, uint256 stock, uint64 quantityUwh, uint96 maxRate)
        private
        pure
        returns (uint256)
    {
        uint96 rate = stock.rate();
        if (rate == 0) revert GridUnknown(grid);
        if (rate > maxRate) revert RateAboveBound(rate, maxRate);
        uint64 available = stock.availableUwh();
        if (quantityUwh > available) revert StorageShort(grid, quantityUwh, available);
        return Money.paymentRoundedDown(quantityUwh, rate);
    }

    function _requireOnEarth(int32 latitudeE6, int32 longitudeE6) private pure {
        bool latitude = latitudeE6 >= -MAX_LATITUDE_E6 && latitudeE6 <= MAX_LATITUDE_E6;
        bool longitude = longitudeE6 >= -MAX_LONGITUDE_E6 && longitudeE6 <= MAX_LONGITUDE_E6;
        if (!latitude || !longitude) revert LocationInvalid(latitudeE6, longitudeE6);
    }
}
