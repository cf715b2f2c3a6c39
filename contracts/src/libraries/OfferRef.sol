// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Names of offers: id = meter << 32 | number, ref = id << 32 | version
library OfferRef {
    function idOf(address meter, uint32 number) internal pure returns (uint256 offerId) {
        return uint256(uint160(meter)) << 32 | number;
    }

    /// @notice The meter of an offer. An id of more than 192 bits names no offer at all.
    function meterOf(uint256 offerId) internal pure returns (address) {
        return address(uint160(offerId >> 32));
    }

    function split(uint256 ref) internal pure returns (uint256 offerId, uint32 version) {
        return (ref >> 32, uint32(ref));
    }
}
