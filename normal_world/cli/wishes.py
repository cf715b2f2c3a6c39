"""What an owner wishes a policy to be, with defaults that a small household can trade with."""

from dataclasses import dataclass

UWH_PER_KWH = 10**9
HOURS = 24
# Good for a small household; a normal day of trading fits in.
MAX_FEE_WEI = 10**17
FEES_A_DAY = 5 * 10**18
MAX_TRADE_UWH, MAX_DAY_UWH = 1_000_000, 10_000_000
MAX_PRICE, MIN_PRICE = 10**18, 1
# Salts of purchases only grow: nobody shall use them all up with one purchase.
MAX_SALT = 2**40 - 1


@dataclass(frozen=True)
class Wishes:
    """What an owner decides; None: made of the rest. Base units, wei, µWh; (capacity, an hour)."""

    roles: tuple[str, ...]
    owner: bytes
    max_value_wei: int | None = None
    max_fee_wei: int = MAX_FEE_WEI
    max_price: int = MAX_PRICE  # base units per kWh
    max_salt: int = MAX_SALT  # of a purchase
    min_price: int = MIN_PRICE
    max_trade_uwh: int = MAX_TRADE_UWH
    max_day_uwh: int = MAX_DAY_UWH
    token_allowance: tuple[int, int] | None = None
    fee_allowance: tuple[int, int] | None = None
    counterparts: tuple[bytes, ...] = ()
    release: bytes | None = None
    tamper_marks: int = 0
    uses: tuple[str, ...] = ()  # beside the market: claim_rules.USES
    sell_floor: int | None = None  # in the auction, base units per kWh
    buy_ceiling: int | None = None
    reward_floor: int = 0
    grids: tuple[bytes, ...] = ()  # accounts whose storage may be purchased from

    @property
    def least_sold(self) -> int:
        """Limit price of a sell order in the auction at least: by default the market's."""
        return self.min_price if self.sell_floor is None else self.sell_floor

    @property
    def most_bought(self) -> int:
        """Limit price of a buy order in the auction at most: by default the market's."""
        return self.max_price if self.buy_ceiling is None else self.buy_ceiling

    @property
    def most_value_wei(self) -> int:
        """What one purchase of tokens may carry: by default the dearest trade."""
        if self.max_value_wei is not None:
            return self.max_value_wei
        return worth_rounded_up(self.max_trade_uwh, self.max_price)

    @property
    def tokens(self) -> tuple[int, int]:
        """What may be promised to the market: by default the dearest day."""
        if self.token_allowance is not None:
            return self.token_allowance
        return a_day(worth_rounded_up(self.max_day_uwh, self.max_price))


def worth_rounded_up(energy_uwh: int, price: int) -> int:
    """Base units for `energy_uwh` at `price` base units per kWh."""
    return -(-energy_uwh * price // UWH_PER_KWH)


def a_day(capacity: int) -> tuple[int, int]:
    """So much at once, and again within a day."""
    return capacity, -(-capacity // HOURS)
