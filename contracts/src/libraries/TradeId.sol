// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";

/// @title The id of a trade
library TradeId {
    /// @notice keccak256(abi.encode(chain id, this contract, terms)).
    function hash(IEnergyMarket.Terms memory terms) internal view returns (bytes32 id) {
        // Terms in memory are five clean words, as abi.encode gives them; they are copied behind
        // the other two into free memory, hashed and left behind.
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, chainid())
            mstore(add(words, 0x20), address())
            mcopy(add(words, 0x40), terms, 0xa0)
            id := keccak256(words, 0xe0)
        }
    }
}
