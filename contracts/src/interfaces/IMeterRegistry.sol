// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The grid operator's list of meters
/// @notice A meter's id is the address of its key. Registers count microwatt-hours and only grow;
/// every microwatt-hour of them is claimed once.
interface IMeterRegistry {
    /// @notice One storage slot a meter.
    /// @param feeder Low-voltage grid on which the meter hangs; 0 once retired.
    /// @param ratedPowerW Most power that it can carry, watts; 0 if never enrolled.
    /// @param credit Standing as a trader, 0 to 65535.
    /// @param claimedImport Import register up to which energy is claimed, µWh.
    /// @param claimedExport Export register up to which energy is claimed, µWh.
    /// @param blockImport Block up to which the rated power is used up by import claims.
    /// @param blockExport Block up to which the rated power is used up by export claims.
    struct Meter {
        uint24 feeder;
        uint24 ratedPowerW;
        uint16 credit;
        uint64 claimedImport;
        uint64 claimedExport;
        uint32 blockImport;
        uint32 blockExport;
    }

    /// @notice What a market asks about a meter. The feeder is 0 if it is not enrolled.
    struct Trader {
        address account;
        uint24 feeder;
        uint16 credit;
    }

    event Enrolled(
        address indexed meter,
        address indexed account,
        uint24 indexed feeder,
        uint24 ratedPowerW,
        uint16 credit
    );
    event Retired(address indexed meter);
    event ClaimerSet(address indexed claimer, bool allowed);
    event Claimed(address indexed meter, uint8 indexed direction, uint64 from, uint64 to);
    event CreditChanged(address indexed meter, uint16 credit);
    /// @notice A trade's two claims and credits in one. An interval that claims nothing is empty.
    event TradeClaimed(
        address indexed seller,
        address indexed buyer,
        uint64 exportFrom,
        uint64 exportTo,
        uint64 importFrom,
        uint64 importTo,
        uint16 sellerCredit,
        uint16 buyerCredit
    );

    /// @notice A meter or an account of zero was given.
    error ZeroAddress();
    /// @notice A feeder of 0, a rated power of 0 or a block length of 0 was given.
    error ZeroValue();
    /// @notice This meter is, or was, in the list; a retired meter never comes back.
    error MeterKnown(address meter);
    /// @notice No meter of this id is (or, where claims are concerned, ever was) enrolled.
    error MeterNotEnrolled(address meter);
    /// @notice Only contracts named by the operator may claim and move credit.
    error NotClaimer(address caller);
    /// @notice Direction must be 0 (import) or 1 (export).
    error DirectionUnknown(uint8 direction);
    /// @notice An interval ends before it begins.
    error IntervalBackwards(address meter, uint64 from, uint64 to);
    /// @notice The interval begins below what is claimed already.
    error IntervalClaimed(address meter, uint8 direction, uint64 from, uint64 claimedUpTo);
    /// @notice More energy than the rated power gives in the blocks not yet used up.
    error ClaimTooLarge(address meter, uint8 direction, uint64 energyUwh, uint64 allowedUwh);

    /// @notice Adds a meter for good: its account never changes.
    /// @param meter Address of the meter's key.
    /// @param account Who trades for it and receives its money.
    /// @param feeder Low-voltage grid, not 0.
    /// @param ratedPowerW Not 0, watts.
    /// @param credit Standing to begin with.
    function enroll(
        address meter,
        address account,
        uint24 feeder,
        uint24 ratedPowerW,
        uint16 credit
    ) external;

    /// @notice Ends a meter's trading. Trades already open still settle.
    function retire(address meter) external;

    /// @notice Names, or unnames, a contract that may claim energy and move credit.
    function setClaimer(address claimer, bool allowed) external;

    /// @notice Claims the register interval [from, to) or reverts.
    function claim(address meter, uint8 direction, uint64 from, uint64 to) external;

    /// @notice Claims as much of [from, to) as is neither claimed already nor too much; never more,
    /// and never reverts for a known meter and a sound interval.
    /// @return energyUwh What was claimed, may be 0.
    function claimAtMost(address meter, uint8 direction, uint64 from, uint64 to)
        external
        returns (uint64 energyUwh);

    /// @notice Adds to a meter's credit, which stays within 0 and 65535.
    function changeCredit(address meter, int16 change) external;

    /// @notice Both claims and both credits of a trade: the seller's export as `claim`, the buyer's
    /// import as `claimAtMost`, `change` added to both credits. An empty interval claims nothing.
    function claimTrade(
        address seller,
        uint64 exportFrom,
        uint64 exportTo,
        address buyer,
        uint64 importFrom,
        uint64 importTo,
        int16 change
    ) external;

    /// @notice Everything kept in the meter's slot; zeros if unknown.
    function meterOf(address meter) external view returns (Meter memory);

    /// @notice The meter's account; zero if unknown. Kept after retirement.
    function accountOf(address meter) external view returns (address);

    /// @notice Who trades for a meter, where, and how well; zeros if unknown.
    function traderOf(address meter) external view returns (Trader memory);

    /// @notice What a purchase needs to know of both meters; zeros if unknown. A feeder is 0 if its
    /// meter is not enrolled.
    function pairOf(address seller, address buyer)
        external
        view
        returns (
            uint24 sellerFeeder,
            uint24 buyerFeeder,
            uint16 buyerCredit,
            address buyerAccount
        );

    /// @notice The meter's credit; 0 if unknown.
    function creditOf(address meter) external view returns (uint16);

    /// @notice Register value up to which a direction is claimed, µWh; 0 if unknown.
    function claimedUpTo(address meter, uint8 direction) external view returns (uint64);

    /// @notice Whether a contract may claim and move credit.
    function isClaimer(address claimer) external view returns (bool);

    /// @notice Nominal length of a block, milliseconds.
    function blockMilliseconds() external view returns (uint32);
}
