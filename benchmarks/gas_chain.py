"""What every gas measurement needs: a chain, accounts, meters, and rows of what calls used."""

from typing import Any, NamedTuple

from coincurve import PrivateKey
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from normal_world.chain.devchain.engine import ADDRESSES, KEYS, Engine
from normal_world.chain.devchain.store import Store
from normal_world.chain.finality import EMBEDDED
from tests.contracts.abi import artefact, decode_event, decode_refusal, selector, types_of

RATED_POWER_W, BLOCK_MILLISECONDS, CREDIT, FEEDER = 10**6, 1000, 10, 1
CHAIN_ID = EMBEDDED
GAS_LIMIT, GAS_PRICE = 29_000_000, 10**10
GENESIS = 1_700_000_000
DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"

Event = tuple[str, dict[str, Any]]  # name, arguments; addresses are bytes


class Row(NamedTuple):
    """A transaction. The same label again is the same transaction in a later state."""

    contract: str
    label: str
    gas: int


class Deployed:
    """A contract on the chain."""

    def __init__(self, name: str, address: bytes) -> None:
        self.name, self.address = name, address
        abi = artefact(name)["abi"]
        self.functions = {e["name"]: e for e in abi if e["type"] == "function"}

    def data(self, function: str, *words: Any) -> bytes:
        """Calldata of a call."""
        entry = self.functions[function]
        return selector(entry) + encode(types_of(entry["inputs"]), words)


class GasChain:
    """A development chain of its own with token and registry; `rows` collects what calls used.

    Accounts, meters and time are fixed, so that figures are the same on every run.
    """

    def __init__(self, meters: int = 2) -> None:
        self.engine = Engine(Store(None), now=lambda: GENESIS)
        self.keys = dict(zip(ADDRESSES, KEYS, strict=True))
        self.operator, *others = ADDRESSES
        self.accounts = [others[n % len(others)] for n in range(meters)]
        self.meter_keys = [PrivateKey(keccak(text=f"meter {n}")) for n in range(meters)]
        self.meters = [_address(key) for key in self.meter_keys]
        self.rows: list[Row] = []
        self.token = self.deploy("EnergyToken", self.operator)
        self.registry = self.deploy("MeterRegistry", self.operator, BLOCK_MILLISECONDS)

    def deploy(self, name: str, *arguments: Any) -> Deployed:
        """A contract deployed by the operator; makes a row "deploy"."""
        made = artefact(name)
        constructor = [e for e in made["abi"] if e["type"] == "constructor"]
        types = types_of(constructor[0]["inputs"]) if constructor else []
        code = bytes.fromhex(made["bytecode"][2:]) + encode(types, arguments)
        nonce = self.engine.state(self.engine.head()).get_nonce(self.operator)
        gas, _ = self.send(self.operator, b"", code)
        self.rows.append(Row(name, "deploy", gas))
        return Deployed(name, _created(self.operator, nonce))

    def call(
        self, label: str, contract: Deployed, who: bytes, function: str, *words: Any, wei: int = 0
    ) -> list[Event]:
        """Sends a transaction in a block of its own; its events. A label of "" makes no row."""
        gas, events = self.send(who, contract.address, contract.data(function, *words), wei)
        if label:
            self.rows.append(Row(contract.name, label, gas))
        return events

    def send(self, who: bytes, to: bytes, data: bytes, wei: int = 0) -> tuple[int, list[Event]]:
        """Gas used by a transaction, and its events. Raises Refused if it fails."""
        engine = self.engine
        unsigned = engine.builder.new_unsigned_dynamic_fee_transaction(
            chain_id=CHAIN_ID, nonce=engine.state(engine.head()).get_nonce(who),
            max_priority_fee_per_gas=0, max_fee_per_gas=GAS_PRICE, gas=GAS_LIMIT,
            to=to, value=wei, data=data, access_list=(),
        )  # fmt: skip
        engine.submit(unsigned.as_signed_transaction(self.keys[who]).encode())
        header = engine.seal()
        builder = engine.chain.get_vm_class(header).get_receipt_builder()
        (receipt,) = engine.chain.chaindb.get_receipts(header, builder)
        if receipt.state_root != b"\x01":
            raise self._refusal(who, to, data, wei)
        logs = [(bytes(log.address), tuple(log.topics), bytes(log.data)) for log in receipt.logs]
        return int(receipt.gas_used), [decode_event(log) for log in logs if log[1]]

    def _refusal(self, who: bytes, to: bytes, data: bytes, wei: int) -> Exception:
        from normal_world.chain.devchain import calls

        words = {"from": who, "to": to, "data": data, "value": wei}
        done = calls.run(self.engine, self.engine.head(), words, GAS_LIMIT)
        return decode_refusal(bytes(done.output))

    def enroll(self, *claimers: Deployed) -> None:
        """Names claimers and enrolls all meters on one feeder."""
        for claimer in claimers:
            words = (claimer.address, True)
            self.call("setClaimer", self.registry, self.operator, "setClaimer", *words)
        for meter, account in zip(self.meters, self.accounts, strict=True):
            facts = (meter, account, FEEDER, RATED_POWER_W, CREDIT)
            self.call("enroll", self.registry, self.operator, "enroll", *facts)

    def fund(self, who: bytes, spender: Deployed, wei: int = 10**18) -> None:
        """Twice `wei` tokens for an account, all of which a contract may take."""
        for _ in range(2):
            self.call("buyTokens", self.token, who, "buyTokens", wei=wei)
        self.call("approve", self.token, who, "approve", spender.address, 2**256 - 1)

    def sign(
        self, meter: int, verifier: Deployed, kind: str, types: list[str], values: tuple[Any, ...]
    ) -> tuple[bytes, bytes]:
        """A meter's EIP-712 signature in the domain of a contract, EIP-2098: (r, vs).

        `kind` is the type's text, "Claim(address meter,…)"; `types` are those of the values.
        """
        names = (keccak(text="Evlock"), keccak(text="1"), CHAIN_ID, verifier.address)
        words = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
        domain = keccak(encode(words, (keccak(text=DOMAIN), *names)))
        struct = keccak(encode(["bytes32", *types], (keccak(text=kind), *values)))
        digest = keccak(b"\x19\x01" + domain + struct)
        whole = self.meter_keys[meter].sign_recoverable(digest, hasher=None)
        return whole[:32], bytes([whole[32] | whole[64] << 7]) + whole[33:64]

    def mine(self, blocks: int) -> None:
        """Empty blocks."""
        for _ in range(blocks):
            self.engine.seal()


def _address(key: PrivateKey) -> bytes:
    return keccak(key.public_key.format(compressed=False)[1:])[12:]


def _created(sender: bytes, nonce: int) -> bytes:
    import rlp  # type: ignore[import-untyped]

    return keccak(rlp.encode([sender, nonce]))[12:]
