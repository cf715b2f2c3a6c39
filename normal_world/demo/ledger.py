"""What the chain itself says of the trade: transactions, gas, escrow, payment, credit."""

from collections.abc import Iterator, Mapping
from typing import Any

from eth_abi.abi import decode
from eth_utils.abi import get_abi_input_types

from normal_world.chain import abi, hexes
from normal_world.chain.address_book import AddressBook
from normal_world.chain.answers import Log, Receipt
from normal_world.chain.bindings import market, registry, token
from normal_world.chain.client import Chain
from normal_world.demo.record import ChainRecord, Transaction
from secure_world.protocol import payment_rounded_down

MARKET, REGISTRY = "EnergyMarket", "MeterRegistry"
DEPLOY, COINS = "deploy", "transfer of coins"
ENDS = {"Settled": "settle", "Closed": "close"}


class Ledger:
    """Reads whole blocks. `senders` names the accounts that count: address → who."""

    def __init__(self, chain: Chain, book: AddressBook, senders: Mapping[str, str]) -> None:
        self._chain = chain
        self._senders = {address.lower(): who for address, who in senders.items()}
        self._names = {book.token: "EnergyToken", book.registry: REGISTRY, book.market: MARKET}
        self._registry, self._market, self._token = book.registry, book.market, book.token

    def credit(self, meter: str) -> int:
        """The meter's credit now."""
        return registry.credit_of(meter=meter).ask(self._chain, self._registry)

    def tokens(self, account: str, meter: str) -> tuple[int, int]:
        """Base units of the account, and of the market's purse of its meter."""
        held = token.balance_of(account=account).ask(self._chain, self._token)
        return held, market.purse_of(meter=meter).ask(self._chain, self._market)

    def trade(self, first: int, last: int, meters: Mapping[str, str]) -> ChainRecord:
        """What both traders did in these blocks; `meters` names them: meter id → node."""
        record = ChainRecord()
        for who, sent, receipt in self._sent(first, last):
            if who not in ("seller", "buyer"):
                continue
            record.transactions.append(self._told(who, sent, receipt))
            if receipt.succeeded:
                self._note_readings(record, sent, meters)
            for log in receipt.logs:
                self._note_event(record, log)
        return record

    def setup(self, first: int, last: int) -> list[Transaction]:
        """The operator's transactions of these blocks."""
        found = self._sent(first, last)
        return [self._told(who, sent, receipt) for who, sent, receipt in found if who == "operator"]

    def _sent(self, first: int, last: int) -> Iterator[tuple[str, dict[str, Any], Receipt]]:
        for number in range(first, last + 1):
            block = self._chain.rpc("eth_getBlockByNumber", hex(number), True)
            for sent in block["transactions"]:
                who = self._senders.get(sent["from"].lower())
                receipt = self._chain.receipt(sent["hash"]) if who is not None else None
                if who is not None and receipt is not None:
                    yield who, sent, receipt

    def _told(self, who: str, sent: dict[str, Any], receipt: Receipt) -> Transaction:
        function = self._call(sent)[0]
        return Transaction(function, receipt.gas_used, receipt.block, receipt.succeeded, who)

    def _call(self, sent: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Function and arguments; a call of something else is told by its selector."""
        if sent.get("to") is None:
            return DEPLOY, {}
        data = hexes.data(sent.get("input", "0x"), "input")
        contract = self._names.get(sent["to"].lower())
        if contract is None or not data:
            return COINS, {}
        for item in abi.load(contract):
            if item["type"] == "function" and abi.selector(item) == data[:4]:
                values = decode(get_abi_input_types(item), data[4:])  # type: ignore[arg-type]
                return item["name"], _named(item["inputs"], values)
        return hexes.text(data[:4]), {}

    def _note_readings(
        self, record: ChainRecord, sent: dict[str, Any], meters: Mapping[str, str]
    ) -> None:
        """Keep the energy of every reading that the market took."""
        for name, value in self._call(sent)[1].items():
            if isinstance(value, dict) and "sequence" in value:
                # A settlement's readings are named after who signed them; a report's names its own.
                node = meters[value["meter"].lower()] if "meter" in value else name
                energy = value["to"] - value["from"]
                record.signed_uwh[node] = max(record.signed_uwh.get(node, 0), energy)

    def _note_event(self, record: ChainRecord, log: Log) -> None:
        if log.address != self._market or not log.topics:
            return
        if log.topics[0] == abi.topic(MARKET, "Bought"):
            bought = abi.decode_event(MARKET, "Bought", log.topics, log.data)
            record.escrowed += payment_rounded_down(bought["amountUwh"], bought["price"])
            record.escrow_block = log.block
        for event, function in ENDS.items():
            if log.topics[0] == abi.topic(MARKET, event):
                ended = abi.decode_event(MARKET, event, log.topics, log.data)
                record.ended_by = function
                record.paid += ended["paid"]
                record.refunded += ended["refunded"]
                record.paid_uwh += ended["energyUwh"]


def _named(inputs: list[dict[str, Any]], values: Any) -> dict[str, Any]:
    """Arguments by name, structs as dictionaries of their members."""
    return {
        item["name"]: _named(item["components"], value) if item["type"] == "tuple" else value
        for item, value in zip(inputs, values, strict=True)
    }
