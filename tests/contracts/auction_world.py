"""An auction on the bare machine: households with money in it, their orders, whole rounds."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts import auction_reference as reference
from tests.contracts.abi import Contract, decode_event
from tests.contracts.auction_reference import Order, Tariff
from tests.contracts.evm import CHAIN_ID, Evm, Outcome
from tests.contracts.world import (
    DOMAIN,
    DOMAIN_TYPE,
    FEEDER,
    IMPORT,
    OPERATOR,
    RATED_POWER_W,
    Household,
)

SLOT, COMMIT, REVEAL = 60, 10, 20  # blocks
TARIFF = Tariff(3 * 10**17, 8 * 10**16)
DEPOSIT, FEE, PURSE, FUNDS = 10**14, 10**12, 10**17, 10**17
UTILITY, CLEARER, STRANGER = b"\x0d" * 20, b"\xc1" * 20, b"\x57" * 20
KWH = 10**9
ALL = 10**6  # payouts: as many as there are
CLAIM = "Claim(address meter,uint8 direction,uint64 from,uint64 to,bytes32 purpose)"
CLAIM_TYPES = ["bytes32", "address", "uint8", "uint64", "uint64", "bytes32"]


@dataclass(frozen=True)
class Placement:
    meter: bytes
    direction: int
    from_: int
    to: int
    price: int
    salt: int
    r: bytes
    vs: bytes

    @property
    def words(self) -> tuple[Any, ...]:
        return tuple(self.__dict__.values())

    @property
    def order(self) -> Order:
        return Order(self.meter, self.price, bool(self.direction), self.to - self.from_)


class AuctionWorld:
    """Token, registry, gate and auction; the utility has funds in it."""

    def __init__(self, *, commits: bool = True, funds: int = FUNDS, fee: int = FEE,
                 tariff: Tariff = TARIFF, token: str = "EnergyToken",
                 kind: str = "EnergyAuction") -> None:  # fmt: skip
        self.evm, self.commits, self.kind = Evm(), commits, kind
        self.token = Contract(self.evm, token, *([OPERATOR] if token == "EnergyToken" else []))
        self.registry = Contract(self.evm, "MeterRegistry", OPERATOR, 60_000)
        self.gate = Contract(self.evm, "RegistryGate", self.registry.address, FEEDER)
        windows = (COMMIT, REVEAL, DEPOSIT) if commits else (0, REVEAL, 0)
        self.auction = self.new_auction((SLOT, *windows, fee, *tariff))
        self.registry.call(OPERATOR, "setClaimer", self.auction.address, True)
        self.registers: defaultdict[tuple[bytes, int], int] = defaultdict(int)
        self.salts = 0
        if funds:
            self.rich(UTILITY, funds)
            self.auction.call(UTILITY, "fund", funds)

    def new_auction(self, settings: tuple[int, ...]) -> Contract:
        facts = (self.token.address, self.registry.address, self.gate.address)
        return Contract(self.evm, self.kind, *facts, UTILITY, settings)

    def rich(self, account: bytes, amount: int) -> None:
        """Gives an account tokens, which the auction may take."""
        if "mint" in self.token.functions:
            self.token.call(OPERATOR, "mint", account, amount)
        else:
            self.evm.fund(account, amount)
            self.token.call(account, "buyTokens", value=amount)
        self.token.call(account, "approve", self.auction.address, 2**256 - 1)

    def household(self, name: str, *, purse: int = PURSE, feeder: int = FEEDER) -> Household:
        home = Household(name)
        facts = (home.meter, home.account, feeder, RATED_POWER_W, 0)
        self.registry.call(OPERATOR, "enroll", *facts)
        if purse:
            self.rich(home.account, purse)
            self.auction.call(home.account, "deposit", home.meter, purse)
        return home

    # --- time

    @property
    def slot(self) -> int:
        """The slot that ended last."""
        return self.evm.block // SLOT - 1

    def to_commit(self) -> int:
        """To the first block after the running slot, whose number it returns."""
        self.evm.mine(SLOT - self.evm.block % SLOT)
        return self.slot

    def to_place(self) -> None:
        """To the first block for placing orders of the slot that ended last."""
        self.to_offset(COMMIT if self.commits else 0)

    def to_clear(self) -> None:
        self.to_offset(COMMIT + REVEAL if self.commits else REVEAL)

    def to_offset(self, offset: int) -> None:
        self.evm.mine(max(0, offset - self.evm.block % SLOT))

    # --- orders

    def sell(self, home: Household, energy_uwh: int, price: int) -> Placement:
        return self.placement(home, 1, energy_uwh, price)

    def buy(self, home: Household, energy_uwh: int, price: int) -> Placement:
        return self.placement(home, IMPORT, energy_uwh, price)

    def placement(self, home: Household, direction: int, energy_uwh: int, price: int,
                  *, slot: int | None = None) -> Placement:  # fmt: skip
        """The next interval of the meter's register, signed."""
        start = self.registers[home.meter, direction]
        self.registers[home.meter, direction] = end = start + energy_uwh
        self.salts += 1
        salt = self.salts if self.commits else 0
        slot = self.slot if slot is None else slot
        return self.signed(home, (home.meter, direction, start, end), price, salt, slot)

    def signed(self, home: Household, interval: tuple[bytes, int, int, int], price: int, salt: int,
               slot: int, consumer: bytes | None = None) -> Placement:  # fmt: skip
        """An order with a meter's claim of this interval, slot and price."""
        consumer = consumer or self.auction.address
        purpose = reference.claim_purpose(consumer, slot, price)
        names = (keccak(text="Evlock"), keccak(text="1"))
        domain = keccak(encode(DOMAIN, (DOMAIN_TYPE, *names, CHAIN_ID, self.registry.address)))
        struct = keccak(encode(CLAIM_TYPES, (keccak(text=CLAIM), *interval, purpose)))
        digest = keccak(b"\x19\x01" + domain + struct)
        whole = home.key.sign_recoverable(digest, hasher=None)
        vs = bytes([whole[32] | whole[64] << 7]) + whole[33:64]
        return Placement(*interval, price, salt, whole[:32], vs)

    def commitment(self, placement: Placement, slot: int | None = None) -> bytes:
        slot = self.slot if slot is None else slot
        words = placement.words[:6]
        return reference.commitment(CHAIN_ID, self.auction.address, slot, *words)

    def commit(self, home: Household, placement: Placement, slot: int | None = None) -> Outcome:
        slot = self.slot if slot is None else slot
        words = (slot, home.meter, self.commitment(placement, slot))
        return self.auction.call(home.account, "commit", *words)

    def place(self, placements: list[Placement], slot: int | None = None) -> Outcome:
        slot = self.slot if slot is None else slot
        return self.auction.call(STRANGER, "place", slot, [p.words for p in placements])

    def enter(self, bids: list[tuple[Household, int, int, int]]) -> list[Order]:
        """A slot's orders (home, direction, energy, price), committed and placed, to be cleared."""
        self.to_commit()
        placements = [self.placement(*bid) for bid in bids]
        if self.commits:
            for bid, placement in zip(bids, placements, strict=True):
                self.commit(bid[0], placement)
        self.to_place()
        self.place(placements)
        self.to_clear()
        return [placement.order for placement in placements]

    # --- clearing

    def clear(self, orders: list[Order], pay_now: int = ALL, *, slot: int | None = None,
              ranks: bytes | None = None, by: bytes = CLEARER) -> Outcome:  # fmt: skip
        ranks = reference.ranks(orders) if ranks is None else ranks
        slot = self.slot if slot is None else slot
        return self.auction.call(by, "clear", slot, reference.pack(orders), ranks, pay_now)

    def pay(self, payouts: bytes, rest: bytes = b"", slot: int | None = None) -> Outcome:
        """Pays packed payouts; `rest` are those after them."""
        words = (self.slot if slot is None else slot, payouts, reference.link(rest))
        return self.auction.call(STRANGER, "pay", *words)

    # --- what there is

    def tokens(self, account: bytes) -> int:
        return int(self.token.view("balanceOf", account))

    def held(self) -> int:
        return self.tokens(self.auction.address)

    def purse(self, home: Household) -> int:
        return int(self.auction.view("purseOf", home.meter))

    def funds(self) -> int:
        return int(self.auction.view("utility")[0])

    def owed(self, home: Household) -> int:
        return int(self.auction.view("owedTo", home.meter))

    def stage(self, slot: int | None = None) -> int:
        return int(self.auction.view("roundOf", self.slot if slot is None else slot)[3])


def events(outcome: Outcome, name: str) -> list[dict[str, Any]]:
    """The arguments of all events of this name."""
    return [values for n, values in map(decode_event, outcome.logs) if n == name]
