"""Gas of every function of the contracts, as whole transactions: `python -m benchmarks.gas`.

"First" is the first call of its kind on a fresh market by fresh accounts (cold: balances, counters
and slots that become non-zero); "steady" is the same call when all of that exists. Real token,
real registry, events on, Prague rules (py-evm).
"""

from typing import Any

from coincurve import PrivateKey
from eth_account.messages import encode_typed_data
from web3 import EthereumTesterProvider, Web3
from web3.logs import DISCARD

import contracts

KWH_PRICE, AMOUNT, RATED_POWER_W = 3 * 10**17, 10**6, 10**6
FIELDS = (("trade", "bytes32"), ("meter", "address"), ("from", "uint64"), ("to", "uint64"),
          ("sequence", "uint32"), ("state", "uint8"))  # fmt: skip
DELIVERING, FINAL = 0, 1


class Bench:
    """One market, a seller and a buyer; `rows` collects what each call used."""

    def __init__(self) -> None:
        self.w3 = Web3(EthereumTesterProvider())
        self.operator, *self.accounts = list(self.w3.eth.accounts)[:3]
        self.keys = [PrivateKey(bytes(31) + bytes([n])) for n in (1, 2)]
        self.meters = [self.address(key) for key in self.keys]
        self.registers, self.sequence = [1000, 1000], 0
        self.rows: list[tuple[str, int]] = []
        self.token = self.deploy("EnergyToken", self.operator)
        self.registry = self.deploy("MeterRegistry", self.operator, 1000)
        facts = (self.token.address, self.registry.address, 2, 10)
        self.market = self.deploy("EnergyMarket", *facts)

    @staticmethod
    def address(key: PrivateKey) -> str:
        public = key.public_key.format(compressed=False)[1:]
        return Web3.to_checksum_address(Web3.keccak(public)[12:])

    def deploy(self, name: str, *arguments: Any) -> Any:
        made = contracts.load(name)
        factory = self.w3.eth.contract(abi=made["abi"], bytecode=made["bytecode"])
        sent = factory.constructor(*arguments).transact({"from": self.operator})
        receipt = self.w3.eth.get_transaction_receipt(sent)
        self.rows.append((f"deploy {name}", receipt["gasUsed"]))
        return self.w3.eth.contract(address=receipt["contractAddress"], abi=made["abi"])

    def call(
        self, label: str, contract: Any, who: str, name: str, *words: Any, wei: int = 0
    ) -> Any:
        sent = contract.functions[name](*words).transact({"from": who, "value": wei})
        receipt = self.w3.eth.get_transaction_receipt(sent)
        self.rows.append((label, receipt["gasUsed"]))
        return receipt

    def enroll(self) -> None:
        named = (self.market.address, True)
        self.call("setClaimer", self.registry, self.operator, "setClaimer", *named)
        for meter, account in zip(self.meters, self.accounts, strict=True):
            facts = (meter, account, 1, RATED_POWER_W, 10)
            self.call("enroll", self.registry, self.operator, "enroll", *facts)
        for _ in range(2):
            self.call("buyTokens", self.token, self.accounts[1], "buyTokens", wei=10**18)
        limit = (self.market.address, 2**256 - 1)
        self.call("approve", self.token, self.accounts[1], "approve", *limit)

    def offer(self, label: str = "offer") -> int:
        words = (self.meters[0], AMOUNT, KWH_PRICE, 0)
        receipt = self.call(label, self.market, self.accounts[0], "offer", *words)
        return int(
            self.market.events.Offered().process_receipt(receipt, errors=DISCARD)[0]["args"][
                "offerId"
            ]
        )

    def buy(self, label: str, offers: list[int], amount: int = AMOUNT) -> list[tuple[Any, ...]]:
        self.sequence += 1
        salt = self.sequence.to_bytes(32, "big")
        words = (offers, [1] * len(offers), self.meters[1], amount, KWH_PRICE, salt)
        receipt = self.call(label, self.market, self.accounts[1], "buy", *words)
        names = ("offerId", "version", "sellerMeter", "buyerMeter", "amountUwh", "price", "salt")
        found = self.market.events.Bought().process_receipt(receipt, errors=DISCARD)
        return [tuple(event["args"][name] for name in names) for event in found]

    def signed(self, terms: tuple[Any, ...], side: int, energy: int, state: int) -> tuple[Any, Any]:
        self.sequence += 1
        start = self.registers[side]
        trade = self.market.functions.tradeId(terms).call()
        words = (trade, self.meters[side], start, start + energy, self.sequence, state)
        message = encode_typed_data(
            {"name": "Evlock", "version": "1", "chainId": self.w3.eth.chain_id,
             "verifyingContract": self.market.address},
            {"Reading": [{"name": name, "type": kind} for name, kind in FIELDS]},
            {name: word for (name, _), word in zip(FIELDS, words, strict=True)},
        )  # fmt: skip
        parts = (b"\x19", message.version, message.header, message.body)
        whole = self.keys[side].sign_recoverable(Web3.keccak(b"".join(parts)), hasher=None)
        return words, whole[:32] + bytes([whole[32] | whole[64] << 7]) + whole[33:64]

    def settle(self, label: str, terms: tuple[Any, ...], energy: int = AMOUNT) -> None:
        sides = [self.signed(terms, side, energy, FINAL) for side in (0, 1)]
        words = (terms, *sides[0], *sides[1])
        self.call(label, self.market, self.operator, "settle", *words)
        self.registers = [start + energy for start in self.registers]

    def report(self, label: str, terms: tuple[Any, ...], side: int, energy: int) -> None:
        words = (terms, *self.signed(terms, side, energy, DELIVERING))
        self.call(label, self.market, self.operator, "report", *words)

    def close(self, label: str, terms: tuple[Any, ...], blocks: int) -> None:
        self.w3.provider.ethereum_tester.mine_blocks(blocks)  # type: ignore[attr-defined]
        self.call(label, self.market, self.operator, "close", terms)


def measure() -> list[tuple[str, int]]:
    bench = Bench()
    bench.enroll()
    bench.settle("settle, all delivered", bench.buy("buy, whole offer", [bench.offer()])[0])
    bench.buy("(an escrow that stays open)", [bench.offer()])
    bench.settle("settle, all delivered", bench.buy("buy, whole offer", [bench.offer()])[0])
    (terms,) = bench.buy("buy, part of an offer", [bench.offer()], AMOUNT // 2)
    bench.settle("settle, with refund", terms, AMOUNT // 4)
    bench.buy("buy, three offers", [bench.offer() for _ in range(3)], 3 * AMOUNT)
    offer = bench.offer()
    for name, words in (("reprice", (offer, 5)), ("cancel", (offer,))):
        bench.call(name, bench.market, bench.accounts[0], name, *words)
    (terms,) = bench.buy("(to be closed)", [bench.offer()])
    for side, label in ((0, "report, first of a trade"), (1, "report, other meter")):
        bench.report(label, terms, side, AMOUNT // 4)
    bench.report("report, same meter again", terms, 1, AMOUNT // 2)
    bench.close("close, with energy", terms, 3)
    bench.close("close, without energy", bench.buy("(idle)", [bench.offer()])[0], 13)
    return bench.rows


def main() -> None:
    table: dict[str, list[int]] = {}
    for label, gas in measure():
        if not label.startswith("("):
            table.setdefault(label, []).append(gas)
    print("| transaction | first | steady |\n|---|---:|---:|")
    for label, figures in table.items():
        steady = f"{figures[-1]:,}" if len(figures) > 1 else ""
        print(f"| {label} | {figures[0]:,} | {steady} |")


if __name__ == "__main__":
    main()
