"""What a network consists of: contracts, what their constructors take, what is set afterwards."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from normal_world.chain.bytecode import constructor_names
from normal_world.errors import ConfigError


@dataclass(frozen=True)
class Numbers:
    """Lengths in blocks; money in token base units, prices for a kWh."""

    report_blocks: int = 10
    trade_blocks: int = 3600
    block_milliseconds: int = 1000
    slot_blocks: int = 900  # 15 minutes in blocks of a second
    commit_blocks: int = 60  # 0: orders are placed without a commitment
    reveal_blocks: int = 120
    deposit: int = 10**17  # lost by who commits and does not reveal; 0 without commitments
    order_fee: int = 10**15  # to who clears
    grid_buy_price: int = 3 * 10**17  # the utility sells at
    feed_in_price: int = 8 * 10**16  # the utility buys at
    feeder: int = 1  # whose meters may bid
    price: int = 3 * 10**17  # the operator sells at
    reward: int = 8 * 10**16  # the operator rewards production with

    def __post_init__(self) -> None:
        """ConfigError before anything is sent, for what the auction's constructor would refuse."""
        if self.commit_blocks + self.reveal_blocks > self.slot_blocks:
            raise ConfigError(
                f"--commit-blocks {self.commit_blocks} and --reveal-blocks {self.reveal_blocks}: "
                f"expected to fit into --slot-blocks {self.slot_blocks}",
                "CONFIG-DEPLOYMENT",
            )
        if self.feed_in_price > self.grid_buy_price:
            raise ConfigError(
                f"--feed-in-price {self.feed_in_price}: expected at most --grid-buy-price "
                f"{self.grid_buy_price}",
                "CONFIG-DEPLOYMENT",
            )

    def values(self) -> dict[str, int]:
        """By the names that constructors give them: reportBlocks, …"""
        told = {camel(name): number for name, number in asdict(self).items()}
        return told if self.commit_blocks else told | {"deposit": 0}


NUMBERS = tuple(field.name for field in fields(Numbers))

# Name in the address book → contract. A new contract is a row here and a field of the book.
CONTRACT_OF = {
    "token": "EnergyToken",
    "registry": "MeterRegistry",
    "market": "EnergyMarket",
    "gate": "RegistryGate",
    "auction": "EnergyAuction",
    "operator": "GridOperator",
    "smart_meter": "SmartMeter",
    "ledger": "GridLedger",
}
ALL = tuple(CONTRACT_OF)


@dataclass(frozen=True)
class Setting:
    """A call after the contracts are there, made unless a view says that it is done already.

    `arguments` and `asked` are names of the book's contracts or of numbers, or True; the view
    answers `done` once the call is made, or (done None) anything but 0.
    """

    name: str
    at: str
    function: str
    arguments: tuple[str | bool, ...]
    view: str
    asked: tuple[str, ...] = ()
    done: bool | None = True

    def needs(self) -> set[str]:
        """Contracts without which there is nothing to set."""
        return {self.at} | {str(name) for name in self.arguments if name in CONTRACT_OF}


def _claimer(name: str) -> Setting:
    arguments = (name, True)
    return Setting(f"{name} claims", "registry", "setClaimer", arguments, "isClaimer", (name,))


SETTINGS = (
    _claimer("market"),
    _claimer("auction"),
    _claimer("smart_meter"),
    Setting(
        "operator trusts", "operator", "trust", ("smart_meter",), "isTrusted", ("smart_meter",)
    ),
    Setting("operator's price", "operator", "setPrice", ("price",), "price", done=None),
    Setting("operator's reward", "operator", "setReward", ("reward",), "reward", done=None),
)


def argument_values(
    names: Iterable[str | bool], numbers: Numbers, found: Mapping[str, str]
) -> list[object]:
    """What a setting's names stand for."""
    known: dict[str, object] = {**asdict(numbers), **found}
    return [name if isinstance(name, bool) else known[name] for name in names]


def needs(name: str) -> set[str]:
    """Contracts that this one's constructor is told of."""
    snakes = {camel(other): other for other in CONTRACT_OF}
    return {snakes[item] for item in constructor_names(CONTRACT_OF[name]) if item in snakes}


def values(numbers: Numbers, account: str, found: Mapping[str, str]) -> dict[str, object]:
    """What constructors may ask for, by its name there."""
    told: dict[str, object] = {"owner": account, "utility": account, **numbers.values()}
    return told | {camel(name): address for name, address in found.items()}


def camel(name: str) -> str:
    """report_blocks → reportBlocks."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
