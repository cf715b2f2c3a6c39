// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title The signed claim: a meter's word on an interval of its register, and what it is for
/// @notice Claim(address meter,uint8 direction,uint64 from,uint64 to,bytes32 purpose), EIP-712, in
/// the registry's domain ("Evlock", "1", chain id, registry). A contract that uses a claim (its
/// consumer) puts the purpose together itself, verifies the signature, then calls registry.claim.
library ClaimLib {
    bytes32 private constant TYPE_HASH =
        keccak256("Claim(address meter,uint8 direction,uint64 from,uint64 to,bytes32 purpose)");
    bytes32 private constant DOMAIN_TYPE_HASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant NAME_HASH = keccak256("Evlock");
    bytes32 private constant VERSION_HASH = keccak256("1");

    /// @notice The interval and what it is for.
    struct Claim {
        address meter;
        uint8 direction;
        uint64 from;
        uint64 to;
        bytes32 purpose;
    }

    /// @notice The signature is not the meter's over this claim, purpose, chain and registry.
    error ClaimSignatureInvalid(address meter, address recovered);

    /// @notice What a claim is for, so that no other contract, slot or price can use it.
    /// @param consumer Contract that uses the claim.
    /// @param number The reference: slot of an auction, running number of a reward.
    /// @param price Limit price of an order, lowest reward accepted; base units per kWh, may be 0.
    function purpose(address consumer, uint64 number, uint96 price)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(consumer, number, price));
    }

    /// @notice EIP-712 domain of all claims. Never kept: the chain's id may change in a split.
    function domainSeparator(address registry) internal view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPE_HASH, NAME_HASH, VERSION_HASH, block.chainid, registry)
        );
    }

    /// @notice Reverts unless the claim's meter made this EIP-2098 signature (low s).
    /// @param domain domainSeparator(registry), which a caller of many computes once.
    function requireSigned(Claim memory claim, bytes32 domain, bytes32 r, bytes32 vs)
        internal
        pure
    {
        bytes32 structHash = keccak256(abi.encode(TYPE_HASH, claim));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, structHash));
        // slither-disable-next-line unused-return -- the third says only what was wrong with s
        (address recovered, ECDSA.RecoverError fault,) = ECDSA.tryRecover(digest, r, vs);
        if (fault != ECDSA.RecoverError.NoError || recovered != claim.meter) {
            revert ClaimSignatureInvalid(claim.meter, recovered);
        }
    }
}
