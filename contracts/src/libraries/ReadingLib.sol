// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";

/// @title The signed reading: its EIP-712 structure, its signer, the side of a trade that it shows
library ReadingLib {
    bytes32 private constant TYPE_HASH = keccak256(
        "Reading(bytes32 trade,address meter,uint64 from,uint64 to,uint32 sequence,uint8 state)"
    );

    /// @notice EIP-712 hashStruct. Widened values, so that no bits beyond their types come along.
    function structHash(
        bytes32 trade,
        uint256 meter,
        uint256 from,
        uint256 to,
        uint256 sequence,
        uint256 state
    ) internal pure returns (bytes32 hash) {
        bytes32 typeHash = TYPE_HASH;
        // Seven words in free memory, hashed and left behind: abi.encode would keep the memory.
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typeHash)
            mstore(add(words, 0x20), trade)
            mstore(add(words, 0x40), meter)
            mstore(add(words, 0x60), from)
            mstore(add(words, 0x80), to)
            mstore(add(words, 0xa0), sequence)
            mstore(add(words, 0xc0), state)
            hash := keccak256(words, 0xe0)
        }
    }

    /// @notice Reverts unless the meter made this EIP-2098 signature (low s).
    function requireSigned(address meter, bytes32 digest, bytes32 r, bytes32 vs) internal pure {
        // slither-disable-next-line unused-return -- the third says only what was wrong with s
        (address recovered, ECDSA.RecoverError fault,) = ECDSA.tryRecover(digest, r, vs);
        if (fault != ECDSA.RecoverError.NoError || recovered != meter) {
            revert IEnergyMarket.SignatureInvalid(meter, recovered);
        }
    }

    /// @notice Where the energy shown ends, cut to the amount agreed.
    function cut(uint64 from, uint64 to, uint64 amountUwh) internal pure returns (uint64 end) {
        if (to < from) revert IEnergyMarket.ReadingBackwards(from, to);
        unchecked {
            return to - from > amountUwh ? from + amountUwh : to;
        }
    }
}
