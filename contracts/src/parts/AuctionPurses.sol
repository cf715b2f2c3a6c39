// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from
    "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEnergyAuction} from "../interfaces/IEnergyAuction.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";
import {IPurses} from "../interfaces/IPurses.sol";
import {Calldata} from "../libraries/Calldata.sol";
import {Utility} from "./Utility.sol";

/// @title The auction's money: one word a meter for its purse and its commitment, and the utility's
/// @dev All money together is what the auction holds, and that is kept below 2^88 at every deposit,
/// so sums of it always fit. A standing commitment locks its deposit in the purse; once it cannot
/// be revealed any more, whatever touches the purse next gives the deposit to the utility.
abstract contract AuctionPurses is Utility, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev `mark`: the slot of the last order (Slots._mark). `commitment`: 0 if none stands.
    struct Purse {
        uint88 balance;
        uint24 mark;
        bytes18 commitment;
    }

    /// @inheritdoc IPurses
    IERC20 public immutable token;
    /// @inheritdoc IPurses
    IMeterRegistry public immutable registry;
    /// @inheritdoc IEnergyAuction
    uint88 public immutable orderDeposit;
    mapping(address meter => Purse) internal purses;

    constructor(IERC20 token_, IMeterRegistry registry_, uint88 orderDeposit_) {
        if (address(token_) == address(0) || address(registry_) == address(0)) revert ZeroAddress();
        if ((orderDeposit_ == 0) != (commitBlocks == 0)) revert ZeroValue();
        (token, registry, orderDeposit) = (token_, registry_, orderDeposit_);
    }

    /// @inheritdoc IPurses
    function deposit(address meter, uint128 amount) external nonReentrant {
        Calldata.requireWords(2);
        if (registry.meterOf(meter).feeder == 0) revert MeterNotEnrolled(meter);
        _requireRoom(amount);
        _put(meter, amount);
        emit Deposited(meter, msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IPurses
    function withdraw(address meter, uint128 amount) external nonReentrant {
        Calldata.requireWords(2);
        if (amount == 0) revert NothingWithdrawn();
        _requireAccount(meter);
        Purse memory purse = _touched(meter);
        _take(meter, purse, amount);
        purses[meter] = purse;
        emit Withdrawn(meter, msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IEnergyAuction
    function fund(uint128 amount) external nonReentrant {
        Calldata.requireWords(1);
        _requireRoom(amount);
        funds += amount;
        emit Funded(msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IEnergyAuction
    function draw(uint128 amount) external onlyOwner nonReentrant {
        Calldata.requireWords(1);
        if (amount == 0) revert NothingWithdrawn();
        uint256 free = Math.saturatingSub(funds, owedInAll);
        if (amount > free) revert FundsTooSmall(free, amount);
        funds -= amount;
        emit Drawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IEnergyAuction
    function collect(address meter) external nonReentrant {
        Calldata.requireWords(1);
        uint256 amount = Math.min(owedTo[meter], funds);
        if (amount == 0) revert NothingToCollect(meter);
        owedTo[meter] -= amount;
        (funds, owedInAll) = (funds - amount, owedInAll - amount);
        _put(meter, amount);
        emit Collected(meter, amount);
    }

    /// @inheritdoc IPurses
    /// @dev What can be taken out: the deposit of a commitment, kept or lost, is not counted.
    function purseOf(address meter) external view returns (uint128 balance) {
        Purse memory purse = purses[meter];
        return purse.balance - _locked(purse);
    }

    /// @inheritdoc IEnergyAuction
    function givenOf(address meter, uint64 slot) external view returns (bool, bytes18) {
        Purse memory purse = purses[meter];
        bool stands = purse.commitment != 0 && _isRevealable(purse.mark);
        return (_isOf(purse.mark, slot), stands ? purse.commitment : bytes18(0));
    }

    function _requireAccount(address meter) internal view {
        if (registry.accountOf(meter) != msg.sender) revert NotMeterAccount(meter, msg.sender);
    }

    /// @dev A purse without a commitment that can no longer be revealed. The caller stores it.
    function _touched(address meter) internal returns (Purse memory purse) {
        purse = purses[meter];
        if (purse.commitment != 0 && !_isRevealable(purse.mark)) {
            (purse.balance, purse.commitment) = (purse.balance - orderDeposit, 0);
            funds += orderDeposit;
            emit Forfeited(meter, orderDeposit);
        }
    }

    /// @dev Into a purse. Never more than the auction holds, so it fits.
    function _put(address meter, uint256 amount) internal {
        unchecked {
            purses[meter].balance += uint88(amount);
        }
    }

    /// @dev Out of a purse in memory, or PurseTooSmall.
    function _take(address meter, Purse memory purse, uint256 amount) internal view {
        unchecked {
            uint256 free = purse.balance - _locked(purse);
            if (amount > free) revert PurseTooSmall(meter, free, amount);
            purse.balance -= uint88(amount);
        }
    }

    function _locked(Purse memory purse) private view returns (uint88) {
        return purse.commitment != 0 ? orderDeposit : 0;
    }

    function _requireRoom(uint128 amount) private view {
        if (amount == 0) revert NothingDeposited();
        uint256 held = token.balanceOf(address(this)) + amount;
        if (held > type(uint88).max) revert TooMuchMoney(held);
    }
}
