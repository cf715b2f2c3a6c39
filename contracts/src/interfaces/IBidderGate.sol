// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who may bid in an auction
/// @notice Asked once an order. Another gate (ring membership, say) needs no other auction.
interface IBidderGate {
    /// @notice Whether orders of this meter's energy are taken.
    function mayBid(address meter) external view returns (bool);
}
