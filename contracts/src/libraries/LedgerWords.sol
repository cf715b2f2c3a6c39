// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGridLedger} from "../interfaces/IGridLedger.sol";

/// @title The three words of the grid ledger, changed by plain arithmetic: one write each
/// @dev Highest bits first:
///   Stock    purchaseCount 48 | storageCount 48 | rate 96 | availableUwh 64
///   Totals   0 64 | billCount 64 | transferCount 64 | capacityUwh 64
///   Account  0 64 | acknowledgedUwh 64 | transferredUwh 64 | purchasedUwh 64
/// No field runs over into the next: the caller keeps energies within their bounds first, and
/// nobody lives to count to 2^48.
library LedgerWords {
    uint256 private constant STORAGE_COUNT = 160;
    uint256 private constant PURCHASE_COUNT = 208;

    function availableUwh(uint256 stock) internal pure returns (uint64) {
        return uint64(stock);
    }

    function rate(uint256 stock) internal pure returns (uint96) {
        return uint96(stock >> 64);
    }

    /// @notice The stock after a storage: counts stay but for its own.
    function stored(uint256 stock, uint64 available, uint96 rate_) internal pure returns (uint256) {
        unchecked {
            uint256 counts = (stock >> STORAGE_COUNT) + 1;
            return counts << STORAGE_COUNT | uint256(rate_) << 64 | available;
        }
    }

    /// @notice The stock after a purchase of at most what is available.
    function sold(uint256 stock, uint64 quantityUwh) internal pure returns (uint256) {
        unchecked {
            return stock - quantityUwh + (1 << PURCHASE_COUNT);
        }
    }

    function withCapacity(uint256 totals, uint64 capacityUwh) internal pure returns (uint256) {
        return totals >> 64 << 64 | capacityUwh;
    }

    function withTransfer(uint256 totals) internal pure returns (uint256) {
        unchecked {
            return totals + (1 << 64);
        }
    }

    function withBill(uint256 totals) internal pure returns (uint256) {
        unchecked {
            return totals + (1 << 128);
        }
    }

    function purchasedUwh(uint256 account) internal pure returns (uint64) {
        return uint64(account);
    }

    function acknowledgedUwh(uint256 account) internal pure returns (uint64) {
        return uint64(account >> 128);
    }

    /// @notice Purchased and not transferred.
    function toTransferUwh(uint256 account) internal pure returns (uint64) {
        unchecked {
            return uint64(account) - uint64(account >> 64);
        }
    }

    /// @notice Transferred and not acknowledged.
    function toAcknowledgeUwh(uint256 account) internal pure returns (uint64) {
        unchecked {
            return uint64(account >> 64) - uint64(account >> 128);
        }
    }

    /// @notice What more can be purchased before the account is full.
    function roomUwh(uint256 account) internal pure returns (uint64) {
        unchecked {
            return type(uint64).max - uint64(account);
        }
    }

    function purchased(uint256 account, uint64 quantityUwh) internal pure returns (uint256) {
        unchecked {
            return account + quantityUwh;
        }
    }

    function transferred(uint256 account, uint64 amountUwh) internal pure returns (uint256) {
        unchecked {
            return account + (uint256(amountUwh) << 64);
        }
    }

    function acknowledged(uint256 account, uint64 amountUwh) internal pure returns (uint256) {
        unchecked {
            return account + (uint256(amountUwh) << 128);
        }
    }

    function asGrid(uint256 stock, uint256 totals) internal pure returns (IGridLedger.Grid memory) {
        return IGridLedger.Grid({
            availableUwh: uint64(stock),
            rate: uint96(stock >> 64),
            storageCount: uint48(stock >> STORAGE_COUNT),
            purchaseCount: uint48(stock >> PURCHASE_COUNT),
            capacityUwh: uint64(totals),
            transferCount: uint64(totals >> 64),
            billCount: uint64(totals >> 128)
        });
    }

    function asAccount(uint256 account) internal pure returns (IGridLedger.Account memory) {
        return IGridLedger.Account({
            purchasedUwh: uint64(account),
            transferredUwh: uint64(account >> 64),
            acknowledgedUwh: uint64(account >> 128)
        });
    }
}
