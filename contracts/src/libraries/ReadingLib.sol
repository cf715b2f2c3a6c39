// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IEnergyMarket} from "../interfaces/IEnergyMarket.sol";

/// @title The signed reading: its EIP-712 structure, its signer, its rank
library ReadingLib {
    bytes32 private constant TYPE_HASH = keccak256(
        "Reading(bytes32 trade,address meter,uint64 from,uint64 to,uint32 sequence,uint8 state)"
    );
    uint256 private constant COMPACT_SIGNATURE = 64;

    /// @notice EIP-712 hashStruct.
    function structHash(IEnergyMarket.Reading calldata reading) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPE_HASH, reading));
    }

    /// @notice Reverts unless the reading's meter made this EIP-2098 signature (64 bytes, low s).
    function requireSigned(
        IEnergyMarket.Reading calldata reading,
        bytes32 digest,
        bytes calldata signature
    ) internal pure {
        if (signature.length != COMPACT_SIGNATURE) {
            revert IEnergyMarket.SignatureLength(signature.length);
        }
        // slither-disable-next-line unused-return -- the third says only what was wrong with s
        (address recovered, ECDSA.RecoverError fault,) =
            ECDSA.tryRecover(digest, bytes32(signature[:32]), bytes32(signature[32:]));
        if (fault != ECDSA.RecoverError.NoError || recovered != reading.meter) {
            revert IEnergyMarket.SignatureInvalid(reading.meter, recovered);
        }
    }

    /// @notice Reverts unless the reading is of this trade and meter and its values make sense.
    function requireSound(IEnergyMarket.Reading calldata reading, bytes32 trade, address meter)
        internal
        pure
    {
        if (reading.trade != trade) {
            revert IEnergyMarket.ReadingOfOtherTrade(trade, reading.trade);
        }
        if (reading.meter != meter) {
            revert IEnergyMarket.ReadingOfOtherMeter(meter, reading.meter);
        }
        if (reading.state > 1) revert IEnergyMarket.ReadingStateUnknown(reading.state);
        if (reading.to < reading.from) {
            revert IEnergyMarket.ReadingBackwards(reading.from, reading.to);
        }
    }

    /// @notice The side of a trade that this reading shows, cut to the amount agreed.
    function toSide(IEnergyMarket.Reading calldata reading, uint64 amountUwh)
        internal
        pure
        returns (IEnergyMarket.Side memory side)
    {
        uint64 energyUwh = reading.to - reading.from;
        if (energyUwh > amountUwh) energyUwh = amountUwh;
        side.from = reading.from;
        side.to = reading.from + energyUwh;
        side.sequence = reading.sequence;
        side.stage = reading.state == 1 ? IEnergyMarket.Stage.Final : IEnergyMarket.Stage.Delivering;
    }
}
