// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";

/// @title One meter's side of a trade: which of two readings counts
library SideLib {
    /// @notice FINAL above delivering above nothing; within a stage the higher sequence.
    function rank(IEnergyMarket.Side memory side) internal pure returns (uint256) {
        return uint256(side.stage) << 32 | side.sequence;
    }

    /// @notice Energy shown, µWh.
    function energyUwh(IEnergyMarket.Side memory side) internal pure returns (uint64) {
        return side.to - side.from;
    }

    /// @notice Reverts unless `next` can stand in the place of `known`: not outranked, same start,
    /// no energy taken back. A register never does either, so a meter that signs both is not honest.
    function requireFollows(
        IEnergyMarket.Side memory next,
        IEnergyMarket.Side memory known,
        address meter
    ) internal pure {
        if (rank(next) < rank(known)) revertOutranked(next, known, meter);
        if (known.stage == IEnergyMarket.Stage.None) return;
        if (next.from != known.from || next.to < known.to) {
            revert IEnergyMarket.ReadingContradicts(meter, known.from, known.to);
        }
    }

    /// @notice Register value from which `next` shows energy that `known` did not.
    function newFrom(IEnergyMarket.Side memory next, IEnergyMarket.Side memory known)
        internal
        pure
        returns (uint64)
    {
        return known.stage == IEnergyMarket.Stage.None ? next.from : known.to;
    }

    function revertOutranked(
        IEnergyMarket.Side memory next,
        IEnergyMarket.Side memory known,
        address meter
    ) internal pure {
        revert IEnergyMarket.ReadingOutranked(meter, next.sequence, known.stage, known.sequence);
    }
}
