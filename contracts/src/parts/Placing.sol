// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBidderGate} from "../interfaces/IBidderGate.sol";
import {IEnergyAuction} from "../interfaces/IEnergyAuction.sol";
import {Calldata} from "../libraries/Calldata.sol";
import {ClaimLib} from "../libraries/ClaimLib.sol";
import {Clearing} from "../libraries/Clearing.sol";
import {Direction} from "../libraries/Direction.sol";
import {Packed} from "../libraries/Packed.sol";
import {AuctionPurses} from "./AuctionPurses.sol";

/// @title The part of the auction that takes commitments and orders
abstract contract Placing is AuctionPurses {
    /// @notice Most orders of a slot: they must fit into one clearing, by gas and by bytes.
    uint256 public constant MAX_ORDERS = 2000;

    /// @inheritdoc IEnergyAuction
    IBidderGate public immutable gate;
    /// @inheritdoc IEnergyAuction
    uint88 public immutable orderFee;
    mapping(uint64 slot => Round) internal rounds;

    /// @dev What is the same for all orders of one call.
    struct Batch {
        uint64 slot;
        uint88 gridBuyPrice;
        bytes32 domain;
    }

    constructor(IBidderGate gate_, uint88 orderFee_) {
        if (address(gate_) == address(0)) revert ZeroAddress();
        (gate, orderFee) = (gate_, orderFee_);
    }

    /// @inheritdoc IEnergyAuction
    function commit(uint64 slot, address meter, bytes18 commitment) external {
        Calldata.requireWords(3);
        if (commitBlocks == 0) revert NoCommitments();
        _requireWindow(slot, _end(slot), _placeFrom(slot));
        if (commitment == 0) revert ZeroCommitment();
        _requireAccount(meter);
        Purse memory purse = _touched(meter);
        if (_isOf(purse.mark, slot)) revert OrderGiven(meter, slot);
        if (purse.balance < orderDeposit) {
            revert PurseTooSmall(meter, purse.balance, orderDeposit);
        }
        purses[meter] = Purse(purse.balance, _mark(slot), commitment);
        emit Committed(slot, meter);
    }

    /// @inheritdoc IEnergyAuction
    // slither-disable-next-line reentrancy-no-eth -- guarded; and the registry calls nobody
    function place(uint64 slot, Placement[] calldata placements) external nonReentrant {
        Calldata.requireWords(3 + 8 * placements.length);
        if (placements.length == 0) revert NothingPlaced();
        _requireWindow(slot, _placeFrom(slot), _clearFrom(slot));
        Round memory round = rounds[slot];
        if (uint256(round.sells) + round.buys + placements.length > MAX_ORDERS) {
            revert RoundFull(slot);
        }
        (uint88 gridBuyPrice,) = tariffOf(slot);
        bytes32 domain = ClaimLib.domainSeparator(address(registry));
        Batch memory batch = Batch(slot, gridBuyPrice, domain);
        for (uint256 i = 0; i < placements.length; ++i) {
            _place(batch, round, placements[i]);
        }
        rounds[slot] = round;
    }

    /// @inheritdoc IEnergyAuction
    function commitmentOf(
        uint64 slot,
        address meter,
        uint8 direction,
        uint64 from,
        uint64 to,
        uint96 price,
        uint128 salt
    ) external view returns (bytes18) {
        return _commitment(slot, meter, direction, from, to, price, salt);
    }

    /// @inheritdoc IEnergyAuction
    function roundOf(uint64 slot) external view returns (Round memory) {
        return rounds[slot];
    }

    function _place(Batch memory batch, Round memory round, Placement memory p) private {
        if (p.to <= p.from) revert NoEnergy(p.meter, p.from, p.to);
        // slither-disable-next-line calls-loop -- as many as the caller brings, and pays for
        if (!gate.mayBid(p.meter)) revert BidderRefused(p.meter);
        _requireSigned(batch, p);
        uint64 energyUwh = p.to - p.from;
        _charge(batch, p, energyUwh);
        round.link = Packed.afterOrder(round.link, p.meter, p.price, p.direction, energyUwh);
        if (p.direction == Direction.EXPORT) ++round.sells;
        else ++round.buys;
        emit Placed(batch.slot, p.meter, p.direction, energyUwh, p.price);
        // slither-disable-next-line calls-loop -- as many as the caller brings, and pays for
        registry.claim(p.meter, p.direction, p.from, p.to);
    }

    /// @dev Takes fee and maximum from the purse, and the commitment off it.
    function _charge(Batch memory batch, Placement memory p, uint64 energyUwh) private {
        Purse memory purse = purses[p.meter];
        _requireGiven(batch, purse, p);
        (purse.mark, purse.commitment) = (_mark(batch.slot), 0);
        uint256 amount = orderFee;
        if (p.direction == Direction.IMPORT) {
            amount += Clearing.maximumRoundedDown(energyUwh, p.price, batch.gridBuyPrice);
        }
        _take(p.meter, purse, amount);
        purses[p.meter] = purse;
    }

    /// @dev Reverts unless the meter committed to this order, or, in an auction without
    /// commitments, has given none of this slot.
    function _requireGiven(Batch memory batch, Purse memory purse, Placement memory p)
        private
        view
    {
        bool given = _isOf(purse.mark, batch.slot);
        bool stands = purse.commitment != 0;
        if (given && !stands) revert OrderGiven(p.meter, batch.slot);
        if (commitBlocks == 0) {
            if (p.salt != 0) revert SaltWithoutCommitment(p.meter);
            return;
        }
        bytes18 commitment = _commitment(
            batch.slot, p.meter, p.direction, p.from, p.to, p.price, p.salt
        );
        if (!given || purse.commitment != commitment) revert NotCommitted(p.meter, batch.slot);
    }

    function _requireSigned(Batch memory batch, Placement memory p) private view {
        bytes32 purpose = ClaimLib.purpose(address(this), batch.slot, p.price);
        ClaimLib.Claim memory claim =
            ClaimLib.Claim(p.meter, p.direction, p.from, p.to, purpose);
        ClaimLib.requireSigned(claim, batch.domain, p.r, p.vs);
    }

    function _commitment(
        uint64 slot,
        address meter,
        uint8 direction,
        uint64 from,
        uint64 to,
        uint96 price,
        uint128 salt
    ) private view returns (bytes18) {
        return bytes18(
            keccak256(
                abi.encode(
                    block.chainid,
                    address(this),
                    slot,
                    meter,
                    direction,
                    from,
                    to,
                    price,
                    salt
                )
            )
        );
    }
}
