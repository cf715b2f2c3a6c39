"""A grid operator's counter on the bare machine: token, registry, GridOperator and SmartMeter."""

from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.abi import Contract
from tests.contracts.evm import CHAIN_ID, Evm, Outcome
from tests.contracts.world import (
    BLOCK_MS,
    CREDIT,
    DOMAIN,
    DOMAIN_TYPE,
    EXPORT,
    FEEDER,
    OPERATOR,
    RATED_POWER_W,
    STRANGER,
    Household,
)

PRICE, REWARD = 3 * 10**17, 10**17 + 7  # base units per kWh
RESERVE, MONEY = 10**19, 10**18
MARKET = b"\x3a" * 20  # whoever else claims energy
ORGANISATION = b"\x5a" * 20  # offers smart meters
CLAIM_TYPE = keccak(
    text="Claim(address meter,uint8 direction,uint64 from,uint64 to,bytes32 purpose)"
)
CLAIM = ["bytes32", "address", "uint8", "uint64", "uint64", "bytes32"]


@dataclass(frozen=True)
class Claim:
    """What a meter signs: an interval, and for whom."""

    meter: bytes
    from_: int
    to: int
    consumer: bytes
    number: int = 1
    price: int = 0
    direction: int = EXPORT

    @property
    def purpose(self) -> bytes:
        words = (self.consumer, self.number, self.price)
        return keccak(encode(["address", "uint64", "uint96"], words))

    def digest(self, registry: bytes, chain_id: int = CHAIN_ID) -> bytes:
        names = (keccak(text="Evlock"), keccak(text="1"))
        domain = keccak(encode(DOMAIN, (DOMAIN_TYPE, *names, chain_id, registry)))
        words = (CLAIM_TYPE, self.meter, self.direction, self.from_, self.to, self.purpose)
        return keccak(b"\x19\x01" + domain + keccak(encode(CLAIM, words)))


def signature(home: Household, digest: bytes) -> tuple[bytes, bytes]:
    """EIP-2098: r, then s with the parity in its highest bit."""
    whole = home.key.sign_recoverable(digest, hasher=None)
    return whole[:32], bytes([whole[32] | whole[64] << 7]) + whole[33:64]


@dataclass
class OperatorWorld:
    """A counter with prices and a reserve, a smart meter that it trusts, time to produce."""

    evm: Evm = field(default_factory=Evm)

    def __post_init__(self) -> None:
        self.token = self.new_token()
        self.registry = Contract(self.evm, "MeterRegistry", OPERATOR, BLOCK_MS)
        facts = (self.token.address, self.registry.address)
        self.counter = Contract(self.evm, "GridOperator", OPERATOR, *facts)
        self.smart_meter = self.new_smart_meter()
        self.own("setPrice", PRICE)
        self.own("setReward", REWARD)
        self.own("trust", self.smart_meter.address)
        self.registry.call(OPERATOR, "setClaimer", MARKET, True)
        self.enrich(self.counter.address, RESERVE)
        self.evm.mine(1000)

    def new_token(self) -> Contract:
        return Contract(self.evm, "EnergyToken", OPERATOR)

    def new_smart_meter(self) -> Contract:
        """One that may claim, and is not trusted yet."""
        facts = (ORGANISATION, self.registry.address, self.counter.address)
        made = Contract(self.evm, "SmartMeter", *facts)
        self.registry.call(OPERATOR, "setClaimer", made.address, True)
        return made

    def own(self, function: str, *words: Any) -> Outcome:
        """A call by the operator."""
        return self.counter.call(OPERATOR, function, *words)

    def enrich(self, account: bytes, amount: int) -> None:
        self.evm.fund(account, amount)
        self.token.call(account, "buyTokens", value=amount)

    def household(self, name: str, account: bytes | None = None) -> Household:
        """An enrolled meter; its blocks of rated power begin now."""
        home = Household(name)
        facts = (home.meter, account or home.account, FEEDER, RATED_POWER_W, CREDIT)
        self.registry.call(OPERATOR, "enroll", *facts)
        return home

    def customer(self, name: str) -> Household:
        """A household with money that the counter may take."""
        home = Household(name)
        self.enrich(home.account, MONEY)
        self.token.call(home.account, "approve", self.counter.address, 2**256 - 1)
        return home

    def claim(self, home: Household, from_: int, to: int, **rest: int) -> Claim:
        return Claim(home.meter, from_, to, self.counter.address, **rest)

    def words(self, claim: Claim, signer: Household) -> tuple[Any, ...]:
        """What reportProduction takes."""
        signed = signature(signer, claim.digest(self.registry.address))
        return (claim.meter, claim.from_, claim.to, claim.number, claim.price, *signed)

    def report(
        self, claim: Claim, signer: Household, smart_meter: Contract | None = None
    ) -> Outcome:
        """Brought by a stranger."""
        words = self.words(claim, signer)
        return (smart_meter or self.smart_meter).call(STRANGER, "reportProduction", *words)

    def tokens(self, account: bytes) -> int:
        return int(self.token.view("balanceOf", account))

    def claimed(self, home: Household) -> int:
        return int(self.registry.view("claimedUpTo", home.meter, EXPORT))
