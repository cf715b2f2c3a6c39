"""Gas of GridOperator, SmartMeter and Prosumer: rewards and energy from the network."""

from collections.abc import Iterator

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from benchmarks.gas_chain import Deployed, GasChain, Row

PRICE, REWARD, AMOUNT_UWH, MONEY = 3 * 10**17, 10**17, 10**6, 10**18
EXPORT, OWNER, PRODUCER = 1, 0, 1
CLAIM = "Claim(address meter,uint8 direction,uint64 from,uint64 to,bytes32 purpose)"
TYPES = ["address", "uint8", "uint64", "uint64", "bytes32"]


class Bench(GasChain):
    """An operator with a reserve, a smart meter that it trusts, a household's account."""

    def __init__(self) -> None:
        super().__init__()
        facts = (self.token.address, self.registry.address)
        self.counter = self.deploy("GridOperator", self.operator, *facts)
        facts = (self.registry.address, self.counter.address)
        self.smart_meter = self.deploy("SmartMeter", self.operator, *facts)
        self.owner = self.accounts[OWNER]
        self.prosumer = self.deploy("Prosumer", self.owner)
        self.number = 0

    def own(self, label: str, function: str, *words: object) -> None:
        """A call by the operator itself."""
        self.call(label, self.counter, self.operator, function, *words)

    def set_up(self) -> None:
        self.enroll(self.smart_meter)
        self.fund(self.owner, self.counter)
        for function, value in (("setPrice", PRICE), ("setReward", REWARD)) * 2:
            self.own(function, function, value)
        for function in ("trust", "untrust", "trust"):
            self.own(function, function, self.smart_meter.address)
        for to in (self.counter, self.counter, self.prosumer):
            self.give(to)

    def give(self, to: Deployed) -> None:
        words = (to.address, MONEY // 4)
        self.call("", self.token, self.owner, "transfer", *words)

    def report(self) -> None:
        """A little production, brought by somebody else."""
        self.number += 1
        start = self.number * AMOUNT_UWH
        words = (self.counter.address, self.number, 0)
        purpose = keccak(encode(["address", "uint64", "uint96"], words))
        values = (self.meters[PRODUCER], EXPORT, start, start + AMOUNT_UWH, purpose)
        signature = self.sign(PRODUCER, self.registry, CLAIM, TYPES, values)
        facts = (self.meters[PRODUCER], start, start + AMOUNT_UWH, self.number, 0, *signature)
        self.call("report production", self.smart_meter, self.operator, "reportProduction", *facts)

    def spend(self) -> None:
        self.call("buy energy", self.counter, self.owner, "buyEnergy", AMOUNT_UWH, PRICE)
        words = (self.counter.address, AMOUNT_UWH, PRICE)
        self.call("pay for energy", self.prosumer, self.owner, "payForEnergy", *words)
        self.call("buy tokens", self.prosumer, self.owner, "buyTokens", self.token.address, wei=9)
        sent = (self.token.address, self.meters[OWNER], 5)
        self.call("transfer", self.prosumer, self.owner, "transfer", *sent)
        self.own("withdraw", "withdraw", self.operator, 5)


def rows() -> Iterator[Row]:
    """Two rounds of reports and purchases."""
    bench = Bench()
    bench.set_up()
    for _ in range(2):
        bench.report()
        bench.spend()
    yield from bench.rows
