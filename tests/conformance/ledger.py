"""Independent judges: what a device has signed away, and what it has claimed to have measured.

They know the owner's rules and the time that has passed, and nothing of how the device keeps its
books. A breach raises Breach.
"""

from dataclasses import dataclass, field

from coincurve import PublicKey
from eth_utils.crypto import keccak

from tests.conformance import answers, rlp, structures
from tests.conformance.owner import FEES, NATIVE, ONE, Call, Rules
from tests.conformance.rlp import Item

LEGACY, DYNAMIC_FEE, KAIA, DELEGATED = 0, 2, 0x30, 0x31
WORD, PRICE_SCALE, HOUR_S, DAY_S = 32, 10**9, 3600, 86_400


class Breach(AssertionError):
    """A promise of the secure world that it did not keep."""


@dataclass(frozen=True)
class Signed:
    """A signed transaction, read by the standards."""

    kind: int
    chain_id: int
    nonce: int
    tip: int
    max_fee: int
    gas: int
    to: bytes
    value: int
    data: bytes
    signer: bytes

    @property
    def call(self) -> tuple[object, ...]:
        """What a fee bump keeps."""
        return self.kind, self.chain_id, self.gas, self.to, self.value, self.data


def read(raw: bytes) -> Signed:
    """A raw signed transaction of one of the four kinds. Raises ValueError."""
    kind = raw[0] if raw[0] < 0xC0 else LEGACY
    found = rlp.decode(raw[1:] if kind else raw)
    assert isinstance(found, list)
    if kind == DYNAMIC_FEE:
        return _dynamic_fee(found)
    if kind == LEGACY:
        return _legacy(found)
    assert kind in (KAIA, DELEGATED)
    return _kaia(kind, found)


def _dynamic_fee(items: list[Item]) -> Signed:
    chain_id, nonce, tip, max_fee, gas = [rlp.uint(part) for part in items[:5]]
    hashed = keccak(b"\x02" + rlp.encode(items[:9]))
    parity, r, s = [rlp.uint(part) for part in items[9:]]
    to, value, data = _rest(items[5:8])
    signer = _signer(hashed, parity, r, s)
    return Signed(DYNAMIC_FEE, chain_id, nonce, tip, max_fee, gas, to, value, data, signer)


def _legacy(items: list[Item]) -> Signed:
    nonce, price, gas = [rlp.uint(part) for part in items[:3]]
    v, r, s = [rlp.uint(part) for part in items[6:]]
    chain_id = (v - 35) // 2
    hashed = keccak(rlp.encode([*items[:6], chain_id, 0, 0]))
    to, value, data = _rest(items[3:6])
    signer = _signer(hashed, (v - 35) % 2, r, s)
    return Signed(LEGACY, chain_id, nonce, price, price, gas, to, value, data, signer)


def _kaia(kind: int, items: list[Item]) -> Signed:
    nonce, price, gas = [rlp.uint(part) for part in items[:3]]
    to, value, sender, data = items[3:7]
    signatures = items[7]
    assert isinstance(signatures, list) and len(signatures) == 1
    assert isinstance(signatures[0], list)
    assert isinstance(to, bytes) and isinstance(sender, bytes) and isinstance(data, bytes)
    v, r, s = [rlp.uint(part) for part in signatures[0]]
    chain_id = (v - 35) // 2
    inner = rlp.encode([kind, nonce, price, gas, to, value, sender, data])
    signer = _signer(keccak(rlp.encode([inner, chain_id, 0, 0])), (v - 35) % 2, r, s)
    if signer != sender:
        raise Breach(f"signed by 0x{signer.hex()} for 0x{sender.hex()}")
    tail = to, rlp.uint(value), data, signer
    return Signed(kind, chain_id, nonce, price, price, gas, *tail)


def _rest(items: list[Item]) -> tuple[bytes, int, bytes]:
    to, value, data = items
    assert isinstance(to, bytes) and isinstance(data, bytes)
    return to, rlp.uint(value), data


def _signer(hashed: bytes, parity: int, r: int, s: int) -> bytes:
    assert 0 < s <= structures.ORDER // 2 and parity in (0, 1)
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity])
    return structures.address(PublicKey.from_signature_and_message(raw, hashed, hasher=None))


def charges(rules: Rules, tx: Signed) -> dict[bytes, int]:
    """What a transaction spends, by asset. Raises Breach if the rules do not allow it."""
    fits = [call for call in rules.calls if _fits(call, tx)]
    if tx.chain_id != rules.chain_id or not fits:
        raise Breach(f"signed outside the policy: {tx}")
    fee = tx.gas * tx.max_fee
    if fee > rules.max_fee_wei:
        raise Breach(f"fee of {fee} wei: {tx}")
    spent = {NATIVE: tx.value} if tx.value else {}
    for charge in fits[0].charges:
        amount = _charged(tx.data, charge.word, charge.times)
        spent[charge.asset] = spent.get(charge.asset, 0) + amount
    if tx.kind != DELEGATED:
        spent[FEES] = spent.get(FEES, 0) + fee
    return spent


def _fits(call: Call, tx: Signed) -> bool:
    if (call.to, call.selector) != (tx.to, tx.data[:4]) or tx.value > call.max_value:
        return False
    words, rest = divmod(len(tx.data) - 4, WORD)
    if rest or words > call.max_words:
        return False
    named = [b.word for b in call.bounds] + [c.word for c in call.charges]
    named += [c.times for c in call.charges if c.times != ONE]
    if max(named, default=-1) >= words:
        return False
    for word in {bound.word for bound in call.bounds}:
        ranges = [(b.low, b.high) for b in call.bounds if b.word == word]
        if not any(low <= _word(tx.data, word) <= high for low, high in ranges):
            return False
    return all(_charged(tx.data, c.word, c.times) <= c.most for c in call.charges)


def _charged(data: bytes, word: int, times: int) -> int:
    if times == ONE:
        return _word(data, word)
    return -(-_word(data, word) * _word(data, times) // PRICE_SCALE)


def _word(data: bytes, word: int) -> int:
    return int.from_bytes(data[4 + WORD * word :][:WORD], "big")


def _both_higher(tx: Signed, other: Signed) -> bool:
    return tx.max_fee > other.max_fee and tx.tip > other.tip


@dataclass
class Ledger:
    """All transactions that were signed, by nonce. Answers may come in any order."""

    rules: Rules
    account: bytes
    payloads: dict[int, list[Signed]] = field(default_factory=dict)
    dearest: dict[int, dict[bytes, int]] = field(default_factory=dict)
    spent: dict[bytes, int] = field(default_factory=dict)

    def take(self, raw: bytes, uptime_s: float) -> Signed:
        """A signed transaction after so much uptime in all. Raises Breach."""
        tx = read(raw)
        if tx.signer != self.account:
            raise Breach(f"signed by 0x{tx.signer.hex()}")
        spent, earlier = charges(self.rules, tx), self.payloads.setdefault(tx.nonce, [])
        if tx in earlier:
            return tx
        if any(tx.call != one.call for one in earlier):
            raise Breach(f"two calls for nonce {tx.nonce}: {tx} and {earlier[0]}")
        if not all(_both_higher(tx, one) or _both_higher(one, tx) for one in earlier):
            raise Breach(f"no fee bump for nonce {tx.nonce}: {tx}")
        earlier.append(tx)
        known = self.dearest.setdefault(tx.nonce, {})
        for asset, amount in spent.items():
            more = max(0, amount - known.get(asset, 0))
            known[asset] = known.get(asset, 0) + more
            self.spent[asset] = self.spent.get(asset, 0) + more
        self.check(uptime_s)
        return tx

    def check(self, uptime_s: float) -> None:
        """Raises Breach if more is signed away than there can have been."""
        for asset, amount in self.spent.items():
            if amount > self.most(asset, uptime_s):
                raise Breach(f"{amount} of 0x{asset.hex()}, at most {self.most(asset, uptime_s)}")

    def most(self, asset: bytes, uptime_s: float) -> int:
        """What can have been spent of an asset by now: capacity and refill."""
        for allowance in self.rules.allowances:
            if allowance.asset == asset:
                return allowance.capacity + int(allowance.per_hour * uptime_s / HOUR_S)
        return 0


@dataclass
class Trade:
    """What is known of a trade; its Ready may be lost, as any answer may."""

    opened: list[rlp.Value] | None = None
    ready: answers.Ready | None = None
    readings: dict[int, answers.Reading] = field(default_factory=dict)
    final: answers.Reading | None = None

    @property
    def span(self) -> tuple[int, int]:
        """µWh of the register that it claims."""
        ends = [reading.to_uwh for reading in self.readings.values()]
        assert self.ready is not None
        return self.ready.from_uwh, max([self.ready.from_uwh, *ends])


@dataclass
class Book:
    """All trades and readings of one meter. Answers may come in any order, and may be lost."""

    rules: Rules
    meter: bytes
    rated_power_w: int
    burst_s: float = 2.0
    trades: dict[bytes, Trade] = field(default_factory=dict)
    register: list[int] = field(default_factory=lambda: [0, 0])
    reached: list[int] = field(default_factory=lambda: [0, 0])  # by readings and claims, µWh
    claims: dict[tuple[rlp.Value, ...], tuple[rlp.Value, answers.SignedClaim]] = field(
        default_factory=dict
    )

    def open(self, opened: list[rlp.Value], ready: answers.Ready) -> None:
        """A Ready that was answered. Raises Breach."""
        chain_id, market, name, _, amount, _, check = opened
        assert isinstance(amount, int)
        self._signed("Ready", ready[:-1], ready.signature)
        if (chain_id, market) != (self.rules.chain_id, self.rules.market):
            raise Breach("another market")
        if amount > self.rules.max_trade_uwh or (ready.trade, ready.self_check) != (name, check):
            raise Breach(f"opened as {opened}, answered {ready}")
        trade = self.trades.setdefault(ready.trade, Trade())
        if trade.ready is not None and (trade.ready, trade.opened) != (ready, opened):
            raise Breach(f"opened twice: {trade.ready} and {ready}")
        trade.opened, trade.ready = opened, ready

    def read(self, reading: answers.Reading, uptime_s: float) -> None:
        """A reading that was answered after so much uptime. Raises Breach."""
        self._signed("Reading", reading[:-1], reading.signature)
        trade = self.trades.setdefault(reading.trade, Trade())
        if reading.state == 1:
            if trade.final not in (None, reading):
                raise Breach(f"two FINALs: {trade.final} and {reading}")
            if trade.final is not None:
                return
            trade.final = reading
        if reading.sequence in trade.readings:
            raise Breach(f"sequence twice: {reading}")
        trade.readings[reading.sequence] = reading
        self._in_order(trade, reading)
        self._within(trade, reading)
        if trade.opened is not None:
            way = trade.opened[3]
            assert isinstance(way, int)
            self.reached[way] = max(self.reached[way], reading.to_uwh)
        self._earned(sum(self.reached), uptime_s)

    def claim(self, asked: list[rlp.Value], found: answers.SignedClaim, uptime_s: float) -> None:
        """A claim that was answered after so much uptime. Raises Breach."""
        chain_id, way, consumer, reference, price, _ = asked
        assert isinstance(way, int) and isinstance(price, int)
        assert isinstance(consumer, bytes) and isinstance(reference, int)
        purpose = structures.purpose(consumer, reference, price)
        place = self.rules.chain_id, self.rules.registry or b""
        fields = self.meter, way, found.from_uwh, found.to_uwh, purpose
        hashed = structures.digest(*place, "Claim", *fields)
        if structures.signer(hashed, found.signature) != self.meter:
            raise Breach(f"claim not signed by the meter: {asked}")
        rows = [r for r in self.rules.claims if (r.consumer, r.direction) == (consumer, way)]
        if chain_id != self.rules.chain_id or not any(r.low <= price <= r.high for r in rows):
            raise Breach(f"claimed outside the policy: {asked}")
        known = self.claims.setdefault((consumer, way, reference), (price, found))
        if known != (price, found):
            raise Breach(f"reference claimed twice: {known} and {price}, {found}")
        if found.from_uwh >= found.to_uwh:
            raise Breach(f"a claim of nothing: {found}")
        self.reached[way] = max(self.reached[way], found.to_uwh)
        self._earned(sum(self.reached), uptime_s)

    def count(self, found: answers.Register, uptime_s: float) -> None:
        """Registers that were answered. Raises Breach."""
        self.register = [
            max(pair)
            for pair in zip(self.register, (found.import_uwh, found.export_uwh), strict=True)
        ]
        self._earned(sum(self.register), uptime_s)

    def settle(self) -> None:
        """Raises Breach if anything of a register is claimed twice, by trades or claims."""
        for direction in (0, 1):
            reached = 0
            known = [t for t in self.trades.values() if t.opened and t.opened[3] == direction]
            spans = [trade.span for trade in known]
            spans += [made[:2] for key, (_, made) in self.claims.items() if key[1] == direction]
            for from_uwh, to_uwh in sorted(spans):
                if from_uwh < reached:
                    raise Breach(f"claimed twice: from {from_uwh}, and up to {reached}")
                reached = max(reached, to_uwh)

    def _in_order(self, trade: Trade, reading: answers.Reading) -> None:
        """Later sequences claim no less; FINAL is the last of them."""
        for number, other in trade.readings.items():
            if (number < reading.sequence and other.to_uwh > reading.to_uwh) or (
                number > reading.sequence and other.to_uwh < reading.to_uwh
            ):
                raise Breach(f"less than before: {reading} and {other}")
            if other.from_uwh != reading.from_uwh:
                raise Breach(f"another interval: {reading} and {other}")
        if trade.final is not None and max(trade.readings) != trade.final.sequence:
            raise Breach(f"after FINAL: {trade.readings[max(trade.readings)]}")

    @staticmethod
    def _within(trade: Trade, reading: answers.Reading) -> None:
        if reading.to_uwh < reading.from_uwh:
            raise Breach(f"less than nothing: {reading}")
        if trade.ready is None or trade.opened is None:
            return
        amount, direction = trade.opened[4], trade.opened[3]
        assert isinstance(amount, int)
        if reading.from_uwh != trade.ready.from_uwh:
            raise Breach(f"another interval: {reading} and {trade.ready}")
        if direction == 0 and reading.to_uwh > reading.from_uwh + amount:
            raise Breach(f"more than the amount: {reading}")

    def _earned(self, grown_uwh: int, uptime_s: float) -> None:
        most = self.rated_power_w * (self.burst_s + uptime_s) * 10**6 / 3600
        if grown_uwh > most:
            raise Breach(f"registers grew by {grown_uwh} µWh, at most {most:.0f} by now")

    def _signed(self, name: str, fields: tuple[object, ...], signature: bytes) -> None:
        place = self.rules.chain_id, self.rules.market
        hashed = structures.digest(*place, name, *fields)
        if fields[1] != self.meter or structures.signer(hashed, signature) != self.meter:
            raise Breach(f"{name} not signed by the meter: {fields}")
